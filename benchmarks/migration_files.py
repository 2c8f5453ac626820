"""The texts of what is measured everywhere: migrations that make tables, and the loop of the bare scripts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

_MIGRATION = '''"""Step {number}."""

from toasty_core import {names}

{head}
class Migration_{version}(Migration):
    version = "{version}"

    def up(self, db: MigrationContext) -> None:
{up}

    def down(self, db: MigrationContext) -> None:
{down}
'''

_TABLE = """        db.create_table(
            TableDef(
                name="{name}",
                columns=[
{columns}
                ],
                primary_key=["id"],
            )
        )"""

LOAD_MODULE = """\
    spec = importlib.util.spec_from_file_location(name[:-3], os.path.join("bare", name))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)"""
"""The part of a bare script that imports the bare twin called `name`."""


@frozen
class Step:
    """What one migration does: the bodies of `up` and `down`, and what stands before the class.

    `names` are imported from Toasty besides those that every migration needs.
    """

    up: str
    down: str = "pass"
    head: str = ""
    names: tuple[str, ...] = ()

    def write(self, folder: Path, version: str, number: int) -> None:
        """Writes the migration `number` of this version into `folder`."""
        names = ("ColumnDef", "IndexDef", "Migration", "MigrationContext", *self.names)
        text = _MIGRATION.format(
            number=number,
            names=", ".join(names),
            head=self.head,
            version=version,
            up=_body(self.up),
            down=_body(self.down),
        )
        (folder / f"{version}.py").write_text(text)


def _body(text: str) -> str:
    return text if text.startswith(" ") else f"        {text}"


def table(name: str, columns: Mapping[str, str]) -> str:
    """The call that makes a table whose key is `id`; `columns` are types by name, none of them null."""
    lines = (
        f'                    ColumnDef(name="{column}", type="{type_}", nullable=False),'
        for column, type_ in columns.items()
    )
    return _TABLE.format(name=name, columns="\n".join(lines))
