"""Every operation as stories, and every feature in at least one of them."""

from toasty_core.testing.stories import (
    columns,
    constraints,
    data,
    fields,
    indexes,
    modifying,
    tables,
)
from toasty_core.testing.story import Story

STORIES: tuple[Story, ...] = (
    *tables.STORIES,
    *columns.STORIES,
    *modifying.STORIES,
    *fields.STORIES,
    *constraints.STORIES,
    *indexes.STORIES,
    *data.STORIES,
)

__all__ = ["STORIES"]
