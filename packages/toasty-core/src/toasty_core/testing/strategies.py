"""Hypothesis strategies for schemas, and for pairs of schemas of which the second one grew out of the first.

Whatever they make is a schema that can exist: keys, indexes and foreign keys name columns that are there,
foreign keys point at a key of their target, and names of indexes and constraints stand only once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from toasty_core.schema import (
    Action,
    Auto,
    CheckDef,
    ColumnDef,
    Deferral,
    Expression,
    ForeignKeyDef,
    Generated,
    Identity,
    IndexColumn,
    IndexDef,
    Literal,
    NextValue,
    PrimaryKeyDef,
    SchemaSnapshot,
    SequenceDef,
    Serial,
    TableDef,
    UniqueDef,
    now,
    uuid,
)
from toasty_core.schema import types as t
from toasty_core.testing.edits import EDITS, Draw, repaired

PLAIN_NAMES = ("id", "name", "left", "right", "extra", "email", "parent_id", "created_at")
HOSTILE_NAMES = (
    "order",
    "From Where",
    "100%",
    "it's",
    'say "hi"',
    "größe",
    "a.b",
    "MixedCase",
    "mixedcase",
    "`tick`",
    "日本",
    "semi;colon",
    "n" * 60,
)
TABLE_NAMES = ("user", "label", "tag", "post", "comment", "team", "order", "a b", "it's", "Größe")


def names(plain_only: bool = False) -> st.SearchStrategy[str]:
    """Names of columns, the hostile ones among them."""
    return st.sampled_from(PLAIN_NAMES if plain_only else PLAIN_NAMES + HOSTILE_NAMES)


def simple_types() -> st.SearchStrategy[t.Type]:
    """Types that are not made of others."""
    fixed: list[t.Type] = [
        t.Integer(),
        t.BigInteger(),
        t.SmallInteger(),
        t.Boolean(),
        t.Float(),
        t.Double(),
        t.Date(),
        t.Time(),
        t.DateTime(),
        t.DateTime(timezone=True),
        t.Interval(),
        t.Uuid(),
        t.Binary(),
        t.Json(),
        t.Text(),
        t.Native("tsvector", backend="postgresql"),
        t.Enum("calm", "it's", name="mood"),
    ]
    return st.one_of(
        st.sampled_from(fixed),
        st.integers(1, 300).map(t.String),
        st.just(t.String()),
        st.integers(1, 20).map(t.Char),
        st.tuples(st.integers(4, 12), st.integers(0, 4)).map(lambda pair: t.Decimal(*pair)),
    )


def column_types() -> st.SearchStrategy[t.Type]:
    """All types."""
    simple = simple_types()
    return st.one_of(
        simple,
        simple,
        simple.map(t.Array),
        simple.map(lambda item: t.Document(t.Field("street", item))),
        simple.map(lambda item: t.Variant(item, {"postgresql": t.Native("JSONB")})),
    )


def expressions() -> st.SearchStrategy[Expression]:
    """Expressions, some written per backend."""
    texts = st.sampled_from(["1 > 0", "lower('%')", "'it''s' <> ''", "\"a\" = '{b}:c'"])
    return st.one_of(
        texts.map(Expression),
        texts.map(lambda text: Expression(None, {"sqlite": text, "mysql": "1"})),
        texts.map(lambda text: Expression(text, {"postgresql": "true"})),
    )


def defaults(sequences: tuple[str, ...] = ()) -> st.SearchStrategy[Any]:
    """Defaults of columns: none in most cases."""
    literals = st.sampled_from([0, 1, True, False, 1.5, "", "it's 100%", "NULL", b"x", {"a": [1]}])
    made: list[st.SearchStrategy[Any]] = [
        st.none(),
        st.none(),
        literals.map(Literal),
        st.sampled_from([now(), uuid()]),
        expressions(),
    ]
    made += [st.sampled_from(sequences).map(NextValue)] if sequences else []
    return st.one_of(*made)


def autos() -> st.SearchStrategy[Auto]:
    """How the database numbers rows."""
    return st.sampled_from([Identity(), Identity(start=5), Serial()])


@st.composite
def columns(draw: Draw, name: str, sequences: tuple[str, ...] = ()) -> ColumnDef:
    """A column called `name`."""
    type_ = draw(column_types())
    kind = draw(st.sampled_from(["plain", "plain", "plain", "auto", "generated"]))
    options: dict[str, Any] = draw(st.sampled_from([{}, {}, {}, {"mysql": {"charset": "latin1"}}]))
    return ColumnDef(
        name,
        type_,
        nullable=draw(st.booleans()),
        default=draw(defaults(sequences)) if kind == "plain" else None,
        auto=draw(autos()) if kind == "auto" else None,
        generated=Generated(draw(expressions()), draw(st.booleans()))
        if kind == "generated"
        else None,
        collation=draw(st.sampled_from([None, None, "NOCASE"])),
        comment=draw(st.sampled_from([None, None, 'it\'s "so"'])),
        options=options,
    )


def _some(draw: Draw, names_: tuple[str, ...], most: int = 3) -> tuple[str, ...]:
    return tuple(draw(st.lists(st.sampled_from(names_), min_size=1, max_size=most, unique=True)))


def _only(draw: Draw) -> tuple[str, ...]:
    only: tuple[str, ...] = draw(st.sampled_from([(), (), (), ("postgresql",)]))
    return only


@st.composite
def indexes(draw: Draw, columns_: tuple[str, ...], name: str) -> IndexDef:
    """An index over some of the columns."""
    parts = [
        IndexColumn(column, descending=draw(st.booleans())) for column in _some(draw, columns_)
    ]
    if draw(st.integers(0, 4)) == 0:
        parts.append(IndexColumn(expression=draw(expressions())))
    included = {"acme": {"include": list(_some(draw, columns_))}}
    return IndexDef(
        name,
        parts,
        unique=draw(st.booleans()),
        where=draw(st.one_of(st.none(), st.none(), expressions())),
        only=_only(draw),
        options=draw(st.sampled_from([{}, {}, {"postgresql": {"using": "gin"}}, included])),
    )


@st.composite
def uniques(draw: Draw, columns_: tuple[str, ...], name: str | None) -> UniqueDef:
    """A unique constraint over some of the columns."""
    return UniqueDef(
        _some(draw, columns_), name, deferral=draw(st.sampled_from(Deferral)), only=_only(draw)
    )


@st.composite
def checks(draw: Draw, name: str | None) -> CheckDef:
    """A check."""
    return CheckDef(draw(expressions()), name, only=_only(draw))


@st.composite
def foreign_keys(
    draw: Draw, columns_: tuple[str, ...], target: TableDef, name: str | None
) -> ForeignKeyDef | None:
    """A foreign key to one of the target's keys; None where the table is too narrow for any."""
    keys = [target.key_columns, *(unique.columns for unique in target.uniques)]
    fitting = [key for key in keys if key and len(key) <= len(columns_)]
    if not fitting:
        return None
    key = draw(st.sampled_from(fitting))
    own = draw(
        st.lists(st.sampled_from(columns_), min_size=len(key), max_size=len(key), unique=True)
    )
    bare = key == target.key_columns and draw(st.booleans())
    return ForeignKeyDef(
        own,
        target.key,
        () if bare else key,
        name,
        on_delete=draw(st.sampled_from(Action)),
        on_update=draw(st.sampled_from(Action)),
        deferral=draw(st.sampled_from(Deferral)),
    )


