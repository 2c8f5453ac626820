"""Operations in words and as JSON, with what they may do to data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_core.cli.output import Mark, Output, Tone
from toasty_core.operations import Category, Hazard

if TYPE_CHECKING:
    from toasty_core.diff import Diff
    from toasty_core.operations import Operation

__all__ = ["diff_documents", "operation_document", "print_grouped", "warning_of"]

_TITLES = {
    Category.ADDITIVE: "Additive (safe):",
    Category.MODIFYING: "Modifying:",
    Category.DESTRUCTIVE: "Destructive (requires caution):",
}
_WARNINGS = {Hazard.SAFE: "", Hazard.LOSSY: "may lose data", Hazard.IRREVERSIBLE: "data loss"}


def warning_of(hazard: Hazard) -> str:
    """What an operation may do to data: `data loss`, `may lose data`, or nothing."""
    return _WARNINGS[hazard]


def operation_document(operation: Operation, hazard: Hazard) -> dict[str, object]:
    """The operation for `--json`, and what it may do to the data that is there."""
    return {
        "kind": operation.kind,
        "describe": operation.describe(),
        "category": operation.category.value,
        "hazard": hazard.value,
        "tables": list(operation.touches()),
    }


def diff_documents(diff: Diff) -> list[dict[str, object]]:
    """The operations of a diff for `--json`."""
    return [operation_document(*pair) for pair in zip(diff, diff.hazards(), strict=True)]


def print_grouped(diff: Diff, output: Output) -> None:
    """The operations under the headings of the guide: additive, modifying, destructive."""
    listed = list(zip(diff, diff.hazards(), strict=True))
    for category, title in _TITLES.items():
        lines = [_line(*pair, output) for pair in listed if pair[0].category is category]
        if lines:
            output.line(title)
            for text, tone in lines:
                output.line(text, tone)


def _line(operation: Operation, hazard: Hazard, output: Output) -> tuple[str, Tone]:
    warning = _WARNINGS[hazard]
    mark = output.mark(Mark.CAUTION if warning else Mark.DONE)
    rest = f" ({warning})" if warning else ""
    return f"  {mark} {operation.describe()}{rest}", Tone.WARNING if warning else Tone.GOOD
