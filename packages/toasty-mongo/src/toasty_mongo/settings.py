"""Settings of a collection: what `create` takes, and what `collMod` can change."""

from __future__ import annotations

from typing import Any

from toasty_core.errors import Unsupported
from toasty_core.schema.tables import TableDef
from toasty_mongo.canonical import USUAL
from toasty_mongo.names import BACKEND

Words = dict[str, Any]

CHOICES = {
    "validationLevel": ("strict", "moderate", "off"),
    "validationAction": ("error", "warn"),
}
AT_CREATION = (
    *("capped", "size", "max", "timeseries", "clusteredIndex", "collation", "storageEngine"),
    *("indexOptionDefaults", "changeStreamPreAndPostImages", "expireAfterSeconds"),
)
CHANGEABLE = ("validationLevel", "validationAction", "expireAfterSeconds")


def settings_of(table: TableDef) -> Words:
    """The table's options for MongoDB. Raises Unsupported for one that is none."""
    given = dict(table.options.get(BACKEND, {}))
    for name, value in given.items():
        if name not in CHOICES and name not in AT_CREATION:
            known = ", ".join((*CHOICES, *AT_CREATION))
            raise Unsupported(
                f"table {table.key!r} has an option {name!r} for MongoDB",
                reason=f"its options are {known}",
            )
        if name in CHOICES and value not in CHOICES[name]:
            raise Unsupported(
                f"the option {name!r} of table {table.key!r} cannot be {value!r}",
                reason=f"it is one of {', '.join(CHOICES[name])}",
            )
    return given


def create_settings(table: TableDef, rules: Words) -> Words:
    """What `create` takes besides the name."""
    given = settings_of(table)
    if "timeseries" in given:  # MongoDB takes no validator there
        return given
    return {"validator": rules, **given}


def changed_settings(was: TableDef, will: TableDef) -> Words:
    """What `collMod` has to set. Raises Unsupported for what stands once and for all."""
    before, after = settings_of(was), settings_of(will)
    changed: Words = {}
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) == after.get(name):
            continue
        if name not in CHANGEABLE:
            raise Unsupported(
                f"the option {name!r} of table {will.key!r} cannot be changed",
                reason="it stands from the creation of the collection on",
            )
        off = {"expireAfterSeconds": "off", **USUAL}
        changed[name] = after.get(name, off.get(name))
    return changed
