"""A column is dropped after the keys, indexes and checks that speak of it, and not along with them."""

from __future__ import annotations

import pytest

from server_shop import ServerShop, on

_TABLE = """
db.create_table(TableDef(
    "visits",
    [ColumnDef("id", "Integer"), ColumnDef("place", "String(40)"), ColumnDef("note", "Text")],
    primary_key={key},
    uniques=[{unique}],
    checks=[{check}],
    indexes=[{index}],
))
"""
_INCLUDE = 'options={"postgresql": {"include": ["place"]}}'
PARTS = {
    "an index includes it": ("index", f'IndexDef("part", ["note"], {_INCLUDE})'),
    "an index is over rows by it": (
        "index",
        """IndexDef("part", ["note"], where="place <> 'x'")""",
    ),
    "an index computes with it": ("index", 'IndexDef("part", ["note", expr("lower(place)")])'),
    "a unique includes it": ("unique", f'UniqueDef(["note"], name="part", {_INCLUDE})'),
    "a key includes it": ("key", f'PrimaryKeyDef(["id"], name="part", {_INCLUDE})'),
    "a check compares it": ("check", 'CheckDef("place <> note", name="part")'),
}
FIRST = {
    "index": 'drop_index("visits", "part")',
    "unique": 'drop_unique("visits", "part")',
    "key": 'change_primary_key("visits", ["id"])',
    "check": 'drop_check("visits", "part")',
}
NAMED = """
SELECT relname FROM pg_class WHERE relname = 'part'
UNION SELECT conname FROM pg_constraint WHERE conname = 'part'
"""


@on("postgres15", "postgres18")
@pytest.mark.parametrize("case", PARTS)
def test_postgresql_would_drop_what_speaks_of_it(store: ServerShop, case: str) -> None:
    kind, part = PARTS[case]
    words = {"key": '["id"]', **dict.fromkeys(("unique", "check", "index"), "")}
    store.prepare(_TABLE.format(**{**words, kind: part}))
    path = store.migration('db.drop_column("visits", "place")')
    refused = store.up()

    called = f"{'primary key' if kind == 'key' else kind} 'part'"
    assert refused.code != 0
    assert f"cannot drop column visits.place: {called} stands on it" in refused.err
    assert f"drop {called} first" in refused.err
    assert store.query(NAMED) == [("part",)]

    text = path.read_text()
    path.write_text(text.replace("db.drop", f"db.{FIRST[kind]}\n        db.drop"))
    store.goes_on()
