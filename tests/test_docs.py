"""The pages in docs/ are true: they name everything that there is, and their examples run."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from inspect import isfunction, signature
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from shop import Shop
from toasty_core import operations
from toasty_core.backends import Backend, Database, Features, Support
from toasty_core.cli.group import SECTIONS
from toasty_core.migrations import MigrationContext
from toasty_core.models import check, field, foreign_key, index, key, load_models, model, unique
from toasty_core.operations import CreateTable, Operation
from toasty_core.plugins import specs
from toasty_core.schema import SchemaSnapshot, types
from toasty_core.schema.option_names import COLUMN_OPTIONS
from toasty_core.schema.type_syntax import parse_type
from toasty_dynamo import DynamoBackend
from toasty_mongo import MongoBackend
from toasty_mysql import MariadbBackend, MysqlBackend
from toasty_mysql import connection as mysql_urls
from toasty_mysql.ddl import MysqlTableWriter
from toasty_mysql.dialect import MysqlDialect
from toasty_mysql.flavour import Flavour
from toasty_postgres import PostgresBackend
from toasty_postgres.ddl import PostgresTableWriter
from toasty_postgres.dialect import PostgresDialect
from toasty_sql.dialect import SqlDialect
from toasty_sqlite import SqliteBackend
from toasty_sqlite import connection as sqlite_urls
from toasty_sqlite.dialect import SqliteDialect

ROOT = Path(__file__).resolve().parent.parent
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("docs/*.md"))}
MODELS, MIGRATIONS, SQLITE = (PAGES[f"{name}.md"] for name in ("models", "migrations", "sqlite"))
POSTGRESQL, MYSQL = PAGES["postgresql.md"], PAGES["mysql.md"]
BACKENDS, PLUGINS = PAGES["backends.md"], PAGES["plugins.md"]


def blocks(page: str, language: str = "python") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.S | re.M)


def section(page: str, title: str) -> str:
    """What stands under a heading, up to the next one of its rank."""
    rank = title.partition(" ")[0]
    return page.split(f"\n{title}\n")[1].split(f"\n{rank} ")[0]


def words(page: str) -> set[str]:
    """What stands as code in the text and its tables."""
    text = re.sub(r"^```.*?^```", "", page, flags=re.S | re.M)
    return set(re.findall(r"`([^`]+)`", text))


def named(page: str) -> set[str]:
    """The identifiers in what stands as code, in text and tables."""
    return {name for code in words(page) for name in re.findall(r"\w+", code)}


ALL_CODE = [(name, code) for name, page in PAGES.items() for code in blocks(page)]


# The pages name everything.


@pytest.mark.parametrize(
    "kind", [kind.kind for kind in vars(operations).values() if isinstance(kind, type)
             and issubclass(kind, Operation) and kind is not Operation]
)  # fmt: skip
def test_every_operation_has_its_line(kind: str) -> None:
    assert f"db.{kind}(" in section(MIGRATIONS, "## Every method")


def test_the_options_that_name_columns_are_those_that_there_are() -> None:
    text = section(BACKENDS, "### Options that name columns")
    rows = re.findall(r"^\| (`.*) \| (.*) \|$", text, re.M)
    said = {option: how for options, how in rows for option in code_in(options)}

    assert said == {option: how.value for option, how in COLUMN_OPTIONS.items()}


def test_every_method_of_the_context_has_its_line() -> None:
    methods = [name for name in vars(MigrationContext) if name[0] != "_"]

    assert [m for m in methods if f"db.{m}(" not in section(MIGRATIONS, "## Every method")] == []


@pytest.mark.parametrize("hook", [name for name in vars(specs) if name.startswith("toasty_")])
def test_every_hook_has_its_section_and_its_example(hook: str) -> None:
    arguments = ", ".join(signature(getattr(specs, hook)).parameters)

    assert f"`{hook}({arguments})" in section(PLUGINS, f"### {hook}")
    assert f"@hookimpl\ndef {hook}(" in "".join(blocks(PLUGINS))


@pytest.mark.parametrize("type_", types.ALL)
def test_every_type_is_in_the_table(type_: type[types.Type]) -> None:
    texts = [text for row in type_rows() for text in row[0]]

    assert type_ in {type(parse_type(text)) for text in texts}


@pytest.mark.parametrize("option", sqlite_urls._OPTIONS)
def test_every_option_of_the_url_is_named(option: str) -> None:
    assert option in words(section(SQLITE, "## URLs"))


@pytest.mark.parametrize("option", mysql_urls._OPTIONS)
def test_every_option_of_mysqls_urls_is_named(option: str) -> None:
    assert option in words(section(MYSQL, "## URLs"))


@pytest.mark.parametrize("kind", MysqlTableWriter.option_names)
def test_every_option_of_mysqls_is_named(kind: type) -> None:
    names = {name.lower().replace(" ", "_") for name in MysqlTableWriter.option_names[kind]}

    assert names - words(section(MYSQL, "## Options")) == set()


@pytest.mark.parametrize("kind", PostgresTableWriter.option_names)
def test_every_option_of_postgresqls_is_named(kind: type) -> None:
    named = words(section(POSTGRESQL, "## Options"))

    assert set(PostgresTableWriter.option_names[kind]) - named == set()


@pytest.mark.parametrize("contract", [Backend, Database])
def test_every_method_of_the_contract_is_named(contract: type) -> None:
    public = [name for name in vars(contract) if name[0] != "_" and name not in ("backend", "url")]
    page = section(BACKENDS, "## 2. The offline half") + section(BACKENDS, "## 3. The connection")

    assert [name for name in public if name not in words(page)] == []


@pytest.mark.parametrize("contract", [Backend, Database])
def test_the_musts_are_the_abstract_methods(contract: type) -> None:
    rows = re.findall(r"^\| `(\w+)` \| \*\*must\.\*\*", BACKENDS, re.M)
    concrete = {name for name in vars(contract) if isfunction(vars(contract)[name])}

    assert set(rows) & concrete == contract.__abstractmethods__  # type: ignore[attr-defined]


@pytest.mark.parametrize("feature", Features._fields)
def test_every_feature_is_explained(feature: str) -> None:
    assert feature in words(section(BACKENDS, "### Features"))


@pytest.mark.parametrize(
    ("page", "backends"),
    [
        (SQLITE, (SqliteBackend,)),
        (POSTGRESQL, (PostgresBackend,)),
        (MYSQL, (MysqlBackend, MariadbBackend)),
        (PAGES["mongodb.md"], (MongoBackend,)),
        (PAGES["dynamodb.md"], (DynamoBackend,)),
    ],
)
def test_the_features_are_those_of_the_backends(page: str, backends: tuple[Any, ...]) -> None:
    rows = [line for line in section(page, "## Features").splitlines() if line.startswith("| `")]

    assert rows == list(feature_rows([backend.features for backend in backends]))


def feature_rows(features: list[Features]) -> Iterator[str]:
    for name, support in features[0]._asdict().items():
        if isinstance(support, Support):
            answers = " | ".join(getattr(each, name).value for each in features)
            reason = next((e.reasons[name] for e in features if name in e.reasons), "")
            yield f"| `{name}` | {answers} | {reason} |"


@pytest.mark.parametrize("command", [name for _, group in SECTIONS for name, _ in group])
def test_every_command_is_in_the_readme(command: str) -> None:
    assert command in (ROOT / "README.md").read_text()


@pytest.mark.parametrize(
    ("function", "title"),
    [(model, "### `@model`"), (field, "### `field()`"), (key, "### `key()`")]
    + [(part, "### Indexes, unique constraints, checks, compound foreign keys")
       for part in (index, unique, check, foreign_key)],
)  # fmt: skip
def test_every_argument_of_a_model_is_explained(function: object, title: str) -> None:
    arguments = set(signature(function).parameters) - {"class_"}  # type: ignore[arg-type]

    assert arguments - named(section(MODELS, title)) == set()


def test_every_exit_code_is_explained() -> None:
    from toasty_core.cli.exit_codes import ExitCode

    codes = re.findall(r"^\| (\d+) \|", section(MIGRATIONS, "## Exit codes"), re.M)

    assert [int(code) for code in codes] == [code.value for code in ExitCode]


def test_every_state_is_explained() -> None:
    from toasty_core.api import StatusState

    page = section(MIGRATIONS, "## States, and what to do after a crash")

    assert {state.value for state in StatusState} - words(page) == set()


def test_every_verb_is_in_the_page_on_python() -> None:
    from toasty_core import api

    assert (
        set(api.__all__) - named(PAGES["programmatic.md"]) - {"StepResult", "StatusEntry"} == set()
    )


# Links and code.


def anchors(page: str) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", page, flags=re.S | re.M), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        file, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (ROOT / "docs" / file) if file else ROOT / "docs" / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("page", [name for name in PAGES if name != "architecture.md"])
def test_every_page_is_linked(page: str) -> None:
    assert f"(docs/{page})" in (ROOT / "README.md").read_text()
    assert f"({page})" in PAGES["architecture.md"]


@pytest.mark.parametrize(("page", "code"), ALL_CODE)
def test_python_compiles(page: str, code: str) -> None:
    compile(code, page, "exec")


# Types and models.


def type_rows(page: str = MODELS, column: int = 2) -> Iterator[tuple[list[str], list[str]]]:
    """Of each row of a table of types: the types, and what they are on a database."""
    for line in section(page, "## Types").split("\n### ")[0].splitlines():
        cells = line.strip("|").split(" | ")
        if line.startswith("| `"):
            cell = cells[1] if cells[column].strip() == "the same" else cells[column]
            yield code_in(cells[0]), code_in(cell)


def code_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


DIALECTS: list[tuple[SqlDialect, str, int]] = [
    (SqliteDialect(), MODELS, 2),
    (PostgresDialect(), POSTGRESQL, 1),
    (MysqlDialect(Flavour.MYSQL, (8, 4)), MYSQL, 1),
    (MysqlDialect(Flavour.MARIADB, (10, 11)), MYSQL, 2),
]


@pytest.mark.parametrize(
    ("dialect", "texts", "ddl"),
    [(d, *row) for d, page, column in DIALECTS for row in type_rows(page, column)],
)
def test_types_read_and_are_stored_as_said(
    dialect: SqlDialect, texts: list[str], ddl: list[str]
) -> None:
    written = [dialect.type_sql(parse_type(text)) for text in texts]

    assert [str(parse_type(text)) for text in texts] == texts
    if ddl:
        assert list(dict.fromkeys(written)) == ddl


@pytest.mark.parametrize("page", [POSTGRESQL, MYSQL])
def test_every_type_is_in_the_table_of_the_servers(page: str) -> None:
    known = {type(parse_type(text)) for texts, _ in type_rows(page, 1) for text in texts}

    assert set(types.ALL) - known == {types.Variant}


@pytest.fixture
def module(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """An empty module that can be found by its name, as models need it."""
    made = ModuleType(f"docs_{abs(hash(request.node.name))}")
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]


@pytest.mark.parametrize("code", blocks(MODELS))
def test_models_give_tables(code: str, module: ModuleType) -> None:
    """Every block on the page is models of its own; SQLite takes their tables."""
    exec(code, module.__dict__)
    schema = load_models(module)

    assert schema.tables
    before = SchemaSnapshot()
    for table in schema.tables.values():
        assert list(SqliteBackend().compile(CreateTable(table), before))


@pytest.mark.parametrize("code", blocks(POSTGRESQL))
def test_models_of_the_page_on_postgresql(code: str, shop: Shop, postgres_url: str) -> None:
    assert_models_stand(code, shop, postgres_url)


@pytest.mark.parametrize("code", blocks(MYSQL))
def test_models_of_the_page_on_mysql(code: str, shop: Shop, mysql_url: str) -> None:
    assert_models_stand(code, shop, mysql_url)


def assert_models_stand(code: str, shop: Shop, url: str) -> None:
    """The server takes them with all their options, and reports them as they are."""
    shop.models(code)
    shop.works("migrate:generate", "-m", "models")
    shop.works("migrate:up", "--url", url)

    assert shop.works("schema:drift", "--url", url).out == "✅ No drift.\n"
    shop.works("migrate:down", "--url", url, "--yes")
