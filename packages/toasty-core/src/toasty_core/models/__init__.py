"""Models: the native way to declare them, and what reads them and SQLAlchemy's as a schema."""

from toasty_core.models.declaring import model
from toasty_core.models.loading import load_models
from toasty_core.models.specs import field, key, reference
from toasty_core.models.table_parts import check, foreign_key, index, unique

__all__ = [
    "check",
    "field",
    "foreign_key",
    "index",
    "key",
    "load_models",
    "model",
    "reference",
    "unique",
]
