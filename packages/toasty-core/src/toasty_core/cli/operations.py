"""Operations in words and as JSON, with what they may do to data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_core.cli.output import Mark, Output, Tone
from toasty_core.operations import Category, Hazard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from toasty_core.operations import Operation

__all__ = ["operation_document", "print_grouped", "warning_of"]

_TITLES = {
    Category.ADDITIVE: "Additive (safe):",
    Category.MODIFYING: "Modifying:",
    Category.DESTRUCTIVE: "Destructive (requires caution):",
}
_WARNINGS = {Hazard.SAFE: "", Hazard.LOSSY: "may lose data", Hazard.IRREVERSIBLE: "data loss"}


def warning_of(operation: Operation) -> str:
    """What it may do to data: `data loss`, `may lose data`, or nothing."""
    return _WARNINGS[operation.hazard]


def operation_document(operation: Operation) -> dict[str, object]:
    """The operation for `--json`."""
    return {
        "kind": operation.kind,
        "describe": operation.describe(),
        "category": operation.category.value,
        "hazard": operation.hazard.value,
        "tables": list(operation.touches()),
    }


def print_grouped(operations: Iterable[Operation], output: Output) -> None:
    """The operations under the headings of the guide: additive, modifying, destructive."""
    listed = list(operations)
    for category, title in _TITLES.items():
        lines = list(_lines([o for o in listed if o.category is category], output))
        if lines:
            output.line(title)
            for text, tone in lines:
                output.line(text, tone)


def _lines(operations: list[Operation], output: Output) -> Iterator[tuple[str, Tone]]:
    for operation in operations:
        warning = warning_of(operation)
        mark = output.mark(Mark.CAUTION if warning else Mark.DONE)
        rest = f" ({warning})" if warning else ""
        yield f"  {mark} {operation.describe()}{rest}", Tone.WARNING if warning else Tone.GOOD
