"""What checks found, in words and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_core.cli.output import Output, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from toasty_core.execution import Finding

__all__ = ["finding_document", "finding_text", "print_findings"]


def print_findings(findings: Iterable[Finding], output: Output) -> None:
    """Each finding on stderr, with where it is and what to do."""
    for finding in findings:
        output.remark(finding_text(finding), Tone.WARNING)


def finding_text(finding: Finding) -> str:
    """A finding in up to three lines, as errors are written."""
    head = f"{finding.severity.value}: {finding.what} [{finding.code}]"
    rest = (("where", finding.where), ("hint", finding.hint))
    return "\n".join((head, *(f"  {label}: {text}" for label, text in rest if text)))


def finding_document(finding: Finding) -> dict[str, object]:
    """A finding for `--json`."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "where": finding.where,
        "what": finding.what,
        "hint": finding.hint,
    }
