"""The pages in docs/, as tests read them: sections by their headings, tables by rows, code by its language."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def code_in(text: str) -> list[str]:
    """What stands as code in the text, in order."""
    return re.findall(r"`([^`]+)`", text)


class DocPage:
    """One page of docs/, by its name: `mongodb.md`."""

    def __init__(self, name: str) -> None:
        self.text = (DOCS / name).read_text(encoding="utf-8")

    def section(self, title: str) -> str:
        """What stands under a heading (`## Options`), up to the next one of its rank."""
        rank = title.partition(" ")[0]
        return self.text.split(f"\n{title}\n")[1].split(f"\n{rank} ")[0]

    def cells(self, title: str) -> list[list[str]]:
        """The rows of the tables under a heading that begin with code."""
        lines = [line for line in self.section(title).splitlines() if line.startswith("| `")]
        return [line.strip("| ").split(" | ") for line in lines]

    def words(self, title: str) -> set[str]:
        """What stands as code under a heading."""
        return set(code_in(self.section(title)))

    def blocks(self, title: str, language: str = "python") -> list[str]:
        """The blocks of code under a heading."""
        return re.findall(rf"^```{language}\n(.*?)^```", self.section(title), re.S | re.M)
