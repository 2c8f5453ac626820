"""What leaves a command as an exception: without passwords, and with a word for what nobody foresaw."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from toasty_core.cli.configuration import Settings, settle
from toasty_core.errors import ToastyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toasty_core.url import Url

__all__ = ["DEBUG", "UnexpectedError", "debugging", "secrets_hidden"]

DEBUG = "TOASTY_DEBUG"
"""The environment variable that asks for tracebacks."""

_REPORT = (
    f"this is a bug in Toasty or in a plug-in: set {DEBUG}=1, run the command again, "
    "and report what it prints with the traceback"
)


def debugging() -> bool:
    """Are tracebacks asked for?"""
    return bool(os.environ.get(DEBUG))


class UnexpectedError(ToastyError):
    """An exception that no part of Toasty translated; `trace` is its traceback as text."""

    def __init__(self, error: BaseException) -> None:
        from traceback import format_exception

        words = " ".join(str(error).split())
        kind = type(error).__name__
        super().__init__(f"Unexpected {kind}: {words}" if words else f"Unexpected {kind}.")
        self.hint = None if debugging() else _REPORT
        self.trace = "".join(format_exception(type(error), error, error.__traceback__))


@contextmanager
def secrets_hidden(given: Settings) -> Iterator[None]:
    """Let no exception out that quotes a secret of the project's URL."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort, OSError):
        raise
    except ToastyError as error:
        _redact(error, given)
        raise
    except Exception as error:
        unexpected = UnexpectedError(error)
        _redact(unexpected, given)
        raise unexpected from None


def _redact(error: ToastyError, given: Settings) -> None:
    """Mask the secrets in everything that an error says."""
    url = _url_of(given)
    if url is None or not url.secrets:
        return
    for name, value in vars(error).items():
        setattr(error, name, _masked(value, url))
    error.args = tuple(_masked(argument, url) for argument in error.args)


def _masked(value: object, url: Url) -> object:
    """A text, or a value that holds texts, such as a finding, without the secrets."""
    import attrs

    from toasty_core.url import redact

    if isinstance(value, str):
        return redact(value, url)
    if isinstance(value, tuple):
        return tuple(_masked(item, url) for item in value)
    kind = type(value)
    if attrs.has(kind):
        parts = {field.name: getattr(value, field.name) for field in attrs.fields(kind)}
        texts = {name: redact(part, url) for name, part in parts.items() if isinstance(part, str)}
        return attrs.evolve(value, **texts)  # type: ignore[misc]  # `has` has looked
    return value


def _url_of(given: Settings) -> Url | None:
    from toasty_core.url import Url

    try:
        text = settle(given).url
        return Url.parse(text) if text else None
    except ToastyError:
        return None  # nothing was connected with it, and its own error quotes nothing
