"""The command line: options in, verbs called, text out.

`main` is what the console script `toasty` calls. Everything that `toasty --help` needs is imported at
start-up and is light; a command's own module, and the verbs behind it, are imported when it runs.
"""

from __future__ import annotations

from toasty_core.cli.boundary import main

__all__ = ["main"]
