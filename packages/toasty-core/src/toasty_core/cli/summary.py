"""What was written or changed, in the words of the commands that do it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from toasty_core.cli.operations import diff_documents, print_grouped
from toasty_core.cli.output import Mark, Output, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from toasty_core.api import Generated
    from toasty_core.diff import FillQuestion

__all__ = ["print_changes", "print_generated", "shown_path"]


def shown_path(path: Path) -> str:
    """The path as it is best typed from here."""
    shown = os.path.relpath(path)
    return str(path) if shown.startswith("..") else shown


def print_changes(changes: Sequence[str], output: Output, nothing: str) -> None:
    """One line for each thing that was changed in the journal; `nothing` if there was none."""
    if output.json:
        output.document({"changes": list(changes)})
    for text in changes or (nothing,):
        output.line(text)


def print_generated(generated: Generated, output: Output, *, written: bool = True) -> None:
    """The new file, what it does by the guide's types, and what is still open in it."""
    if output.json:
        output.document(_document(generated, written))
        return
    migration = generated.migration
    if migration is None:
        output.line("No changes detected")
    else:
        verb = "Created" if written else "Would create"
        output.line(f"{verb} {shown_path(migration.path)}")
        _print_operations(generated, output)
    if migration is not None and not written:
        output.line()
        output.line(migration.text.rstrip("\n"))
    for note in generated.notes:
        output.remark(f"note: {note}", Tone.WARNING)


def _print_operations(generated: Generated, output: Output) -> None:
    if generated.diff:
        output.line()
        print_grouped(generated.diff, output)
    for question in generated.open_fills:
        output.line()
        for line in _fill_lines(question, output.mark(Mark.CAUTION)):
            output.line(line, Tone.WARNING)


def _fill_lines(question: FillQuestion, mark: str) -> tuple[str, ...]:
    name = question.place
    return (
        f"{mark} {name} must not be null and has no default: rows that exist need a value.",
        f'  Write it into the file: db.add_column("{question.table}", ..., fill=VALUE); '
        f"or generate anew with --fill {name}=VALUE.",
        "  While the table is empty, nothing is needed.",
    )


def _document(generated: Generated, written: bool) -> dict[str, object]:
    migration = generated.migration
    return {
        "created": written and migration is not None,
        "version": migration.version if migration else None,
        "path": shown_path(migration.path) if migration else None,
        "operations": diff_documents(generated.diff),
        "open_fills": [question.place for question in generated.open_fills],
        "notes": list(generated.notes),
        **({"text": migration.text} if migration and not written else {}),
    }
