"""Settings of a collection: what `create` takes, and what `collMod` can change."""

from __future__ import annotations

from typing import Any

from toasty_core.errors import Unsupported
from toasty_core.schema.tables import TableDef
from toasty_mongo.names import BACKEND
from toasty_mongo.settled import USUAL_SETTINGS

Words = dict[str, Any]

CHOICES = {
    "validationLevel": ("strict", "moderate", "off"),
    "validationAction": ("error", "warn"),
}
AT_CREATION = (
    *("capped", "size", "max", "timeseries", "clusteredIndex", "collation", "storageEngine"),
    *("indexOptionDefaults", "changeStreamPreAndPostImages", "expireAfterSeconds"),
)
TABLE_OPTIONS = (*CHOICES, *AT_CREATION)
"""The names of a table's options."""
CHANGEABLE = ("validationLevel", "validationAction", "expireAfterSeconds", "size", "max")
_AS_CHANGED = {"size": "cappedSize", "max": "cappedMax"}
"""What `collMod` calls them."""


def settings_of(table: TableDef) -> Words:
    """The table's options for MongoDB. Raises Unsupported for a value that one cannot have."""
    given = dict(table.options.get(BACKEND, {}))
    for name, value in given.items():
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
        if name not in CHANGEABLE or (name in _AS_CHANGED and name not in after):
            raise Unsupported(
                f"the option {name!r} of table {will.key!r} cannot be changed",
                reason="it stands from the creation of the collection on",
            )
        off = {"expireAfterSeconds": "off", **USUAL_SETTINGS}
        changed[_AS_CHANGED.get(name, name)] = after.get(name, off.get(name))
    return changed
