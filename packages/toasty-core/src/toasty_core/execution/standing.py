"""How the migration files and the journal stand to each other. Nothing is imported to find out."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from toasty_core.backends import JournalEntry, JournalState
from toasty_core.errors import HistoryError, SchemaError, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from toasty_core.execution.journal import Journal
    from toasty_core.migrations.files import MigrationFile
    from toasty_core.migrations.history import History

__all__ = ["Standing", "begins_anew", "compare", "find_version"]

_SHOWN = 5


class Standing(NamedTuple):
    """The files that are pending, in order; those applied and changed since; and rows without a file."""

    pending: tuple[MigrationFile, ...]
    changed: tuple[MigrationFile, ...]
    missing: tuple[JournalEntry, ...]
    reverting: tuple[JournalEntry, ...]
    """Migrations whose way back stopped half-way."""
    halfway: tuple[JournalEntry, ...]
    """Migrations whose way forward stopped half-way."""

    def refuse_changed(self) -> None:
        """Raises HistoryError when a file is no longer what was applied."""
        if not self.changed:
            return
        names = ", ".join(file.version for file in self.changed[:_SHOWN])
        more = f" and {len(self.changed) - _SHOWN} more" if len(self.changed) > _SHOWN else ""
        self._refuse_changed_halfway()
        raise HistoryError(
            f"The file of an applied migration was changed: {names}{more}. Nothing was run.",
            where=str(self.changed[0].path),
            hint="put the file back as it was, or accept it as it is: toasty migrate:repair",
        )

    def _refuse_changed_halfway(self) -> None:
        files = {file.version: file for file in self.changed}
        for row in self.halfway:
            if row.version in files:
                raise HistoryError(
                    f"The file of {row.version} was changed, of which {row.done} of {row.total} statements are "
                    "through. Nothing was run.",
                    where=str(files[row.version].path),
                    hint="put the file back as it was; or, if what is through stands there unchanged, accept it "
                    "and go on behind that: toasty migrate:repair, then toasty migrate:up",
                )

    def refuse_half_reverted(self) -> None:
        """Raises HistoryError when a way back was left half-way."""
        if self.reverting:
            row = self.reverting[0]
            raise HistoryError(
                f"{row.version} was being reverted, which stopped after {row.done} of {row.total} "
                "statements. Nothing was run.",
                hint="finish that first: toasty migrate:down",
            )

    def refuse_half_applied(self) -> None:
        """Raises HistoryError when a way forward was left half-way."""
        if self.halfway:
            row = self.halfway[0]
            raise HistoryError(
                f"{row.version} is applied half-way: {row.done} of {row.total} statements are "
                "through. Nothing was reverted.",
                hint="finish it: toasty migrate:up; or undo it by hand, then: "
                f"toasty migrate:resolve {row.version} --reverted",
            )

    @contextmanager
    def blaming_missing(self) -> Iterator[None]:
        """Says of a schema that cannot be folded that a file is missing, if one is."""
        try:
            yield
        except SchemaError as error:
            if not self.missing:
                raise
            versions = ", ".join(row.version for row in self.missing[:_SHOWN])
            raise HistoryError(
                f"{error.what}, and the file of an applied migration is missing: {versions}.",
                where=error.where,
                hint="bring the file back, such as from git or from its branch",
            ) from None

    def notices(self) -> tuple[str, ...]:
        """What is no error, but should be known."""
        return tuple(
            f"{entry.version} is applied, but its file is missing" for entry in self.missing
        )


def compare(history: History, journal: Journal) -> Standing:
    """Where each file and each row of the journal stands."""
    pending = [file for file in history.files if not _is_through(journal.entry(file.version))]
    known = {file.version for file in history.files}
    missing = [row for version, row in journal.entries.items() if version not in known]
    unfinished = journal.unfinished
    return Standing(
        pending=tuple(pending),
        changed=tuple(_changed(history, journal)),
        missing=tuple(sorted(missing, key=lambda row: row.version)),
        reverting=tuple(row for row in unfinished if row.state is JournalState.REVERTING),
        halfway=tuple(row for row in unfinished if row.state is not JournalState.REVERTING),
    )


def _is_through(entry: JournalEntry | None) -> bool:
    return entry is not None and entry.state in (JournalState.APPLIED, JournalState.REVERTING)


def _changed(history: History, journal: Journal) -> Sequence[MigrationFile]:
    """The files that differ from what was applied, by their bytes and then by their meaning."""
    found = []
    for file in history.files:
        entry = journal.entry(file.version)
        if entry is None or history.source_hashes[file.version] == entry.source_hash:
            continue
        if not begins_anew(entry) and _means_another(file, entry):
            found.append(file)
    return found


def _means_another(file: MigrationFile, entry: JournalEntry) -> bool:
    """Was more than the formatting changed?"""
    from toasty_core.migrations.fingerprints import fingerprint

    return fingerprint(file).checksum != entry.checksum


def begins_anew(entry: JournalEntry) -> bool:
    """Has nothing of the migration happened, so that it starts from its first statement?

    A first statement that the database refused counts as nothing; one that a crash cut off does not.
    """
    if entry.state not in (JournalState.RUNNING, JournalState.FAILED) or entry.done:
        return False
    return entry.statement is None or entry.state is JournalState.FAILED


def find_version(history: History, text: str) -> MigrationFile:
    """The file that is meant by a version, or by the beginning of one that no other has.

    Raises HistoryError with the nearest version.
    """
    found = [file for file in history.files if file.version == text]
    found = found or [file for file in history.files if file.version.startswith(text)]
    if len(found) == 1:
        return found[0]
    versions = [file.version for file in history.files]
    if found:
        shown = ", ".join(file.version for file in found[:5])
        raise HistoryError(f"More than one migration begins with {text!r}: {shown}.")
    near = suggest(text, versions)
    raise HistoryError(
        f"There is no migration {text!r}.", hint=near or "toasty migrate:status lists them"
    )
