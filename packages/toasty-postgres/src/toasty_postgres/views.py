"""Views that stand on a column: saved, dropped and made again around a change of it.

PostgreSQL refuses to change the type of a column that a view uses. What is saved of views and materialized
views, also of those on other views: definition, options, owner, grants (of columns, too), comments, defaults,
rules, triggers and indexes. It waits in a setting of the transaction (`toasty.views`), so that nothing stays
behind whatever happens.
https://www.postgresql.org/docs/current/catalog-pg-rewrite.html
"""

from __future__ import annotations

from toasty_postgres.literals import text_literal
from toasty_postgres.names import quote, stored_name

Places = tuple[tuple[str, str], ...]
"""Columns that change: the table's quoted name, and the column's name."""


def _standing(places: Places) -> str:
    columns = ", ".join(
        f"({text_literal(table)}::regclass, {text_literal(stored_name(column))})"
        for table, column in places
    )
    return f"""WITH RECURSIVE standing (view, depth) AS (
        SELECT r.ev_class, 1 FROM (VALUES {columns}) AS changed (of, name)
            JOIN pg_attribute AS a ON a.attrelid = changed.of AND a.attname = changed.name
            JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid
                AND d.refobjsubid = a.attnum AND d.classid = 'pg_rewrite'::regclass
            JOIN pg_rewrite AS r ON r.oid = d.objid AND r.ev_class <> d.refobjid
        UNION
        SELECT r.ev_class, s.depth + 1 FROM standing AS s
            JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.view
                AND d.classid = 'pg_rewrite'::regclass
            JOIN pg_rewrite AS r ON r.oid = d.objid AND r.ev_class <> d.refobjid
    ), views AS (
        SELECT c.*, max(s.depth) AS depth, format('%I.%I', n.nspname, c.relname) AS name,
            CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END AS word
        FROM standing AS s JOIN pg_class AS c ON c.oid = s.view AND c.relkind IN ('v', 'm')
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
        GROUP BY c.oid, n.nspname
    )"""


def any_views(places: Places) -> str:
    """The names of the views that stand on the columns."""
    return f"{_standing(places)}\nSELECT name FROM views ORDER BY depth, name"


def save_views(places: Places) -> str:
    """Saves the views that stand on the columns, and drops them."""
    return f"""DO $toasty$
DECLARE made json; gone text;
BEGIN
    {_standing(places)}, makes (depth, view, place, sql) AS ({_MAKES}
    )
    SELECT (SELECT json_agg(sql ORDER BY depth, view, place, sql) FROM makes),
        (SELECT string_agg(format('DROP %s %s', word, name), '; ' ORDER BY depth DESC, name) FROM views)
        INTO made, gone;
    PERFORM set_config('toasty.views', coalesce(made::text, '[]'), true);
    IF gone IS NOT NULL THEN
        EXECUTE gone;
    END IF;
END
$toasty$"""


def restore_views(places: Places) -> str:
    """Makes the saved views again. Fails, and names the view's statement, where one no longer fits."""
    what = ", ".join(f"{table}.{quote(column)}" for table, column in places).replace("%", "%%")
    message = f"a view that stands on {what} cannot be made again: %"
    return f"""DO $toasty$
DECLARE make text;
BEGIN
    FOR make IN SELECT json_array_elements_text(coalesce(nullif(current_setting('toasty.views', true), ''), '[]')::json)
    LOOP
        BEGIN
            EXECUTE make;
        EXCEPTION WHEN OTHERS THEN
            RAISE EXCEPTION {text_literal(message)}, SQLERRM USING ERRCODE = SQLSTATE, DETAIL = make,
                HINT = 'drop the view before, with db.execute_sql, and make it anew after';
        END;
    END LOOP;
    PERFORM set_config('toasty.views', '', true);
END
$toasty$"""


_GRANTEE = "CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END"
_OPTION = "CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END"
_MAKES = f"""
        SELECT depth, name, 1, format('CREATE %s %s%s%s AS %s%s', word, name,
            CASE WHEN reloptions <> '{{}}' THEN format(' WITH (%s)', array_to_string(reloptions, ', ')) END,
            CASE WHEN reltablespace <> 0 THEN (SELECT format(' TABLESPACE %I', spcname) FROM pg_tablespace
                WHERE oid = reltablespace) END,
            rtrim(pg_get_viewdef(oid), '; '),
            CASE WHEN relkind = 'm' AND NOT relispopulated THEN ' WITH NO DATA' END) FROM views
        UNION ALL
        SELECT depth, name, 2, pg_get_indexdef(i.indexrelid) FROM views JOIN pg_index AS i ON i.indrelid = views.oid
        UNION ALL
        SELECT depth, name, 3, format('ALTER %s %s ALTER COLUMN %I SET DEFAULT %s', word, name, c.attname,
            pg_get_expr(d.adbin, d.adrelid)) FROM views JOIN pg_attrdef AS d ON d.adrelid = views.oid
            JOIN pg_attribute AS c ON c.attrelid = d.adrelid AND c.attnum = d.adnum
        UNION ALL
        SELECT depth, name, 3, pg_get_ruledef(r.oid) FROM views JOIN pg_rewrite AS r ON r.ev_class = views.oid
            WHERE r.rulename <> '_RETURN'
        UNION ALL
        SELECT depth, name, 3, pg_get_triggerdef(t.oid) FROM views JOIN pg_trigger AS t ON t.tgrelid = views.oid
            WHERE NOT t.tgisinternal
        UNION ALL
        SELECT depth, name, 4, format('COMMENT ON %s %s IS %L', word, name, d.description) FROM views
            JOIN pg_description AS d ON d.classoid = 'pg_class'::regclass AND d.objoid = views.oid AND d.objsubid = 0
        UNION ALL
        SELECT depth, name, 4, format('COMMENT ON COLUMN %s.%I IS %L', name, c.attname, d.description)
            FROM views
            JOIN pg_description AS d ON d.classoid = 'pg_class'::regclass AND d.objoid = views.oid
                AND d.objsubid > 0
            JOIN pg_attribute AS c ON c.attrelid = views.oid AND c.attnum = d.objsubid
        UNION ALL
        SELECT depth, name, 5, format('GRANT %s ON %s TO %s%s', a.privilege_type, name, {_GRANTEE}, {_OPTION})
            FROM views, aclexplode(relacl) AS a WHERE a.grantee <> relowner
        UNION ALL
        SELECT depth, name, 5, format('GRANT %s (%I) ON %s TO %s%s', a.privilege_type, c.attname, name,
            {_GRANTEE}, {_OPTION})
            FROM views JOIN pg_attribute AS c ON c.attrelid = views.oid, aclexplode(c.attacl) AS a
        UNION ALL
        SELECT depth, name, 6, format('ALTER %s %s OWNER TO %I', word, name, pg_get_userbyid(relowner)) FROM views
            WHERE pg_get_userbyid(relowner) <> current_user"""
