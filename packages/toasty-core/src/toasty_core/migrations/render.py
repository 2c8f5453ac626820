"""The text of a migration file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from toasty_core.migrations.expressions import Expressions
from toasty_core.migrations.headlines import grouped, headline
from toasty_core.migrations.imports import Imports
from toasty_core.migrations.python_source import call, lines, one_line, quote, sequence
from toasty_core.migrations.reversing import Reversal, WayBack, way_back
from toasty_core.operations import Operation
from toasty_core.schema import SchemaSnapshot

_BODY = 8


@frozen
class Draft:
    """What goes into a file: its version, a sentence about it, and what it does."""

    version: str
    message: str
    operations: tuple[Operation, ...]
    depends_on: tuple[str, ...] = ()


def render_migration(draft: Draft, before: SchemaSnapshot) -> str:
    """The file's text, formatted; recording it gives the draft's operations back.

    `before` is the schema that the operations begin with: the way back is worked out from it. Raises
    MigrationFileError for a value that has no form in Python source, SchemaError when an operation does not fit.
    """
    return render_with(draft, way_back(draft.operations, before))


def render_with(draft: Draft, back: WayBack) -> str:
    """The file's text, with a way back that is known already."""
    imports = Imports()
    imports.core("Migration")
    imports.core("MigrationContext")
    writer = Expressions(imports)
    body = [*_class(draft), *_up(draft.operations, writer), "", *_down(back, writer)]
    return "\n".join([*_docstring(draft.message), *imports.lines(), "", "", *body]) + "\n"


def _docstring(message: str) -> list[str]:
    text = one_line(message).replace("\\", "\\\\").replace('"', "'")
    return [f'"""{text}"""', ""] if text else []


def _class(draft: Draft) -> Iterator[str]:
    yield f"class Migration_{draft.version}(Migration):"
    yield f"    version = {quote(draft.version)}"
    if draft.depends_on:
        names = sequence(map(quote, draft.depends_on), "(", ")")
        yield from lines(names, 4, "depends_on = ")
    yield ""


def _up(operations: Sequence[Operation], writer: Expressions) -> Iterator[str]:
    yield "    def up(self, db: MigrationContext) -> None:"
    if not operations:
        yield '        """Write the changes here: db.execute_sql("..."), db.add_column(...), ..."""'
    for number, group in enumerate(grouped(operations)):
        if number:
            yield ""
        yield f"        # {one_line(headline(group))}"
        yield from _calls(group, writer)


def _down(back: WayBack, writer: Expressions) -> Iterator[str]:
    yield "    def down(self, db: MigrationContext) -> None:"
    if back.irreversible is not None:
        source = call("db.irreversible", [quote(back.irreversible)])
        yield from lines(source, _BODY)
    elif not back.reversals:
        yield '        """Write here what takes the changes back, last first."""'
    for number, reversal in enumerate(back.reversals):
        yield from _reversal(reversal, writer, first=number == 0)


def _reversal(reversal: Reversal, writer: Expressions, first: bool) -> Iterator[str]:
    if reversal.lost:
        yield from () if first else ("",)
        yield f"        # Not restored: {one_line(reversal.lost)}"
    yield from _calls([reversal.operation], writer)


def _calls(operations: Iterable[Operation], writer: Expressions) -> Iterator[str]:
    for operation in operations:
        yield from lines(writer.operation(operation, f"db.{operation.kind}"), _BODY)
