"""Every error that Toasty raises, as one tree.

    ToastyError                    exit 1   something is wrong; nothing more was done
    ├── UsageError                 exit 2   a bad option, URL or configuration
    │   ├── UrlError                        a database URL that cannot be read
    │   ├── ConfigError                     a setting that cannot be read
    │   ├── BackendNotInstalled             no installed package knows this URL scheme
    │   └── BackendConflict                 two installed packages claim one URL scheme
    ├── PluginError                         a plug-in is broken
    ├── ModelError                          a model cannot be mapped to a table
    ├── SchemaError                         an operation does not fit the schema
    │   └── TypeSyntaxError                 a column type that cannot be read
    ├── SnapshotError                       `.schema.json` is broken, merged or different
    ├── MigrationFileError                  a migration file cannot be loaded or recorded
    ├── HistoryError                        the migration files do not make one history
    ├── QuestionsOpen              exit 3   the user must answer before a file is written
    ├── PendingError               exit 3   something is pending or differs
    ├── Irreversible                        this step has no way back
    ├── Unsupported                         this backend cannot do that
    ├── CheckFailed                         the data does not fit; nothing was changed
    ├── LockHeld                            somebody else is migrating
    ├── LockLost                            our lock was taken while we worked
    ├── DatabaseError                       the driver's exception, translated
    │   ├── ConnectionFailed                the database cannot be reached or refuses us
    │   └── StatementFailed                 the database refused a statement
    │       └── LockNotAvailable            others were in the way; it may be tried again
    ├── ResolveNeeded                       a crashed migration that only a person can decide
    └── Interrupted                exit 130 Ctrl-C in the middle of a run

Each says *what* happened, *where*, and what to type next (the *hint*):

    >>> print(SchemaError("There is no table 'user'.", where="migrations/2025_x.py:12",
    ...                   hint="did you mean 'users'?"))
    There is no table 'user'.
      where: migrations/2025_x.py:12
      hint: did you mean 'users'?

This module is imported at start-up and imports nothing but the interpreter's own types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = [
    "BackendConflict",
    "BackendNotInstalled",
    "CheckFailed",
    "ConfigError",
    "ConnectionFailed",
    "DatabaseError",
    "HistoryError",
    "Interrupted",
    "Irreversible",
    "LockHeld",
    "LockLost",
    "LockNotAvailable",
    "MigrationFileError",
    "ModelError",
    "PendingError",
    "PluginError",
    "QuestionsOpen",
    "ResolveNeeded",
    "SchemaError",
    "SnapshotError",
    "StatementFailed",
    "ToastyError",
    "TypeSyntaxError",
    "Unsupported",
    "UrlError",
    "UsageError",
    "suggest",
]


class ToastyError(Exception):
    """Something is wrong: `what` in one sentence, `where` it is, and a `hint` what to type next.

    `operation` is the one that it is about, where a backend does several at once: whoever runs them says where that is.
    """

    exit_code = 1
    operation: object | None = None

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def details(self) -> tuple[tuple[str, str], ...]:
        """The labelled lines that a kind of error adds between `where` and `hint`."""
        return ()

    def __str__(self) -> str:
        labelled = (("where", self.where), *self.details(), ("hint", self.hint))
        lines = (_labelled_line(label, text) for label, text in labelled if text)
        return "\n".join((self.what, *lines))


def _labelled_line(label: str, text: str) -> str:
    return f"  {label}: " + text.replace("\n", "\n    ")


class UsageError(ToastyError):
    """A bad option, URL or configuration: the command line has to change."""

    exit_code = 2


class UrlError(UsageError):
    """A database URL that cannot be read."""


class ConfigError(UsageError):
    """A setting in `pyproject.toml`, `toasty.toml` or the environment that cannot be read."""


class BackendNotInstalled(UsageError):
    """No installed package knows this URL scheme."""


class BackendConflict(UsageError):
    """Two installed packages claim one URL scheme, and nothing is guessed."""


class PluginError(ToastyError):
    """A plug-in is broken: it cannot be imported, registered or called."""


class ModelError(ToastyError):
    """A model cannot be mapped to a table."""


class SchemaError(ToastyError):
    """An operation does not fit the schema: an unknown table, a column that is already there."""


class TypeSyntaxError(SchemaError):
    """A column type that cannot be read."""


class SnapshotError(ToastyError):
    """`.schema.json` is broken, half merged, or different from what the files make."""


class MigrationFileError(ToastyError):
    """A migration file cannot be loaded or recorded."""


class HistoryError(ToastyError):
    """The files make no history: duplicate version, missing dependency, cycle, changed file."""


class QuestionsOpen(ToastyError):
    """The user must answer the `questions` before a file is written."""

    exit_code = 3

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        questions: Iterable[object] = (),
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.questions = tuple(questions)


class PendingError(ToastyError):
    """Something is pending or differs, and the command was asked to say so."""

    exit_code = 3


class Irreversible(ToastyError):
    """This step has no way back; `lost` says what could not be restored."""

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        lost: str | None = None,
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.lost = lost

    def details(self) -> tuple[tuple[str, str], ...]:
        return (("lost", self.lost or ""),)


class Unsupported(ToastyError):
    """This backend cannot do that, for the `reason` given."""

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.reason = reason

    def details(self) -> tuple[tuple[str, str], ...]:
        return (("reason", self.reason or ""),)


class CheckFailed(ToastyError):
    """The data does not fit what the migration asks for (`findings`); nothing was changed."""

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        findings: Iterable[object] = (),
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.findings = tuple(findings)

    def details(self) -> tuple[tuple[str, str], ...]:
        return tuple(("found", str(finding)) for finding in self.findings)


class LockHeld(ToastyError):
    """Somebody else (`holder`) is migrating this database, `since` then."""

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        holder: str | None = None,
        since: datetime | None = None,
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.holder = holder
        self.since = since

    def details(self) -> tuple[tuple[str, str], ...]:
        since = self.since.isoformat(sep=" ", timespec="seconds") if self.since else ""
        return (("held by", self.holder or ""), ("since", since))


class LockLost(ToastyError):
    """Our lock was taken or expired while we worked; the run stopped there."""


class DatabaseError(ToastyError):
    """The driver's exception, translated; the original is the `__cause__`.

    `busy`: somebody else keeps the database to himself for now, and the same call may do in a moment.
    """

    busy = False


class ConnectionFailed(DatabaseError):
    """The database cannot be reached, opened, or refuses the user."""


class StatementFailed(DatabaseError):
    """The database refused a `statement`."""

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        statement: str | None = None,
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.statement = statement

    def details(self) -> tuple[tuple[str, str], ...]:
        return (("statement", self.statement or ""),)


class LockNotAvailable(StatementFailed):
    """Others hold what the statement needs, or it lost a deadlock. It had no effect and may be tried again.

    `blockers` are the sessions that were in the way, in words.
    """

    blockers: tuple[str, ...] = ()

    def details(self) -> tuple[tuple[str, str], ...]:
        return (*super().details(), *(("blocked by", blocker) for blocker in self.blockers))


class ResolveNeeded(ToastyError):
    """A migration crashed where nothing can tell if it landed: a person must decide."""


class Interrupted(ToastyError):
    """Ctrl-C in the middle of a run; the text says what stands."""

    exit_code = 130


def suggest(name: str, choices: Iterable[str]) -> str | None:
    """The near miss among `choices`, as a hint: `did you mean 'users'?`; None if none is near."""
    from difflib import get_close_matches

    by_folded = {choice.casefold(): choice for choice in sorted(choices, reverse=True)}
    near = get_close_matches(name.casefold(), by_folded, n=1)
    return f"did you mean '{by_folded[near[0]]}'?" if near else None
