"""The line of the user's own code at which an import failed."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path

_OURS = str(Path(__file__).parent.parent)


def failing_line(error: BaseException) -> str | None:
    """`file:line` of the innermost line that is neither Python's, a library's nor ours."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    trace = traceback.walk_tb(error.__traceback__)
    frames = [(frame.f_code.co_filename, line) for frame, line in trace]
    own = [place for place in frames if _is_own(place[0])]
    return next((f"{name}:{line}" for name, line in reversed(own or frames)), None)


def _is_own(filename: str) -> bool:
    installed = "site-packages" in filename or "dist-packages" in filename
    folders = ("<", _OURS, sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
    return not installed and not filename.startswith(folders)
