"""What the models say about earlier names (`renamed_from`), beside what the user answers."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from toasty_core.errors import SchemaError

Names = Mapping[str, str]
"""Old names to new ones, where they differ."""


def with_hints(
    olds: Container[str], hints: Mapping[str, Sequence[str]], answered: Names, what: str
) -> dict[str, str]:
    """The answers, and the hints that are not done yet: the last of a chain of renames frees the one before."""
    found = dict(answered)
    taken = set(answered.values())
    waiting = {new: names for new, names in sorted(hints.items()) if new not in taken}
    for start in list(waiting):
        new: str | None = start
        while new in waiting and (new not in olds or new in found):
            was = next((name for name in waiting.pop(new) if name in olds and name != new), None)
            if was is None or was in answered:
                break
            if was in found:
                raise SchemaError(f"two {what} say that they were {was!r}: {found[was]!r}, {new!r}")
            found[was] = new
            new = was
    return found
