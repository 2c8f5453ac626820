"""SQLAlchemy judges: schemas of real applications, made by it, are what we foresee and what its inspector sees."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOMAIN, ENUM, dialect

from corpus import exact
from toasty_core.models.alchemy.reading import read_metadata
from toasty_core.schema import (
    Action,
    ColumnDef,
    Deferral,
    Identity,
    SchemaSnapshot,
    Serial,
    TableDef,
    types,
)
from toasty_postgres.canonical import canonical_schema
from toasty_postgres.database import PostgresDatabase
from toasty_postgres.reading import Names, read_default
from toasty_postgres.simplifying import Scope, normal
from toasty_postgres.type_names import name_of, read_type

from .conftest import assert_same

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
VERSIONS = sorted({(app, version) for app, a, b in exact.steps("postgresql") for version in (a, b)})


@pytest.mark.parametrize(("app", "version"), VERSIONS)
def test_real_schemas(
    database: PostgresDatabase, postgres_url: str, app: str, version: str
) -> None:
    engine = sa.create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    exact.prepare(engine, app)
    metadata = exact.load(exact.ref(app, version))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        metadata.create_all(engine)
        wanted = canonical_schema(read_metadata([metadata]))
    found = database.introspect()
    with engine.connect() as connection:
        judge = Judge(sa.inspect(connection), found)
        differences = list(judge.differences())
    engine.dispose()

    assert_same(found, wanted)
    assert differences == []


def test_what_the_corpus_has_not(
    database: PostgresDatabase, postgres_url: str, version: int
) -> None:
    virtual = ", v int GENERATED ALWAYS AS (a + 1) VIRTUAL" if version >= 18 else ""
    database.run(f"""CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('x', 'y');
        CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (START 3 INCREMENT 2), b s.mood DEFAULT 'x', c text[],
            d timestamp(3), e interval day to second, f numeric(5), g varchar(3)[] COLLATE "C", h bit varying(3),
            i date DEFAULT now(), j int GENERATED ALWAYS AS (a * 2) STORED, k varchar(7), l serial{virtual},
            PRIMARY KEY (a), CONSTRAINT u UNIQUE NULLS NOT DISTINCT (b, d) INCLUDE (f) DEFERRABLE,
            CHECK (f BETWEEN 1 AND 5), CONSTRAINT n CHECK (f > 0) NO INHERIT,
            FOREIGN KEY (j) REFERENCES t MATCH FULL ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED);
        COMMENT ON TABLE t IS 'it''s'; COMMENT ON COLUMN t.a IS 'a "comment"';
        CREATE UNIQUE INDEX i1 ON t (f DESC, (lower(k::text)) NULLS FIRST, d DESC NULLS LAST) INCLUDE (a) WHERE f > 0;
        CREATE INDEX i2 ON t USING gin (c) WITH (fastupdate = off)""")
    engine = sa.create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        differences = list(Judge(sa.inspect(connection), database.introspect()).differences())
    engine.dispose()

    assert differences == []


class Judge:
    """Compares what we read with what SQLAlchemy's inspector reads."""

    def __init__(self, inspector: Any, found: SchemaSnapshot) -> None:
        self._inspector = inspector
        self._found = found
        self._words = dialect()

    def differences(self) -> Iterator[str]:
        """Where the two differ."""
        names = {name for name in self._inspector.get_table_names() if name in self._found.tables}
        if names != {table.name for table in self._found.tables.values() if table.schema is None}:
            yield f"tables: {sorted(names)}"
        for name in sorted(names):
            table = self._found.table(name)
            for what in (
                "columns",
                "key",
                "uniques",
                "foreign_keys",
                "checks",
                "indexes",
                "comment",
            ):
                ours, theirs = getattr(self, f"_{what}")(table)
                if ours != theirs:
                    yield f"{name} {what}: ours {ours}, SQLAlchemy's {theirs}"

    def _columns(self, table: TableDef) -> tuple[Any, Any]:
        scope = _scope(table)
        said = self._inspector.get_columns(table.name)
        theirs = [self._their_column(one, scope) for one in said]
        return [_our_column(column) for column in table.columns], theirs

    def _their_column(self, said: Any, scope: Scope) -> Any:
        type_ = said["type"]
        computed = said.get("computed")
        numbered = str(said["default"]).startswith("nextval(") and said.get("autoincrement")
        default = None if computed or numbered else said["default"]
        return {
            "name": said["name"],
            "type": self._their_type(type_),
            "nullable": said["nullable"],
            "default": default and read_default(default, self._their_read_type(type_), Names()),
            "computed": computed and (normal(computed["sqltext"], scope), computed["persisted"]),
            "identity": said.get("identity") and _their_identity(said["identity"]),
            "comment": said["comment"],
            "collation": getattr(type_, "collation", None)
            or getattr(getattr(type_, "item_type", None), "collation", None),
        }

    def _their_type(self, type_: Any) -> Any:
        if isinstance(type_, ENUM):
            name = f"{type_.schema}.{type_.name}" if type_.schema else type_.name
            return ("enum", name, tuple(type_.enums))
        if isinstance(type_, sa.ARRAY):
            return ("array", self._their_type(type_.item_type))
        assert not isinstance(type_, DOMAIN)
        return name_of(self._their_read_type(type_))

    def _their_read_type(self, type_: Any) -> types.Type:
        if isinstance(type_, ENUM):
            return types.Enum(*type_.enums, name=type_.name)
        if isinstance(type_, sa.ARRAY):
            return types.Array(self._their_read_type(type_.item_type))
        plain = type_.compile(dialect=self._words).partition(" COLLATE ")[0]
        return read_type(plain)

    def _key(self, table: TableDef) -> tuple[Any, Any]:
        said = self._inspector.get_pk_constraint(table.name)
        return list(table.key_columns), said["constrained_columns"]

    def _uniques(self, table: TableDef) -> tuple[Any, Any]:
        said = self._inspector.get_unique_constraints(table.name)
        ours = [(one.columns, _some_options(one.options)) for one in table.uniques]
        theirs = [(tuple(one["column_names"]), _their_options(one)) for one in said]
        return _in_order(ours), _in_order(theirs)

    def _foreign_keys(self, table: TableDef) -> tuple[Any, Any]:
        said = self._inspector.get_foreign_keys(table.name)
        theirs = []
        for one in said:
            schema, target = one["referred_schema"], one["referred_table"]
            key = f"{schema}.{target}" if schema else target
            columns = tuple(one["constrained_columns"]), key, tuple(one["referred_columns"])
            options = {name: value for name, value in one["options"].items() if value is not None}
            theirs.append((*columns, options))
        return _in_order([_our_key(one) for one in table.foreign_keys]), _in_order(theirs)

    def _checks(self, table: TableDef) -> tuple[Any, Any]:
        said = self._inspector.get_check_constraints(table.name)
        theirs = [normal(one["sqltext"], _scope(table)) for one in said]
        return sorted(str(check.expression) for check in table.checks), sorted(theirs)

    def _indexes(self, table: TableDef) -> tuple[Any, Any]:
        said = self._inspector.get_indexes(table.name)
        scope = _scope(table)
        theirs = {
            one["name"]: (
                [normal(_column_text(text), scope) for text in one.get("expressions", one["column_names"])],
                one["unique"],
                _their_sorting(one),
                _their_options(one),
                normal(one["dialect_options"]["postgresql_where"], scope)
                if one["dialect_options"].get("postgresql_where")
                else None,
            )
            for one in said
            if not one.get("duplicates_constraint")
        }  # fmt: skip
        return {index.name: _our_index(index, scope) for index in table.indexes}, theirs

    def _comment(self, table: TableDef) -> tuple[Any, Any]:
        return table.comment, self._inspector.get_table_comment(table.name)["text"]


