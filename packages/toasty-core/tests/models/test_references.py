"""References between native models."""

from __future__ import annotations

import uuid

import pytest

from toasty_core import ColumnDef, ForeignKeyDef
from toasty_core.models import field, key, load_models, model, reference
from toasty_core.schema import Action, Deferral

from .tables import table_of


@model
class Employee:
    id: int = key(auto=True)
    boss_id: int | None = reference("Employee", on_delete="set null")
    team_id: int = reference("Crew", deferral="deferred", constraint="employee_team")


@model(table="crews", schema="hr")
class Crew:
    id: int = key(auto=True, type="BigInteger")
    lead_id: int | None = reference(Employee, on_update="CASCADE", default=None)
    code: uuid.UUID = field(unique=True)


@model
class Badge:
    employee_id: int = reference(Employee, key=True, on_delete="cascade")
    crew: uuid.UUID = reference(Crew, "code", index=True)


@model
class Sticker:
    badge_id: int = reference(Badge, key=True)


def test_models_may_point_at_each_other_and_at_themselves() -> None:
    schema = load_models([Employee, Crew])

    assert schema.table("employees").foreign_keys == (
        ForeignKeyDef(["boss_id"], "employees", ["id"], on_delete=Action.SET_NULL),
        ForeignKeyDef(
            ["team_id"], "hr.crews", ["id"], name="employee_team", deferral=Deferral.DEFERRED
        ),
    )
    assert schema.table("hr.crews").foreign_keys == (
        ForeignKeyDef(["lead_id"], "employees", ["id"], on_update=Action.CASCADE),
    )


def test_the_column_has_the_type_of_what_it_points_at() -> None:
    schema = load_models([Employee, Crew, Badge, Sticker])

    assert schema.table("employees").column("team_id") == ColumnDef("team_id", "BigInteger")
    assert schema.table("badges").column("crew") == ColumnDef("crew", "Uuid")
    assert schema.table("stickers").columns == (ColumnDef("badge_id", "Integer"),)
    assert schema.table("stickers").key_columns == ("badge_id",)


def test_a_model_that_is_only_pointed_at_is_read_too() -> None:
    assert list(load_models([Sticker]).tables) == ["stickers", "badges", "employees", "hr.crews"]


def test_a_model_can_be_named_by_its_path() -> None:
    @model
    class Visit:
        id: int = key(auto=True)
        who: int = reference(f"{__name__}.Employee")

    table = table_of(Visit)
    assert table.foreign_keys[0].table == "employees"


def test_a_name_is_looked_up_among_all_models_that_are_read() -> None:
    def elsewhere() -> type:
        @model
        class Zebra:
            id: int = key(auto=True)

        return Zebra

    @model
    class Stripe:
        id: int = key(auto=True)
        zebra_id: int = reference("Zebra")

    assert set(load_models([Stripe, elsewhere()]).tables) == {"stripes", "zebras"}


@pytest.mark.parametrize("given", [1, None])
def test_the_constructor_takes_a_reference_as_any_field(given: int | None) -> None:
    assert Crew(lead_id=given, code=uuid.UUID(int=0)).lead_id == given
