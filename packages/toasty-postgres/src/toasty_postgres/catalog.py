"""The questions that are asked of PostgreSQL's catalogs, a handful for any number of tables.

https://www.postgresql.org/docs/current/catalogs.html

A table is known by its oid in all but the first. `{...}` are parts that only some versions have.
"""

from __future__ import annotations

_USERS = r"""n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')"""
"""In a schema of the users, and not made by an extension."""

VERSION = "SELECT current_setting('server_version_num')::int, current_schema()"

_TABLES = r"""SELECT c.oid, n.nspname, c.relname, c.relkind = 'p', c.relpersistence = 'u', c.reloptions,
    s.spcname, m.amname, d.description,
    CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
    ARRAY(SELECT i.inhparent::bigint FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid
          ORDER BY i.inhseqno)
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_description AS d
    ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {which} ORDER BY n.nspname, c.relname"""

TABLES = _TABLES.replace("{which}", rf"NOT starts_with(c.relname, 'toasty_') AND {_USERS}")
"""All tables of the users; a partition is a part of its table."""

TEMPORARY_TABLES = _TABLES.replace("{which}", "n.oid = pg_catalog.pg_my_temp_schema()")
"""The temporary tables of this session."""

COLUMNS = r"""SELECT a.attrelid, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
    a.atttypid, a.attnotnull, a.attidentity::text, a.attgenerated::text,
    pg_catalog.pg_get_expr(f.adbin, f.adrelid), CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation END,
    d.description
FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
LEFT JOIN pg_catalog.pg_description AS d
    ON d.objoid = a.attrelid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = a.attnum
WHERE a.attrelid = ANY (%s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal
ORDER BY a.attrelid, a.attnum"""

CONSTRAINTS = r"""SELECT k.conrelid, k.conname, k.contype::text, k.conkey, k.conindid, k.condeferrable, k.condeferred,
    k.convalidated, k.connoinherit, {enforced}, {period},
    CASE k.contype WHEN 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid)
                   WHEN 'x' THEN pg_catalog.pg_get_constraintdef(k.oid) END,
    n.nspname, c.relname, k.confupdtype::text, k.confdeltype::text, k.confmatchtype::text, k.confdelsetcols,
    CASE WHEN k.contype = 'f' THEN ARRAY(
        SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (num, at)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.at) END
FROM pg_catalog.pg_constraint AS k
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE k.conrelid = ANY (%s::oid[]) AND k.conparentid = 0 AND k.conislocal
    AND (k.contype IN ('p', 'u', 'c', 'f', 'x') OR k.contype = 'n' AND NOT k.convalidated)
ORDER BY k.conrelid, k.contype, k.conname"""
"""NOT NULL is a constraint since PostgreSQL 18; of these, only those that are not valid yet say something more."""

INDEXES = r"""SELECT i.indexrelid, i.indrelid, c.relname, m.amname, i.indisunique, i.indisvalid,
    i.indkey::text, i.indnkeyatts, i.indoption::text, i.indclass::text, i.indcollation::text,
    pg_catalog.pg_get_expr(i.indpred, i.indrelid), c.reloptions, s.spcname, i.indnullsnotdistinct,
    CASE WHEN i.indexprs IS NOT NULL THEN ARRAY(
        SELECT pg_catalog.pg_get_indexdef(i.indexrelid, k, false) FROM generate_series(1, i.indnkeyatts) AS k) END
FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace
WHERE i.indrelid = ANY (%s::oid[]) ORDER BY i.indrelid, c.relname"""

ENUMS = r"""SELECT t.oid, t.typarray, n.nspname, t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
FROM pg_catalog.pg_enum AS e JOIN pg_catalog.pg_type AS t ON t.oid = e.enumtypid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace GROUP BY 1, 2, 3, 4"""

_SEQUENCES = r"""SELECT c.oid::regclass::text, n.nspname, c.relname, pg_catalog.format_type(q.seqtypid, NULL),
    q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle, d.refobjid, d.refobjsubid, d.deptype::text
FROM pg_catalog.pg_sequence AS q JOIN pg_catalog.pg_class AS c ON c.oid = q.seqrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend AS d
    ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
WHERE {which} ORDER BY n.nspname, c.relname"""

SEQUENCES = _SEQUENCES.replace("{which}", _USERS)
"""All sequences, with the column that each belongs to: `i` for an identity, `a` for SERIAL and OWNED BY."""

ALL_SEQUENCES = _SEQUENCES.replace("{which}", "true")
"""Those of temporary tables among them."""

OPERATOR_CLASSES = "SELECT oid, opcname, opcdefault FROM pg_catalog.pg_opclass"

COLLATIONS = r"""SELECT c.oid, n.nspname, c.collname FROM pg_catalog.pg_collation AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace WHERE c.oid = ANY (%s::oid[])"""


def constraints_sql(version: int) -> str:
    """The question for constraints, for a server of `version` (`180006`)."""
    new = version >= 180000
    return CONSTRAINTS.replace("{enforced}", "k.conenforced" if new else "true").replace(
        "{period}", "k.conperiod" if new else "false"
    )
