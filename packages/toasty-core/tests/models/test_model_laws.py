"""What models mean survives the way through a diff, a file of operations and `.schema.json`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

from toasty_core import SchemaSnapshot, detect_changes, load_snapshot, now, save_snapshot
from toasty_core.models import check, field, index, key, load_models, model, reference, unique
from toasty_core.schema import parse_type


def native() -> list[type]:
    @model
    class Team:
        id: int = key(auto=True)
        lead_id: int | None = reference("User", on_delete="set null")

    @model(
        table="people",
        schema="hr",
        indexes=[index("name", "age", where="age > 3")],
        uniques=[unique("name", "team_id")],
        checks=[check("age >= 0", name="born")],
        options={"sqlite": {"strict": True}},
    )
    class User:
        id: int = key(auto=True)
        name: str = field(type="String(80)", default="it's", comment="a name")
        age: int = 0
        doubled: int = field(generated="age * 2")
        seen: float | None = field(server_default=now(), nullable=True)
        team_id: int = reference(Team, on_delete="cascade")

    return [User, Team]


def alchemy() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "team",
        metadata,
        sa.Column("id", sa.Integer, sa.Sequence("teams", start=5), primary_key=True),
        sa.Column("lead", sa.ForeignKey("person.id", name="lead", use_alter=True)),
        mysql_engine="InnoDB",
    )
    sa.Table(
        "person",
        metadata,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("team", sa.ForeignKey("team.id", ondelete="CASCADE"), nullable=False),
        sa.Column("body", sa.Text().with_variant(mysql.LONGTEXT(), "mysql")),
        sa.Column("tags", postgresql.ARRAY(sa.Text)),
        sa.Column("state", sa.Enum("a", "it's", name="state", create_constraint=True)),
        sa.Column("at", sa.DateTime, server_default=sa.func.now()),
        sa.Column("twice", sa.Integer, sa.Computed("id * 2", persisted=True)),
        sa.CheckConstraint("id > 0", name="positive"),
        sa.Index("by_body", sa.func.lower(sa.text("body")), sqlite_where=sa.text("id > 3")),
        sa.UniqueConstraint("team", "state"),
        comment="people",
    )
    return metadata


@pytest.fixture(params=[native, alchemy])
def schema(request: pytest.FixtureRequest) -> SchemaSnapshot:
    models: Callable[[], Any] = request.param
    return load_models(models())


def test_creating_everything_from_nothing_folds_to_the_models(schema: SchemaSnapshot) -> None:
    assert detect_changes(SchemaSnapshot(), schema).after == schema


def test_models_do_not_differ_from_themselves(schema: SchemaSnapshot) -> None:
    assert not detect_changes(schema, schema)


def test_models_come_back_from_the_snapshots_file(schema: SchemaSnapshot, tmp_path: Path) -> None:
    save_snapshot(schema, tmp_path / ".schema.json")

    assert load_snapshot(tmp_path / ".schema.json") == schema


def test_every_type_is_written_as_a_text_that_reads_back(schema: SchemaSnapshot) -> None:
    for table in schema.tables.values():
        for column in table.columns:
            assert parse_type(str(column.type)) == column.type
