"""Names: what is Toasty's own, and what DynamoDB takes as a name.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from toasty_core.errors import Unsupported

if TYPE_CHECKING:
    from toasty_core.schema.columns import ColumnDef
    from toasty_core.schema.tables import TableDef

BACKEND = "dynamodb"
OWN = "toasty_"
"""What tables of Toasty's own begin with, behind the prefix of the URL."""
JOURNAL = "toasty_migrations"
"""The table of journal, lock, records of tables, and checkpoints; its key is `kind` and `id`."""
MARK = "_toasty"
"""The attribute that marks an item while a transformation is on its way."""
_ALLOWED = r"[A-Za-z0-9_.-]+"
_SHORTEST, _LONGEST = 3, 255
_LONGEST_KEY = 255
_LONGEST_ATTRIBUTE = 65_535


def refuse_table_name(name: str, prefix: str = "") -> None:
    """Raises Unsupported for a name that no table can have."""
    if name.startswith(OWN):
        raise Unsupported(
            f"no table can be called {name!r}",
            reason=f"{OWN!r} is what Toasty's own tables begin with",
        )
    _refuse("table", f"{prefix}{name}")


def refuse_index_name(name: str) -> None:
    """Raises Unsupported for a name that no index can have."""
    _refuse("index", name)


def _refuse(what: str, name: str) -> None:
    if not re.fullmatch(_ALLOWED, name):
        reason = 'DynamoDB takes letters of the English alphabet, digits, "_", "-" and "."'
    elif not _SHORTEST <= len(name) <= _LONGEST:
        reason = f"it has {len(name)} characters, and DynamoDB takes from {_SHORTEST} to {_LONGEST}"
    else:
        return
    raise Unsupported(f"no {what} can be called {name!r}", reason=reason)


def refuse_attribute_name(table: TableDef, column: ColumnDef) -> None:
    """Raises Unsupported for a name that no attribute can have."""
    name = column.name
    size = len(name.encode())
    if not name or name == MARK:
        why = "it is empty" if not name else "Toasty marks items with it"
        raise Unsupported(f"no attribute of {table.key} can be called {name!r}", reason=why)
    keys = {*table.key_columns, *(key for index in table.indexes for key in index.column_names)}
    longest = _LONGEST_KEY if name in keys else _LONGEST_ATTRIBUTE
    if size > longest:
        raise Unsupported(
            f"the name of the attribute {name[:40]!r}... of {table.key} is too long",
            reason=f"it has {size} bytes, and DynamoDB takes {longest}"
            f"{' in a key' if name in keys else ''}",
        )
