"""Questions to the catalog, as SQL: proofs that a statement took effect, and names that only the server knows.

All are about the session's database. https://dev.mysql.com/doc/refman/8.4/en/information-schema.html and
https://mariadb.com/kb/en/information-schema/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from toasty_core.schema.constraints import CheckDef, ForeignKeyDef, UniqueDef
from toasty_core.schema.tables import TableDef, describe_part
from toasty_mysql.flavour import Flavour
from toasty_mysql.implied import explicit_names
from toasty_mysql.literals import text_literal as text
from toasty_mysql.names import stored_name
from toasty_mysql.statements import CheckLookup, CheckProof, Lookup

_SQUEEZED = "[`'\"() \\t\\n]|_utf8mb[34]|\\\\"


def both(*proofs: str) -> str:
    """All of several proofs at once."""
    return "SELECT " + " AND ".join(f"({proof})" for proof in proofs)


@frozen
class Catalog:
    """Questions in the words of one of the two."""

    flavour: Flavour

    # tables and sequences

    def has_table(self, name: str, there: bool = True) -> str:
        """Is there a table or a sequence of this name; or, is there none?"""
        return self._count("tables", [_is("table_name", name)], there)

    def renamed_table(self, old: str, new: str) -> str:
        """Is the new name there and the old one gone?"""
        return both(self.has_table(new), self.has_table(old, there=False))

    def database_text(self, what: str) -> Lookup:
        """The database's own `character_set` or `collation`."""
        column = f"default_{what}_name"
        where = "schema_name = DATABASE()"
        query = f"SELECT {column} FROM information_schema.schemata WHERE {where}"
        return Lookup(f"{what} of the database", query)

    # columns

    def has_column(self, table: str, name: str, there: bool = True) -> str:
        """Does the table have the column; or, does it not?"""
        return self._count("columns", [_is("table_name", table), _is("column_name", name)], there)

    def renamed_column(self, table: str, old: str, new: str) -> str:
        """Is the new name there and the old one gone? Names of columns differ in more than case."""
        if old.lower() == new.lower():
            exact = f"BINARY column_name = BINARY {text(new)}"
            return self._count("columns", [_is("table_name", table), exact], True)
        return both(self.has_column(table, new), self.has_column(table, old, there=False))

    # indexes

    def has_index(self, table: str, name: str, there: bool = True) -> str:
        """Does the table have an index of this name; or, does it not?"""
        where = [_is("table_name", table), _is("index_name", stored_name(name)), "seq_in_index = 1"]
        return self._count("statistics", where, there)

    def has_partitions(self, table: str, there: bool = True) -> str:
        """Is the table split?"""
        return self._count(
            "partitions", (_is("table_name", table), "partition_name IS NOT NULL"), there
        )

    def has_key(self, table: str, columns: Sequence[str]) -> str:
        """Is the primary key over these columns, in this order? Over none: is there no key?"""
        if not columns:
            return self.has_index(table, "PRIMARY", there=False)
        place = _in_order(columns, "column_name", "seq_in_index")
        where = (
            f"{self._mine('statistics')} AND {_is('table_name', table)} AND index_name = 'PRIMARY'"
        )
        return (
            f"SELECT count(*) = {len(columns)} AND COALESCE(SUM({place}), 0) = {len(columns)}"
            f" FROM information_schema.statistics WHERE {where}"
        )

    def index_names(
        self, table: TableDef, columns: Sequence[str], *, unique: bool, but: str | None = None
    ) -> str:
        """The names of the indexes over exactly these columns that the schema does not name, nor are called `but`."""
        place = _in_order(columns, "column_name", "seq_in_index")
        where = [
            self._mine("statistics"),
            _is("table_name", table.name),
            f"non_unique = {int(not unique)}",
            "index_type IN ('BTREE', 'HASH')",
            _not_in("index_name", ("PRIMARY", *explicit_names(table), *([but] if but else []))),
        ]
        return (
            f"SELECT index_name FROM information_schema.statistics WHERE {' AND '.join(where)}"
            f" GROUP BY index_name HAVING count(*) = {len(columns)} AND SUM({place}) = {len(columns)}"
            " ORDER BY index_name"
        )

    def unnamed_unique(self, table: TableDef, unique: UniqueDef) -> Lookup:
        """The name of a unique constraint that the schema does not name."""
        return Lookup(
            f"{describe_part(unique)} on {table.key}",
            self.index_names(table, unique.columns, unique=True),
        )

    def implied_index(
        self, table: TableDef, columns: Sequence[str], but: str | None = None
    ) -> Lookup:
        """The name of an index that the server made for a foreign key, unless it is `but`."""
        return Lookup(
            f"the index of the foreign key ({', '.join(columns)}) of {table.key}",
            self.index_names(table, columns, unique=False, but=but),
        )

    # constraints

    def has_constraint(self, table: str, name: str, kind: str, there: bool = True) -> str:
        """Does the table have a constraint of this kind and name; or, does it not?"""
        where = [
            _is("table_name", table),
            f"constraint_type = {text(kind)}",
            _is("constraint_name", stored_name(name)),
        ]
        return self._count("table_constraints", where, there)

    def foreign_key_names(self, table: TableDef, key: ForeignKeyDef) -> str:
        """The names of the foreign keys over these columns that the schema does not name."""
        pairs = [
            f"(ordinal_position = {at} AND {_is('column_name', here)} AND {_is('referenced_column_name', there)})"
            for at, (here, there) in enumerate(zip(key.columns, key.references, strict=True), 1)
        ]
        named = tuple(stored_name(other.name) for other in table.foreign_keys if other.name)
        where = [
            self._mine("key_column_usage"),
            _is("table_name", table.name),
            _is("referenced_table_name", key.table),
            *([_not_in("constraint_name", named)] if named else []),
        ]
        return (
            f"SELECT constraint_name FROM information_schema.key_column_usage WHERE {' AND '.join(where)}"
            f" GROUP BY constraint_name HAVING count(*) = {len(pairs)} AND SUM({' OR '.join(pairs)}) = {len(pairs)}"
            " ORDER BY constraint_name"
        )

    def foreign_key(self, table: TableDef, key: ForeignKeyDef) -> Lookup:
        """The name of a foreign key: its own if it is there, or the one that the schema does not name."""
        what = f"{describe_part(key)} of {table.key} to {key.table}"
        if key.name is None:
            return Lookup(what, self.foreign_key_names(table, key))
        where = [
            self._mine("table_constraints"),
            _is("table_name", table.name),
            "constraint_type = 'FOREIGN KEY'",
            _is("constraint_name", stored_name(key.name)),
        ]
        found = f"FROM information_schema.table_constraints WHERE {' AND '.join(where)}"
        return Lookup(what, f"SELECT constraint_name {found}")

    def unnamed_check(self, table: TableDef, check: CheckDef) -> Lookup:
        """The name of a check that the schema does not name."""
        condition = check.expression.for_backend("mysql") or ""
        return CheckLookup(
            f"{describe_part(check)} of {table.key}",
            self._checks(table, "constraint_name, check_clause", None),
            condition,
            self._checks(table, "constraint_name", condition),
            self.flavour,
            table.column_names,
        )

    def check_count(self, table: TableDef, check: CheckDef, count: int) -> CheckProof:
        """Are there this many checks without a name in the schema that say the same?"""
        condition = check.expression.for_backend("mysql") or ""
        query = self._checks(table, "check_clause", None)
        return CheckProof(query, condition, count, self.flavour, table.column_names)

    def _checks(self, table: TableDef, what: str, condition: str | None) -> str:
        """The table's checks without a name in the schema; with `condition`, those that say the same."""
        named = tuple(stored_name(check.name) for check in table.checks if check.name)
        where = [_is("t.table_name", table.name)]
        if self.flavour is Flavour.MARIADB:
            source = "information_schema.check_constraints AS t"
            where += ["t.constraint_schema = DATABASE()", "t.level = 'Table'"]
        else:
            source = (
                "information_schema.table_constraints AS t JOIN information_schema.check_constraints AS c"
                " USING (constraint_schema, constraint_name)"
            )
            where += ["t.constraint_schema = DATABASE()", "t.constraint_type = 'CHECK'"]
        where += [_not_in("constraint_name", named)] if named else []
        where += (
            [f"{_squeezed('check_clause')} = {_squeezed(text(condition))}"] if condition else []
        )
        return f"SELECT {what} FROM {source} WHERE {' AND '.join(where)}"

    # in general

    def count(self, names: str, count: int) -> str:
        """Does a query for names find this many?"""
        return f"SELECT count(*) = {count} FROM ({names}) AS found"

    def _count(self, view: str, where: Iterable[str], there: bool) -> str:
        conditions = " AND ".join((self._mine(view), *where))
        return f"SELECT count(*) {'>' if there else '='} 0 FROM information_schema.{view} WHERE {conditions}"

    def _mine(self, view: str) -> str:
        column = (
            "constraint_schema"
            if view in ("table_constraints", "key_column_usage")
            else "table_schema"
        )
        return f"{column} = DATABASE()"


def _is(column: str, name: str) -> str:
    return f"{column} = {text(name)}"


def _not_in(column: str, names: Iterable[str]) -> str:
    return f"{column} NOT IN ({', '.join(map(text, names))})"


def _in_order(columns: Sequence[str], name: str, position: str) -> str:
    """1 for a row that is one of the columns at its place."""
    return " OR ".join(
        f"({position} = {at} AND {_is(name, column)})" for at, column in enumerate(columns, 1)
    )


def _squeezed(expression: str) -> str:
    """A condition without what servers add when they write it anew."""
    return f"REPLACE(LOWER(REGEXP_REPLACE({expression}, {text(_SQUEEZED)}, '')), '!=', '<>')"
