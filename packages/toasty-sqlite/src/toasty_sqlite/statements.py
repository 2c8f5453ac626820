"""Statements that only SQLite needs: the rebuild of a table, and the check of its foreign keys.

How a `Database` executes them:

- A transaction with any statement whose `needs_foreign_keys_off` is true begins after `PRAGMA foreign_keys = OFF`,
  which does nothing inside of one, and restores the setting when it ends.
- `RebuildTable`: read `SavedObjects` (`toasty_sqlite.saved.read_saved(connection, rebuild)`), then execute
  `rebuild.statements(saved)` one after the other.
- `ForeignKeyCheck`: count the rows of `PRAGMA foreign_key_check("table")`; more than `allowed` is a failure.
"""

from __future__ import annotations

from attrs import frozen

from toasty_core.backends import Statement
from toasty_core.errors import SchemaError
from toasty_sql.statements import AssertStatement, SqlStatement
from toasty_sqlite.names import quote


@frozen
class SqlWithoutForeignKeys(SqlStatement):
    """SQL that must not act on the rows that point at what it changes, such as DROP TABLE.

    Whether rows may point there has been seen to: the schema has no such foreign key when it is done.
    """

    @property
    def needs_foreign_keys_off(self) -> bool:
        """SQLite would else delete the rows that point there, or refuse."""
        return True


@frozen
class ForeignKeyCheck(Statement):
    """Fails when more rows of `table` than `allowed` (those before the change) point at nothing."""

    table: str
    allowed: int = 0

    @property
    def pragma(self) -> str:
        """The query whose rows are those that point at nothing."""
        return f"PRAGMA foreign_key_check({quote(self.table)})"

    def __str__(self) -> str:
        return f"{self.pragma};"


@frozen
class SavedObjects:
    """What only the live database knows of a table, read just before its rebuild.

    `columns` are those that the table really has (generated ones too); `triggers` and `indexes` the SQL of
    those that vanish with the old table and that no migration made; `views` the quoted names of views that
    can be read; `dangling` the rows of a table that point at nothing already, by table; `broken`: the triggers
    do not work as it is; `elsewhere` what compiles the triggers of other tables and of views, if those work.
    """

    columns: tuple[str, ...]
    triggers: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    dangling: tuple[tuple[str, int], ...] = ()
    broken: bool = False
    elsewhere: tuple[str, ...] = ()


@frozen(kw_only=True)
class RebuildTable(Statement):
    """A new table in the place of the old one, with its rows: SQLite's official procedure.

    `columns` are those that the old table has, and `updatable` those of the new one that may be set;
    `known_indexes` are the names of the old indexes that the migrations know; `checked` the tables whose
    foreign keys the rebuild may break.
    """

    table: str
    new_name: str
    columns: tuple[str, ...]
    updatable: tuple[str, ...]
    create: SqlStatement
    copy: SqlStatement | None
    counter: tuple[SqlStatement, ...] = ()
    indexes: tuple[SqlStatement, ...] = ()
    known_indexes: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()

    @property
    def needs_foreign_keys_off(self) -> bool:
        """Dropping the old table would else delete the rows that point at it."""
        return True

    def statements(self, saved: SavedObjects) -> list[Statement]:
        """All that is executed, in order. Raises SchemaError when the table has columns we do not know."""
        self._must_know(saved.columns)
        return [
            *self._swap(),
            *(SqlStatement(sql) for sql in (*saved.indexes, *saved.triggers)),
            *self._still_work(saved),
            *(ForeignKeyCheck(table, dict(saved.dangling).get(table, 0)) for table in self.checked),
        ]

    def _swap(self) -> list[Statement]:
        old, new = quote(self.table), quote(self.new_name)
        return [
            SqlStatement("PRAGMA legacy_alter_table = ON"),
            self.create,
            *([self.copy, self._same_count()] if self.copy else []),
            *self.counter,
            SqlStatement(f"DROP TABLE {old}"),
            SqlStatement(f"ALTER TABLE {new} RENAME TO {old}"),
            SqlStatement("PRAGMA legacy_alter_table = OFF"),
            *self.indexes,
        ]

    def _same_count(self) -> AssertStatement:
        old, new = quote(self.table), quote(self.new_name)
        counts = f"(SELECT count(*) FROM {old}) AS was, (SELECT count(*) FROM {new}) AS now"
        sql = f"SELECT was || ' rows before, ' || now || ' after' FROM (SELECT {counts}) WHERE was <> now"
        return AssertStatement(sql, f"the rebuild of table {self.table} would lose rows")

    def _still_work(self, saved: SavedObjects) -> list[Statement]:
        """Views are read and triggers compiled once more: one that names what is gone fails here, not later."""
        views = [SqlStatement(f"SELECT * FROM {view} LIMIT 0") for view in saved.views]
        asked = compiling_triggers(self.table, self.updatable) if saved.triggers else []
        others = [SqlStatement(sql) for sql in saved.elsewhere]
        return [*views, *([] if saved.broken else asked), *others]

    def _must_know(self, columns: tuple[str, ...]) -> None:
        unknown = [name for name in columns if name not in self.columns]
        if unknown:
            raise SchemaError(
                f"table {self.table!r} has a column {unknown[0]!r} that no migration made,"
                " and a rebuild would lose its values",
                hint=f"write a migration with db.add_column({self.table!r}, ...) and `migrate:resolve` it",
            )

    def __str__(self) -> str:
        parts = [str(statement) for statement in self._swap()]
        note = f"-- triggers on {quote(self.table)}, read from the database, are created again here"
        checks = [str(ForeignKeyCheck(table)) for table in self.checked]
        return "\n".join([*parts, note, *checks])


@frozen
class DropColumnInPlace(Statement):
    """ALTER TABLE DROP COLUMN; SQLite itself does not see every trigger that still sets the column.

    `remaining` are the columns of the table that may be set afterwards.
    """

    table: str
    remaining: tuple[str, ...]
    sql: str

    def __str__(self) -> str:
        return f"{self.sql};"


def compiling_triggers(table: str, columns: tuple[str, ...]) -> list[SqlStatement]:
    """Statements that do nothing, but fail when a trigger of the table names what is not there."""
    names = [quote(name) for name in columns]
    sets = ", ".join(f"{name} = {name}" for name in names)
    nulls = ", ".join(["NULL"] * len(names))
    return [
        SqlStatement(f"EXPLAIN INSERT INTO {quote(table)} ({', '.join(names)}) VALUES ({nulls})"),
        SqlStatement(f"EXPLAIN UPDATE {quote(table)} SET {sets}"),
        SqlStatement(f"EXPLAIN DELETE FROM {quote(table)}"),
    ]
