"""Views that stand on a column are saved, dropped and made again around a change of it."""

from __future__ import annotations

import psycopg
import pytest

from toasty_core.errors import StatementFailed
from toasty_core.operations import ModifyColumn, RenameColumn
from toasty_core.schema import ColumnDef, TableDef

PEOPLE = TableDef(
    "people",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("age", "Integer", nullable=True),
        ColumnDef("name", "Text"),
    ],
    primary_key=["id"],
)
WIDER = ModifyColumn("people", "age", type="BigInteger")

CATALOG = """SELECT c.relname, c.relkind, pg_get_viewdef(c.oid), c.reloptions, c.relacl::text,
        pg_get_userbyid(c.relowner),
        obj_description(c.oid), c.relispopulated,
        (SELECT array_agg((attname, attacl::text, col_description(c.oid, attnum))::text ORDER BY attnum)
            FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0),
        (SELECT array_agg(pg_get_indexdef(indexrelid) ORDER BY indexrelid) FROM pg_index WHERE indrelid = c.oid),
        (SELECT array_agg(pg_get_triggerdef(oid)) FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal),
        (SELECT array_agg(pg_get_ruledef(oid) ORDER BY rulename) FROM pg_rewrite WHERE ev_class = c.oid),
        (SELECT array_agg(pg_get_expr(adbin, adrelid)) FROM pg_attrdef WHERE adrelid = c.oid)
    FROM pg_class AS c WHERE c.relkind IN ('v', 'm') AND c.relnamespace NOT IN
        ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) ORDER BY 1"""


@pytest.fixture
def role(live):
    name = "toasty_reader"
    if not live.sql("SELECT FROM pg_roles WHERE rolname = %s", name):
        live.sql(f"CREATE ROLE {name}")
    yield name
    live.sql(f"DROP OWNED BY {name} CASCADE")


def test_all_that_belongs_to_a_view_is_there_again(live, role):
    live.create(PEOPLE)
    live.sql("INSERT INTO people VALUES (1, 40, 'Ada')")
    live.sql('CREATE SCHEMA "Other"')
    live.sql(f'GRANT ALL ON SCHEMA "Other", public TO {role}')
    live.sql(f"GRANT SELECT ON people TO {role}")
    for text in (
        "CREATE VIEW adults (who, years) WITH (security_barrier) AS SELECT id, age FROM people WHERE age > 17 "
        "WITH LOCAL CHECK OPTION",
        "CREATE VIEW \"Other\".\"on a view\" AS SELECT years, 'it''s 100%' AS text FROM adults",
        "CREATE MATERIALIZED VIEW counted AS SELECT age, count(*) FROM people GROUP BY age",
        "CREATE MATERIALIZED VIEW unfilled AS SELECT age FROM people WITH NO DATA",
        "CREATE UNIQUE INDEX ON counted (age)",
        "CREATE VIEW names AS SELECT name FROM people",
        "COMMENT ON VIEW adults IS 'it''s so'",
        "COMMENT ON COLUMN adults.years IS 'in years'",
        "COMMENT ON MATERIALIZED VIEW counted IS 'by age'",
        "ALTER VIEW adults ALTER COLUMN years SET DEFAULT 18",
        f"GRANT SELECT ON adults TO {role} WITH GRANT OPTION",
        f"GRANT UPDATE (years) ON adults TO {role}",
        'GRANT SELECT ON "Other"."on a view" TO PUBLIC',
        f"ALTER MATERIALIZED VIEW counted OWNER TO {role}",
        "CREATE RULE quiet AS ON DELETE TO adults DO INSTEAD NOTHING",
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        'CREATE TRIGGER quiet INSTEAD OF INSERT ON "Other"."on a view" FOR EACH ROW EXECUTE FUNCTION nothing()',
    ):
        live.sql(text)
    before = live.sql(CATALOG)
    kept = live.sql("SELECT 'names'::regclass::oid")

    live.apply(WIDER)

    assert live.sql(CATALOG) == before
    assert live.sql("SELECT 'names'::regclass::oid") == kept
    assert live.sql("SELECT * FROM adults") == [(1, 40)]
    assert live.sql("SELECT pg_typeof(years)::text FROM adults") == [("bigint",)]
    assert live.sql("SELECT * FROM counted") == [(40, 1)]


def test_a_view_that_no_longer_fits_undoes_it_all(live):
    live.create(PEOPLE)
    live.sql("CREATE VIEW sums AS SELECT sum(age) AS total FROM people")

    with pytest.raises(
        StatementFailed, match=r'a view that stands on "people"."age" cannot be made again'
    ) as caught:
        live.apply(ModifyColumn("people", "age", type="Text"))

    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert "CREATE VIEW public.sums" in str(cause.diag.message_detail)
    assert live.sql("SELECT total FROM sums") == [(None,)]
    live.assert_exact()


def test_a_view_follows_a_rename_by_itself(live):
    live.create(PEOPLE)
    live.sql("CREATE VIEW ages AS SELECT age FROM people")

    live.apply(RenameColumn("people", "age", "years"))

    assert "years AS age" in live.sql("SELECT pg_get_viewdef('ages'::regclass)")[0][0]


def test_without_views_nothing_is_saved(live):
    live.create(PEOPLE)

    [text] = live.apply(WIDER)

    assert text == (
        "-- views that stand on it are saved, dropped and made again around this:\n"
        'ALTER TABLE "people" ALTER COLUMN "age" TYPE BIGINT;'
    )
