"""The line of a model's field, looked up in the source once there is an error to tell."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def field_place(where: str, class_name: str, field: str) -> str:
    """`file:line` of a field, given the place of its class; that place when the source does not tell."""
    path, _, line = where.rpartition(":")
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return where
    for node in _classes(tree, class_name, int(line)):
        for statement in node.body:
            if field in _names(statement):
                return f"{path}:{statement.lineno}"
    return where


def _classes(tree: ast.Module, name: str, line: int) -> Iterator[ast.ClassDef]:
    """The classes of this name that stand at the line, their decorators included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if first <= line <= (node.end_lineno or node.lineno):
                yield node


def _names(statement: ast.stmt) -> list[str]:
    """What an assignment or an annotation of a class's body gives a value or a type."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    elif isinstance(statement, ast.Assign):
        targets = statement.targets
    return [target.id for target in targets if isinstance(target, ast.Name)]
