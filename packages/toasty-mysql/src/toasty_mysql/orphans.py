"""The look at rows after a foreign key was added without one."""

from __future__ import annotations

from toasty_mysql.dialect import MysqlDialect
from toasty_mysql.links import Link
from toasty_sql.statements import AssertStatement


def points_at_nothing(link: Link, dialect: MysqlDialect) -> AssertStatement:
    """Fails when a row points at no row: one that came between the check before and the key."""
    key, child = link.key, dialect.table(link.table)
    parent = dialect.table_key(key.table)
    pairs = " AND ".join(
        f"parent.{dialect.quote(there)} = child.{dialect.quote(here)}"
        for here, there in zip(key.columns, key.references, strict=True)
    )
    filled = " AND ".join(f"child.{dialect.quote(column)} IS NOT NULL" for column in key.columns)
    values = ", ', ', ".join(f"child.{dialect.quote(column)}" for column in key.columns)
    return AssertStatement(
        f"SELECT CONCAT({values}) FROM {child} AS child WHERE {filled}"
        f" AND NOT EXISTS (SELECT 1 FROM {parent} AS parent WHERE {pairs}) LIMIT 6",
        f"Rows of {link.table.key} point at no row of {key.table}; they came while the foreign key was added."
        " Delete or mend them: the key stands.",
    )