def _scope(table: TableDef) -> Scope:
    return Scope.of(table.name, {column.name: name_of(column.type) for column in table.columns})


def _in_order(items: list[Any]) -> list[Any]:
    return sorted(items, key=repr)


def _our_column(column: ColumnDef) -> Any:
    generated = column.generated
    return {
        "name": column.name,
        "type": _our_type(column.type),
        "nullable": column.nullable,
        "default": None if isinstance(column.auto, Serial) else column.default,
        "computed": generated and (str(generated.expression), generated.stored),
        "identity": _our_identity(column.auto) if isinstance(column.auto, Identity) else None,
        "comment": column.comment,
        "collation": column.collation,
    }


def _our_type(type_: types.Type) -> Any:
    if isinstance(type_, types.Enum):
        return ("enum", type_.name, type_.values)
    return ("array", _our_type(type_.item)) if isinstance(type_, types.Array) else name_of(type_)


def _our_identity(auto: Identity) -> Any:
    return auto.always, auto.start or 1, auto.increment or 1, auto.cycle, auto.cache or 1


def _their_identity(said: Any) -> Any:
    return said["always"], said["start"], said["increment"], said["cycle"], said["cache"]


def _our_key(key: Any) -> Any:
    options: dict[str, Any] = {}
    if key.on_delete is not Action.NO_ACTION:
        options["ondelete"] = key.on_delete.value.upper()
    if key.on_update is not Action.NO_ACTION:
        options["onupdate"] = key.on_update.value.upper()
    if key.deferral is not Deferral.IMMEDIATE:
        options["deferrable"] = True
    if key.deferral is Deferral.DEFERRED:
        options["initially"] = "DEFERRED"
    if key.options:
        options["match"] = key.options["postgresql"]["match"]
    return (key.columns, key.table, key.references, options)


def _our_index(index: Any, scope: Scope) -> Any:
    parts = [part.name or str(part.expression) for part in index.columns]
    texts = [normal(_column_text(text), scope) if part.name else text
             for part, text in zip(index.columns, parts, strict=True)]  # fmt: skip
    where = None if index.where is None else str(index.where)
    return texts, index.unique, _our_sorting(index), _some_options(index.options), where


def _column_text(text: str) -> str:
    """A column as it stands in an expression; an expression as it is."""
    return text if any(letter in text for letter in "('|") else f'"{text}"'


def _our_sorting(index: Any) -> Any:
    found = []
    for part in index.columns:
        words: tuple[str, ...] = ("desc",) if part.descending else ()
        if part.nulls_first is not None:
            words += ("nulls_first" if part.nulls_first else "nulls_last",)
        found.append(words)
    return sorted(words for words in found if words)


def _their_sorting(said: Any) -> Any:
    return sorted(tuple(words) for words in said.get("column_sorting", {}).values())


_COMPARED = ("include", "nulls_not_distinct", "using", "with")


def _some_options(options: Any) -> Any:
    said = options.get("postgresql", {})
    return {name: said[name] for name in _COMPARED if name in said}


def _their_options(said: Any) -> Any:
    options = said.get("dialect_options", {})
    found = {name: options.get(f"postgresql_{name}") for name in _COMPARED}
    if found["with"]:
        found["with"] = {name: {"off": "false"}.get(it, it) for name, it in found["with"].items()}
    return {name: value for name, value in found.items() if value and value != "btree"}
