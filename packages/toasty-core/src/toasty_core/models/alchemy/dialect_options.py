"""What SQLAlchemy's objects say to one dialect alone: `mysql_engine="InnoDB"`, `ddl_if(dialect=...)`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ClauseElement

from toasty_core.models.alchemy.dialects import BACKENDS, compile_for, compiler, plain_text

_NAMES = {"mariadb": "mysql"}
"""Dialects that one backend serves."""


def options_of(item: Any, *, without: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """The options by backend as plain values; None says as much as no option."""
    if "dialect_options" not in vars(item):  # SQLAlchemy makes it when the first option is given
        return {}
    options: dict[str, dict[str, Any]] = {}
    for name, value in sorted(item.dialect_kwargs.items(), key=_mariadb_last):
        dialect, _, option = name.partition("_")
        if value is not None and option not in without:
            backend = _NAMES.get(dialect, dialect)
            options.setdefault(backend, {}).setdefault(option, plain_value(value, backend))
    return options


def _mariadb_last(pair: tuple[str, Any]) -> tuple[bool, str]:
    """What is said to MySQL holds for MariaDB, too, and goes first."""
    return pair[0].startswith("mariadb_"), pair[0]


def plain_value(value: Any, backend: str) -> Any:
    """An option's value as text, number, truth, list or mapping; a column by its name."""
    if isinstance(value, sa.Column):
        return str(value.name)
    if isinstance(value, ClauseElement):
        return _words(value, backend)
    if isinstance(value, Mapping):
        return {str(key): plain_value(item, backend) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(item, backend) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)


def _words(element: ClauseElement, backend: str) -> str:
    text = plain_text(element)
    if text is None and backend in BACKENDS:
        text = compile_for(backend, element)
    return str(element) if text is None else text


def only_of(item: Any) -> tuple[str, ...] | None:
    """The backends that a definition is for, empty for all: by `ddl_if()`, or by the type that brings a check.

    None when it is for none that SQLAlchemy speaks to.
    """
    condition: Any = getattr(item, "_ddl_if", None)
    # create_all() leaves rules of its own at foreign keys; only a type's rule is the model's.
    rule: Any = item._create_rule if getattr(item, "_type_bound", False) else None
    if condition is None and rule is None:
        return ()
    if rule is None and condition.callable_ is None:
        said = condition.dialect
        names = (said,) if isinstance(said, str) else tuple(said or ())
        return tuple(sorted({_NAMES.get(name, name) for name in names}))
    meant = [name for name in BACKENDS if _is_meant(item, condition, rule, name)]
    return () if len(meant) == len(BACKENDS) else tuple(meant) or None


def _is_meant(item: Any, condition: Any, rule: Any, backend: str) -> bool:
    words = compiler(backend)
    if rule is not None and not rule(words):
        return False
    return condition is None or bool(condition._should_execute(None, item, None, compiler=words))
