"""The schemas of real applications, made by SQLAlchemy: they are read back as `canonical` says of the models."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import sqlalchemy as sa

from corpus import exact
from toasty_core.diff import Answers, detect_changes
from toasty_core.models import load_models
from toasty_core.schema import SchemaSnapshot
from toasty_mysql.canonical import canonical_schema
from toasty_mysql.database import MysqlDatabase
from toasty_mysql.flavour import Flavour
from toasty_mysql.introspect import introspect
from toasty_mysql.introspect_rows import read_defaults

VERSIONS = [
    (app, version)
    for app, case in exact.cases().items()
    for version, found in case["versions"].items()
    if "mysql" in found["servers"]
]
# SQLAlchemy's own SQL for it, with a default for a TEXT and a function that MySQL forbids there, is for MariaDB alone.
ONLY_MARIADB = ("torture",)
# SQLAlchemy makes a sequence on MariaDB, and we number the rows by AUTO_INCREMENT on both.
WITH_SEQUENCES = {("torture", "v2"): "event"}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning"),
]


@pytest.mark.parametrize(("app", "version"), VERSIONS)
def test_a_real_schema_is_read_back(
    database: MysqlDatabase, mysql_url: str, app: str, version: str
) -> None:
    if app in ONLY_MARIADB and database.server.flavour is Flavour.MYSQL:
        return
    charset = exact.cases()[app].get("mysql_charset", "utf8mb4")
    database.run(f"ALTER DATABASE CHARACTER SET {charset}")
    create(exact.load(exact.ref(app, version)), mysql_url)
    models = load_models(exact.ref(app, version))

    live = introspect(database.fetch, *database.server)

    wanted = canonical_schema(models, *database.server, read_defaults(database.fetch))
    other = WITH_SEQUENCES.get((app, version), "")
    assert (
        list(detect_changes(without(wanted, other), without(live, other), Answers(no_renames=True)))
        == []
    )
    assert without(wanted, other).tables == without(live, other).tables


def create(metadata: Any, url: str) -> None:
    """Makes all tables of the metadata."""
    engine = sa.create_engine(f"mysql+pymysql://{url.split('://', 1)[1]}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        metadata.create_all(engine)
    engine.dispose()


def without(schema: SchemaSnapshot, table: str) -> SchemaSnapshot:
    """The tables, one of them left out."""
    return SchemaSnapshot({key: found for key, found in schema.tables.items() if key != table})
