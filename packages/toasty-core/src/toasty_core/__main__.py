"""`python -m toasty_core` is `toasty`."""

from __future__ import annotations

import sys

from toasty_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
