"""What tells one migration file from another: a checksum that formatting does not change."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from toasty_core.migrations.files import MigrationFile

_ALGORITHM = "ast1"


@frozen
class Fingerprint:
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
    from hashlib import blake2b

    return blake2b(data, digest_size=16).hexdigest()


def checksum(tree: ast.Module) -> str:
    """A digest of the syntax tree: comments, docstrings, line breaks and quotes do not count."""
    words = "\n".join(_words(tree))
    return f"{_ALGORITHM}:{digest(words.encode('utf-8', 'surrogatepass'))}"


def _words(tree: ast.Module) -> list[str]:
    """The tree as words, each node before its parts; the same on every Python.

    Fields that are empty are left out, as newer Pythons have more of them; a list is told by its length.
    """
    words: list[str] = []
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if not isinstance(node, ast.AST):
            words.append(node if type(node) is _Word else repr(node))
            continue
        words.append(type(node).__name__)
        for name in reversed(node._fields):
            value = getattr(node, name, None)
            if name == "body":
                value = _without_docstring(node, value)
            if value is None or value == [] or name in _SILENT:
                continue
            if isinstance(value, list):
                stack += [*reversed(value), _Word(f"{name}:{len(value)}")]
            else:
                stack += [value, _Word(name)]
    return words


class _Word(str):
    """A word of ours, not of the file."""

    __slots__ = ()


_SILENT = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _without_docstring(node: ast.AST, body: Any) -> Any:
    if not isinstance(node, _DOCUMENTED) or not isinstance(body, Sequence) or not body:
        return body
    first = body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_text and isinstance(first.value.value, str) else body
