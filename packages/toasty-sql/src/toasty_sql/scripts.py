"""What scripts of all SQL databases have in common."""

from __future__ import annotations

from toasty_core.backends import Compiled
from toasty_core.errors import Unsupported
from toasty_sql.statements import CallStatement
from toasty_sql.transform import TransformStatement


def refuse_python(compiled: Compiled, version: str) -> None:
    """Raises Unsupported where the statements of a migration call Python, which a database's own client cannot."""
    if any(isinstance(it, CallStatement | TransformStatement) for it in compiled.statements):
        described = "; ".join(operation.describe() for operation in compiled.operations)
        raise Unsupported(
            f"a script cannot hold migration {version}: {described}",
            reason="it takes Python to run it",
            hint=f"apply it with migrate:up; scripts go up to before it (--to) and on from it (--from {version})",
        )
