"""`python -m toasty_testservers`: what there is; with `get`, fetch what is missing."""

from __future__ import annotations

import sys

from toasty_testservers.getting import get_missing
from toasty_testservers.kind import Kind
from toasty_testservers.kinds import all_kinds
from toasty_testservers.report import what_there_is

USAGE = """usage: python -m toasty_testservers              what there is
       python -m toasty_testservers get [KIND...]  fetch what is missing"""


def main(words: list[str]) -> int:
    """Run one command; returns the process's exit status."""
    kinds = all_kinds()
    match words:
        case []:
            print("\n".join(what_there_is(list(kinds.values()))))
            return 0
        case ["get", *names] if set(names) <= set(kinds):
            return get(names or list(kinds), kinds)
    print(f"{USAGE}\nkinds: {', '.join(kinds)}", file=sys.stderr)
    return 2


def get(names: list[str], kinds: dict[str, Kind]) -> int:
    """Fetch what is missing of the named kinds."""
    wanted = [kinds[name] for name in names]
    if get_missing(wanted, lambda line: print(line, flush=True)):
        return 0
    print("Tests that need what is missing are skipped, and fail where CI=true.", flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
