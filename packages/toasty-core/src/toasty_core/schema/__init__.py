"""The one vocabulary: types, definitions, snapshots."""

from toasty_core.schema.columns import ColumnDef, Options
from toasty_core.schema.constraints import (
    Action,
    CheckDef,
    ConstraintDef,
    Deferral,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.snapshot import SchemaSnapshot, SequenceDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.type_syntax import coerce_type, parse_type
from toasty_core.schema.types import Type
from toasty_core.schema.values import (
    Auto,
    Default,
    Expression,
    Function,
    FunctionName,
    Generated,
    Identity,
    Literal,
    NextValue,
    Serial,
    expr,
    now,
    uuid,
)

__all__ = [
    "Action",
    "Auto",
    "CheckDef",
    "ColumnDef",
    "ConstraintDef",
    "Default",
    "Deferral",
    "Expression",
    "ForeignKeyDef",
    "Function",
    "FunctionName",
    "Generated",
    "Identity",
    "IndexColumn",
    "IndexDef",
    "Literal",
    "NextValue",
    "Options",
    "PrimaryKeyDef",
    "SchemaSnapshot",
    "SequenceDef",
    "Serial",
    "TableDef",
    "Type",
    "UniqueDef",
    "coerce_type",
    "expr",
    "now",
    "parse_type",
    "uuid",
]
