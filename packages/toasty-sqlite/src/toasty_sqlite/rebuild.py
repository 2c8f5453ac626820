"""Writes the rebuild of a table, and the rows as they will be, to ask about them beforehand."""

from __future__ import annotations

from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_sql.literals import text_literal
from toasty_sql.statements import SqlStatement
from toasty_sqlite.change import TableChange
from toasty_sqlite.ddl import SqliteTableWriter, settings
from toasty_sqlite.names import quote
from toasty_sqlite.statements import RebuildTable


def rebuild_table(
    change: TableChange, writer: SqliteTableWriter, checked: tuple[str, ...]
) -> RebuildTable:
    """The statement that does all of `change` in one go; `checked` are tables to check afterwards."""
    before, after = change.before, change.after
    assert before is not None
    new_name = f"toasty_new_{after.name}"
    return RebuildTable(
        table=after.name,
        new_name=new_name,
        columns=before.column_names,
        updatable=tuple(column.name for column in after.columns if column.generated is None),
        create=SqlStatement(writer.create_table(after, quote(new_name))),
        copy=_copy(change, writer, new_name),
        counter=_counter(before, after, writer, new_name),
        indexes=tuple(
            SqlStatement(writer.create_index(after, index)) for index in writer.indexes(after)
        ),
        known_indexes=tuple(
            dict.fromkeys(index.name for index in (*before.indexes, *after.indexes))
        ),
        checked=checked,
    )


def _copy(change: TableChange, writer: SqliteTableWriter, new_name: str) -> SqlStatement | None:
    pairs = copied(change, writer)
    if not pairs or change.before is None:
        return None
    columns, values = ", ".join(name for name, _ in pairs), ", ".join(value for _, value in pairs)
    old = quote(change.before.name)
    return SqlStatement(f"INSERT INTO {quote(new_name)} ({columns}) SELECT {values} FROM {old}")


def copied(change: TableChange, writer: SqliteTableWriter) -> list[tuple[str, str]]:
    """Quoted columns of the new table, and what goes into them; the rowid goes along where it can."""
    before, after = change.before, change.after
    assert before is not None
    pairs = [
        (quote(column.name), sql)
        for column in after.columns
        if column.generated is None and (sql := change.sources[column.name].sql) is not None
    ]
    rowid, given = rowid_name(before), writer.rowid_column(after)
    if rowid is None or rowid_name(after) is None:
        return pairs
    target = quote(given) if given is not None else rowid_name(after)
    if target is not None and target not in (name for name, _ in pairs):
        pairs.insert(0, (target, rowid))
    return pairs


def rowid_name(table: TableDef) -> str | None:
    """The name under which the rowid can be reached; None when there is none."""
    if settings(table.options).get("without_rowid"):
        return None
    taken = {name.lower() for name in table.column_names}
    return next((name for name in ("rowid", "_rowid_", "oid") if name not in taken), None)


def _counter(
    before: TableDef, after: TableDef, writer: SqliteTableWriter, new_name: str
) -> tuple[SqlStatement, ...]:
    """Takes over the highest number that AUTOINCREMENT ever gave, that of deleted rows included."""
    if not (writer.autoincrements(before) and writer.autoincrements(after)):
        return ()
    old, new = text_literal(before.name), text_literal(new_name)
    return (
        SqlStatement(f"DELETE FROM sqlite_sequence WHERE name = {new}"),
        SqlStatement(
            "INSERT INTO sqlite_sequence (name, seq)"
            f" SELECT {new}, seq FROM sqlite_sequence WHERE name = {old}"
        ),
    )


def future_rows(change: TableChange, writer: SqliteTableWriter) -> str:
    """The rows as they will be: the table itself where nothing of its values changes, else a SELECT."""
    before, after = change.before, change.after
    assert before is not None
    if not any(source.changed for source in change.sources.values()):
        return quote(before.name)
    values = dict(copied(change, writer))
    old = {column.name: column for column in before.columns}
    computed, parts = [], []
    for column in after.columns:
        name = quote(column.name)
        same = column.name in old and old[column.name].generated == column.generated
        if column.generated is None or same:
            value = values.get(name, name if column.generated else "NULL")
            parts.append(value if value == name else f"{value} AS {name}")
        else:
            text = column.generated.expression.for_backend("sqlite")
            computed.append(f"({text}) AS {name}")
    inner = f"(SELECT {', '.join(parts)} FROM {quote(before.name)})"
    return f"(SELECT *, {', '.join(computed)} FROM {inner})" if computed else inner


def checked_tables(
    change: TableChange, schema: SchemaSnapshot, writer: SqliteTableWriter, waiting: set[str]
) -> tuple[str, ...]:
    """The tables whose foreign keys to check after the rebuild; those `waiting` for theirs come later."""
    name = change.after.name
    own = [key.table for key in writer.chosen(change.after.foreign_keys)]
    mine = [name] if own and not waiting.intersection(own) else []
    others = [
        table.name
        for table in schema.referrers(name)
        if table.name != name and table.name not in waiting
    ]
    return (*mine, *others)
