"""Questions about rows that are asked before the first change.

Each is asked of a *source*: a table, or a SELECT in brackets that gives the rows as they are about to be.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from toasty_core.backends import DataCheck
from toasty_sql.dialect import SqlDialect
from toasty_sql.statements import QueryStatement

NULLS = "are null, and the column may no longer be"


@frozen
class Rows:
    """Rows to be asked about: `source` in SQL, the table's name for people, and its key's columns."""

    source: str
    table: str
    key: tuple[str, ...] = ()


class CheckWriter:
    """Writes the questions in the words of a dialect. Subclasses state what differs."""

    def __init__(self, dialect: SqlDialect) -> None:
        self.dialect = dialect

    def shown(self, expression: str) -> str:
        """A value as text for people; never null."""
        return f"COALESCE(CAST({expression} AS VARCHAR(60)), 'NULL')"

    def joined(self, *parts: str) -> str:
        """Texts (SQL) one behind the other."""
        return " || ".join(parts)

    def listed(self, parts: Sequence[str], between: str = "', '") -> str:
        """Texts (SQL) with `between` between them; empty for none."""
        marked = [item for part in parts for item in (between, part)]
        return self.joined(*marked[1:])

    def any_rows(self, rows: Rows, where: str, what: str, hint: str) -> DataCheck:
        """Fails when there are rows at all."""
        return DataCheck(where, what, hint, self._rows(rows, None, None))

    def failing(
        self, rows: Rows, condition: str, value: str | None, where: str, what: str, hint: str
    ) -> DataCheck:
        """Fails for the rows that fulfil `condition`; shows their key, and `value` (SQL) when it is given."""
        return DataCheck(where, what, hint, self._rows(rows, condition, value))

    def nulls(self, rows: Rows, column: str, hint: str) -> DataCheck:
        """Fails for rows whose column is null."""
        condition = f"{self.dialect.quote(column)} IS NULL"
        return self.failing(rows, condition, None, f"{rows.table}.{column}", NULLS, hint)

    def duplicates(
        self, rows: Rows, parts: tuple[str, ...], condition: str | None, where: str, what: str
    ) -> DataCheck:
        """Fails for values of `parts` (SQL) that stand more than once, nulls left out."""
        filters = [f"({condition})"] if condition else []
        filters += [f"{part} IS NOT NULL" for part in parts]
        groups = ", ".join(parts)
        grouped = f"FROM {rows.source} WHERE {' AND '.join(filters)} GROUP BY {groups} HAVING count(*) > 1"
        values = self.listed([self.shown(part) for part in parts])
        words = self.joined(values, "' stands '", "count(*)", "' times'")
        query = QueryStatement(
            f"SELECT count(*) FROM (SELECT 1 {grouped}) AS found",
            f"SELECT {words} {grouped} ORDER BY {groups} LIMIT 5",
        )
        return DataCheck(where, what, "make the values different, or delete rows, first", query)

    def orphans(
        self,
        rows: Rows,
        columns: tuple[str, ...],
        parent: str,
        references: tuple[str, ...],
        where: str,
        parent_name: str | None = None,
    ) -> DataCheck:
        """Fails for rows whose columns point at nothing; `parent` is quoted, or a SELECT in brackets with a name."""
        quote = self.dialect.quote
        pairs = " AND ".join(
            f"parent.{quote(there)} = child.{quote(here)}"
            for here, there in zip(columns, references, strict=True)
        )
        filled = " AND ".join(f"child.{quote(column)} IS NOT NULL" for column in columns)
        condition = f"{filled} AND NOT EXISTS (SELECT 1 FROM {parent} AS parent WHERE {pairs})"
        value = self.listed([self.shown(f"child.{quote(column)}") for column in columns])
        return self.failing(
            Rows(f"{rows.source} AS child", rows.table, rows.key),
            condition,
            value,
            where,
            f"point at no row of {parent_name or parent}",
            f"put the missing rows into {parent_name or parent}, or clear what points at them, first",
        )

    def _rows(self, rows: Rows, condition: str | None, value: str | None) -> QueryStatement:
        tail = f"FROM {rows.source}" + (f" WHERE {condition}" if condition else "")
        named = (
            (self.dialect.literal(f"{name} = "), self.dialect.quote(name)) for name in rows.key
        )
        key = self.listed([self.joined(name, self.shown(value)) for name, value in named])
        found = [part for part in (key, value) if part]
        text = self.listed(found, "': '") or "'a row'"
        return QueryStatement(f"SELECT count(*) {tail}", f"SELECT {text} {tail} LIMIT 5")
