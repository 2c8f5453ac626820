"""The two ways of a migration."""

from __future__ import annotations

from enum import Enum


class Direction(Enum):
    """Which way a migration goes; the value is the name of its method."""

    UP = "up"
    DOWN = "down"
