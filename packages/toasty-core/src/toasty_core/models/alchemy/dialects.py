"""SQLAlchemy's dialects of our backends, and expressions in the words of each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any

from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import CompileError
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.sql.elements import ClauseElement, TextClause

from toasty_core.errors import ModelError
from toasty_core.models.failing_line import failing_line
from toasty_core.schema.values import Expression

BACKENDS = ("mysql", "postgresql", "sqlite")
"""The backends that SQLAlchemy speaks to; each has its dialect's name."""


@lru_cache(maxsize=len(BACKENDS))
def dialect(backend: str) -> Dialect:
    """The dialect of a backend, without a driver: per cent signs stand once, as in the final SQL."""
    module = import_module(f"sqlalchemy.dialects.{backend}.base")
    name = {"mysql": "MySQLDialect", "postgresql": "PGDialect", "sqlite": "SQLiteDialect"}[backend]
    made: Dialect = getattr(module, name)(paramstyle="named")
    return made


@lru_cache(maxsize=len(BACKENDS))
def compiler(backend: str) -> DDLCompiler:
    """The compiler of a backend's DDL."""
    found = dialect(backend)
    return found.ddl_compiler(found, None)  # type: ignore[arg-type]  # there is no statement


def compile_for(backend: str, element: ClauseElement) -> str | None:
    """The element as SQL with its values in it; None when it is not written for the backend."""
    try:
        text: str = compiler(backend).sql_compiler.process(
            element, include_table=False, literal_binds=True
        )
    except CompileError:
        return None
    except Exception as error:  # whatever a @compiles function of the user's may raise
        raise ModelError(
            f"SQLAlchemy cannot write {type(element).__name__} for {backend}: "
            f"{type(error).__name__}: {error}",
            where=failing_line(error),
            hint="raise sqlalchemy.exc.CompileError where it is not meant for a database",
        ) from error
    return text


def not_written(what: str, element: ClauseElement) -> ModelError:
    """The error for an element that has no words on any backend."""
    try:
        compiler(BACKENDS[-1]).sql_compiler.process(element, literal_binds=True)
        reason = ""
    except CompileError as error:
        reason = f": {error}"
    return ModelError(
        f"{what} cannot be written for SQLite, PostgreSQL or MySQL{reason}",
        hint='give it as text: sa.text("...")',
    )


def expression(element: Any, backends: Iterable[str] = BACKENDS) -> Expression | None:
    """The element in the words of each backend, one text where they agree; None if in no words."""
    plain = plain_text(element)
    if plain is not None:
        return Expression(plain)
    return variants({name: compile_for(name, element) for name in backends})


def plain_text(element: object) -> str | None:
    """The text of `text("...")` when it is the same for all; None when it has to be compiled."""
    if isinstance(element, str):
        return str(element)
    if isinstance(element, TextClause) and not element._bindparams and "\\" not in element.text:
        return str(element.text)
    return None


def variants(texts: dict[str, str | None]) -> Expression | None:
    """One expression of the texts by backend; None stands for "not written for it"."""
    written = {name: text for name, text in texts.items() if text is not None}
    if not written:
        return None
    first = next(iter(written.values()))
    if len(written) == len(texts) and all(text == first for text in written.values()):
        return Expression(first)
    return Expression(None, written)