@st.composite
def tables(draw: Draw, name: str, sequences: tuple[str, ...] = ()) -> TableDef:
    """A table without foreign keys."""
    names_ = tuple(draw(st.lists(names(), min_size=1, max_size=6, unique=True)))
    key = _some(draw, names_, 2) if draw(st.integers(0, 4)) else ()
    key_name = draw(st.sampled_from([None, f"{name}_pk"]))
    options: Any = draw(st.sampled_from([{}, {}, {"sqlite": {"strict": True}}]))
    table = TableDef(
        name,
        [draw(columns(column, sequences)) for column in names_],
        primary_key=PrimaryKeyDef(key, key_name) if key else None,
        comment=draw(st.sampled_from([None, None, "100% 'quoted'"])),
        options=options,
    )
    return _with_parts(draw, table)


def _with_parts(draw: Draw, table: TableDef) -> TableDef:
    names_ = table.column_names

    def several(make: Callable[[int], Any]) -> list[Any]:
        return [make(number) for number in range(draw(st.integers(0, 2)))]

    def maybe(text: str) -> str | None:
        return draw(st.sampled_from([None, text]))

    key = table.key
    return evolve(
        table,
        indexes=several(lambda n: draw(indexes(names_, f"ix_{key}_{n}"))),
        uniques=several(lambda n: draw(uniques(names_, maybe(f"uq_{key}_{n}")))),
        checks=several(lambda n: draw(checks(maybe(f"ck_{key}_{n}")))),
    )


@st.composite
def schemas(draw: Draw, most: int = 4) -> SchemaSnapshot:
    """A schema of up to `most` tables, with foreign keys in circles and to themselves."""
    sequences = [
        SequenceDef(name, start=draw(st.integers(1, 9)))
        for name in draw(st.lists(st.sampled_from(["numbers", "Numb ers"]), unique=True))
    ]
    keys = tuple(sequence.key for sequence in sequences)
    names_ = draw(st.lists(st.sampled_from(TABLE_NAMES), max_size=most, unique=True))
    found = [draw(tables(name, keys)) for name in names_]
    linked = [_linked(draw, table, found) for table in found]
    return repaired(SchemaSnapshot.of(*linked, sequences=sequences))


def _linked(draw: Draw, table: TableDef, targets: list[TableDef]) -> TableDef:
    keys = []
    for number in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from([None, f"fk_{table.key}_{number}"]))
        target = draw(st.sampled_from(targets))
        keys.append(draw(foreign_keys(table.column_names, target, name)))
    return evolve(table, foreign_keys=[key for key in keys if key is not None])


@st.composite
def schema_pairs(draw: Draw, most: int = 4) -> tuple[SchemaSnapshot, SchemaSnapshot]:
    """A schema, and one that came of it by a handful of edits; both may be anything, also equal or empty."""
    before = draw(schemas(most))
    if draw(st.integers(0, 5)) == 0:
        return before, draw(schemas(most))
    after = before
    for _ in range(draw(st.integers(0, 5))):
        edit = draw(st.sampled_from(EDITS))
        after = repaired(edit(draw, after))
    return before, after
