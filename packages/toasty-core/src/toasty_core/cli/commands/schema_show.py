"""`toasty schema:show`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from toasty_core.cli import options
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from toasty_core.cli.output import Output
    from toasty_core.schema import SchemaSnapshot


@toasty_command(
    "schema:show",
    click.argument("tables", nargs=-1),
    click.option("--live", is_flag=True, help="What the database has, instead of the files."),
    options.URL,
    options.DIR,
    examples=(
        "toasty schema:show",
        "toasty schema:show users posts",
        'toasty schema:show --live --url "sqlite:mydb.db"',
    ),
)
def command(call: Invocation, tables: tuple[str, ...], live: bool) -> ExitCode:
    """Show the schema that the migrations make, or the live one.

    TABLES, if given, are the only ones that are shown.
    """
    from toasty_core import api

    schema = _only(api.show(call.project(), live=live), tables)
    if call.output.json:
        call.output.document(_document(schema))
    else:
        _print(schema, call.output)
    return ExitCode.FINE


def _only(schema: SchemaSnapshot, tables: tuple[str, ...]) -> SchemaSnapshot:
    """The schema with the tables that were asked for. Raises SchemaError with the nearest name."""
    return type(schema).of(*(schema.table(key) for key in tables)) if tables else schema


def _print(schema: SchemaSnapshot, output: Output) -> None:
    from toasty_core.cli.schema_text import sequence_line, table_lines

    for key in sorted(schema.tables):
        for line in table_lines(schema.tables[key]):
            output.line(line)
        output.line()
    for key in sorted(schema.sequences):
        output.line(sequence_line(schema.sequences[key]))
    if not schema.tables:
        output.line("No tables.")


def _document(schema: SchemaSnapshot) -> object:
    """The schema as `.schema.json` has it."""
    import json

    from toasty_core.schema.store import StoredSnapshot, snapshot_text

    return json.loads(snapshot_text(StoredSnapshot(schema)))
