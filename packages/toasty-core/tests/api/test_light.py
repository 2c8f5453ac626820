"""Looking at what is applied imports nothing that running a migration needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from toasty_core import api

A = "20250101_000000_a"
HEAVY = (
    *("sqlalchemy", "cattrs", "rich", "pluggy", "random"),
    *("toasty_core.operations", "toasty_core.diff", "toasty_core.models", "toasty_core.schema"),
    *("toasty_core.migrations.loading", "toasty_core.migrations.render"),
    *("toasty_core.execution.plan", "toasty_core.execution.runner"),
)


@pytest.mark.parametrize("verb", ["status", "up"])
def test_with_nothing_to_do_nothing_heavy_is_imported(work, verb):
    file = work.write(A, 'db.create_table(TableDef("a", [ColumnDef("id", "Integer")]))')
    api.up(work.project())
    code = (
        "import sys\nfrom toasty_core import api\n"
        f"api.{verb}(api.Project({str(file.parent)!r}, 'sqlite:{work.file}'))\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
