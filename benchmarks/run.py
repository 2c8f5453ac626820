"""All benchmarks, as ratios in one run: `python benchmarks/run.py [startup] [chain] [generate] [servers] [mongo] ...`.

Figures are CPU seconds (user and system) of whole processes, medians, contenders taken in turn.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import chain
import dynamo
import generate
import mongo
import servers
import startup
from measure import report

SUITES = {
    "startup": startup.rows,
    "chain": chain.rows,
    "generate": generate.rows,
    "servers": servers.rows,
    "dynamo": dynamo.rows,
    "mongo": mongo.rows,
}


def main(names: list[str]) -> int:
    """Runs the suites that are named, or all."""
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        print(f"there is no benchmark {unknown[0]!r}; there are {', '.join(SUITES)}")
        return 2
    for name in names or list(SUITES):
        with tempfile.TemporaryDirectory() as folder:
            report(SUITES[name](Path(folder) / name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
