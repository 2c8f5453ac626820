"""What tells one migration file from another: a checksum that formatting does not change."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

try:
    from _blake2 import blake2b  # where hashlib has it from, which also loads OpenSSL: 3 ms
except ImportError:
    from hashlib import blake2b

if TYPE_CHECKING:
    from toasty_core.migrations.files import MigrationFile

_ALGORITHM = "ast1"


class Fingerprint(NamedTuple):
    """`checksum` is that of what the file means, `source_hash` that of its bytes.

    Equal source hashes say that nothing changed, without parsing; otherwise the checksums decide.
    """

    checksum: str
    source_hash: str


def fingerprint(file: MigrationFile) -> Fingerprint:
    """The fingerprint of a file. Raises MigrationFileError when it cannot be read or parsed."""
    source = file.read()
    return Fingerprint(checksum(file.parse(source)), source_hash(source))


def source_hash(source: bytes) -> str:
    """A digest of the bytes; git's two ways to end lines give the same."""
    return digest(source.replace(b"\r\n", b"\n"))


def digest(data: bytes) -> str:
    """32 hexadecimal digits."""
    return blake2b(data, digest_size=16).hexdigest()


def checksum(tree: ast.Module) -> str:
    """A digest of the syntax tree: comments, docstrings, line breaks and quotes do not count."""
    words: list[str] = []
    _collect(tree, words)
    return f"{_ALGORITHM}:{digest(' '.join(words).encode('utf-8', 'surrogatepass'))}"


def _collect(node: Any, words: list[str]) -> None:
    """The tree as words, each node before its parts; the same on every Python.

    What is empty is left out, as newer Pythons have more fields; names of fields and lengths of lists tell what is
    meant. Texts of the file stand in quotes, and no word of ours does.
    """
    kind = type(node)
    if kind is ast.Constant:
        words.append(repr(node.value))
        return
    words.append(kind.__name__)
    for name in kind._fields:
        value = getattr(node, name)
        if value is None or name in _SILENT:
            continue
        if type(value) is list:
            parts = _counting(kind, name, value)
            if parts:
                words += (name, str(len(parts)))
                for part in parts:
                    _collect_value(part, words)
        else:
            words.append(name)
            _collect_value(value, words)


def _collect_value(value: Any, words: list[str]) -> None:
    if isinstance(value, ast.AST):
        _collect(value, words)
    else:
        words.append(repr(value))


_SILENT = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
_DOCUMENTED = frozenset({ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef})


def _counting(kind: type, name: str, parts: list[Any]) -> list[Any]:
    """The parts that count: no docstring, and no empty piece of an f-string, as Python 3.12 makes."""
    if name == "body" and kind in _DOCUMENTED:
        return _without_docstring(parts)
    if kind is ast.JoinedStr:
        return [part for part in parts if not _is_empty(part)]
    return parts


def _is_empty(part: Any) -> bool:
    return isinstance(part, ast.Constant) and part.value == ""


def _without_docstring(body: list[Any]) -> list[Any]:
    first = body[0] if body else None
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_text and isinstance(first.value.value, str) else body  # type: ignore[union-attr]
