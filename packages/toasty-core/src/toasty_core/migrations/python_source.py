"""Python source that `ruff format` and `black` leave alone, at their usual width of 88.

Their rule, as far as generated code needs it: what fits on its line stands on one line, without a comma at the
end; what does not is opened, one item a line, with a comma behind the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from attrs import field, frozen

WIDTH = 88
_STEP = 4

Source: TypeAlias = "str | Bracketed"
"""A piece of an expression: a word that cannot be broken, or one with brackets."""


def _width(text: str) -> int:
    """Columns on a screen, never too few: too many only opens a bracket early, which stays as it is."""
    return len(text) if text.isascii() else sum(1 if char < "\u0300" else 2 for char in text)


@frozen
class Item:
    """What stands between the commas: `name=` and its value, or the value alone."""

    value: Source
    prefix: str = ""


@frozen
class Bracketed:
    """A call, a list, a tuple or a dict. `opening` ends with its bracket: `ColumnDef(`."""

    opening: str
    items: tuple[Item, ...]
    closing: str
    flat: str = field(init=False, eq=False, repr=False)

    @flat.default
    def _flat(self) -> str:
        inside = ", ".join(item.prefix + _flat(item.value) for item in self.items)
        comma = "," if self.opening == "(" and len(self.items) == 1 else ""
        return f"{self.opening}{inside}{comma}{self.closing}"


def _flat(source: Source) -> str:
    return source if isinstance(source, str) else source.flat


def call(
    name: str, positional: Iterable[Source] = (), named: Mapping[str, Source] | None = None
) -> Bracketed:
    """A call: `call("ColumnDef", (), {"name": '"email"'})`."""
    items = [Item(value) for value in positional]
    items += [Item(value, f"{word}=") for word, value in (named or {}).items()]
    return Bracketed(f"{name}(", tuple(items), ")")


def sequence(values: Iterable[Source], opening: str = "[", closing: str = "]") -> Bracketed:
    """A list, or what the brackets make of it."""
    return Bracketed(opening, tuple(Item(value) for value in values), closing)


def mapping(pairs: Iterable[tuple[str, Source]]) -> Bracketed:
    """A dict of keys in source form and values."""
    return Bracketed("{", tuple(Item(value, f"{key}: ") for key, value in pairs), "}")


def lines(source: Source, indent: int, prefix: str = "", suffix: str = "") -> Iterator[str]:
    """The lines of a statement or an item: `prefix`, the source, `suffix`; `indent` columns from the left."""
    margin = " " * indent
    flat = _flat(source)
    fits = indent + _width(prefix) + _width(flat) + len(suffix) <= WIDTH
    if fits or isinstance(source, str) or not source.items:
        yield f"{margin}{prefix}{flat}{suffix}"
        return
    yield f"{margin}{prefix}{source.opening}"
    for item in source.items:
        yield from lines(item.value, indent + _STEP, item.prefix, ",")
    yield f"{margin}{source.closing}{suffix}"


def quote(text: str) -> str:
    """A string literal in the quotes that the formatter would choose: double ones, unless they need more escapes."""
    mark = "'" if text.count('"') > text.count("'") else '"'
    other = "'" if mark == '"' else '"'
    escaped = (_escaped(part).replace(mark, "\\" + mark) for part in text.split(other))
    return mark + other.join(escaped) + mark


def _escaped(text: str) -> str:
    """The text with its escapes and its quotes as they are; holds one kind of quotes at most."""
    if "'" in text:
        return "'".join(_escaped(part) for part in text.split("'"))
    return repr('"' + text)[2:-1]


def quote_bytes(data: bytes) -> str:
    """A bytes literal in the quotes that the formatter would choose."""
    text = quote(data.decode("latin-1"))
    printable = text.isascii()
    return "b" + (text if printable else "".join(map(_ascii, text)))


def _ascii(char: str) -> str:
    return char if char < "\x80" else f"\\x{ord(char):02x}"


def one_line(text: str) -> str:
    """The text for a comment or a docstring: one line, nothing that cannot be seen."""
    seen = (char if char.isprintable() else " " for char in text)
    return " ".join("".join(seen).split())
