"""The import lines of a generated file."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from toasty_core.migrations.python_source import WIDTH


class Imports:
    """What a file needs, noted while it is written. Lines come in the order that isort and ruff give them."""

    def __init__(self) -> None:
        self._modules: set[str] = set()
        self._names: dict[str, set[str]] = {}

    def core(self, name: str) -> str:
        """Notes a public name of Toasty's, and returns it."""
        return self.add("toasty_core", name)

    def add(self, module: str, name: str) -> str:
        """Notes `from module import name`, and returns the name."""
        self._names.setdefault(module, set()).add(name)
        return name

    def module(self, name: str) -> None:
        """Notes `import name`."""
        self._modules.add(name)

    def lines(self) -> Iterator[str]:
        """The standard library's first, then all others."""
        standard = list(self._group(standard=True))
        others = list(self._group(standard=False))
        yield from standard
        if standard and others:
            yield ""
        yield from others

    def _group(self, standard: bool) -> Iterator[str]:
        for module in sorted(self._modules):
            if _is_standard(module) is standard:
                yield f"import {module}"
        for module in sorted(self._names):
            if _is_standard(module) is standard:
                yield from _from_import(module, sorted(self._names[module]))


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _from_import(module: str, names: list[str]) -> Iterator[str]:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"from {module} import ("
    yield from (f"    {name}," for name in names)
    yield ")"
