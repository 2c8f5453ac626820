"""The form of a MODIFY: what changes of a column decides what the server has to do."""

from __future__ import annotations

from collections.abc import Iterator

from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import CheckDef
from toasty_core.schema.tables import TableDef
from toasty_mysql.ddl import MysqlTableWriter, settings
from toasty_mysql.dialect import characters
from toasty_mysql.forms import Form, Forms, slowest
from toasty_mysql.options import charset_of

_BYTES_PER_LETTER = {"latin1": 1, "ascii": 1, "binary": 1, "utf8": 3, "utf8mb3": 3}


def modify_form(
    forms: Forms, writer: MysqlTableWriter, before: TableDef, after: TableDef, name: str
) -> Form:
    """The form in which the column `name` becomes what it is in `after`."""
    return slowest([forms.catalog, *_parts(forms, writer, before, after, name)])


def _parts(
    forms: Forms, writer: MysqlTableWriter, before: TableDef, after: TableDef, name: str
) -> Iterator[Form]:
    old, new = before.column(name), after.column(name)
    if writer.dialect.type_sql(old.type) != writer.dialect.type_sql(new.type):
        yield _type_form(forms, writer, old, new, before)
    if settings(old.options).get("charset") != settings(new.options).get("charset"):
        yield forms.copy
    if old.collation != new.collation:
        yield _collation_form(forms, old, new, before)
    if old.nullable != new.nullable:
        yield forms.nullability
    if writer.is_numbered(old, before) != writer.is_numbered(new, after):
        yield forms.copy


def _collation_form(forms: Forms, old: ColumnDef, new: ColumnDef, table: TableDef) -> Form:
    sets = {(item or "").partition("_")[0] for item in (old.collation, new.collation)}
    if len(sets - {""}) > 1 or "binary" in sets:
        return forms.copy
    users = (user for user in table.users_of(new.name) if not isinstance(user, CheckDef))
    return forms.collation(any(True for _ in users))


def _type_form(
    forms: Forms, writer: MysqlTableWriter, old: ColumnDef, new: ColumnDef, table: TableDef
) -> Form:
    was, will_be = old.type.for_backend("mysql"), new.type.for_backend("mysql")
    if isinstance(was, types.Enum) and isinstance(will_be, types.Enum):
        same_bytes = (len(was.values) > 255) == (len(will_be.values) > 255)
        appended = will_be.values[: len(was.values)] == was.values
        return (
            forms.catalog
            if was.native and will_be.native and appended and same_bytes
            else forms.copy
        )
    if isinstance(was, types.String) and isinstance(will_be, types.String):
        return _text_form(forms, characters(was), characters(will_be), _width(old, table))
    return forms.copy


def _text_form(forms: Forms, was: int, will_be: int, width: int) -> Form:
    if will_be < was:
        return forms.copy
    same = (was * width > 255) == (will_be * width > 255)
    return forms.text_growth if same else forms.text_leap


def _width(column: ColumnDef, table: TableDef) -> int:
    """How many bytes a character may take."""
    said = settings(column.options).get("charset") or charset_of(table)[0]
    collation = column.collation or charset_of(table)[1] or ""
    return _BYTES_PER_LETTER.get(str(said or collation.partition("_")[0]), 4)
