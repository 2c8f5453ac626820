"""python -m toasty_core.testing report URL [--features]"""

from __future__ import annotations

import argparse
import sys

from toasty_core.errors import ToastyError
from toasty_core.plugins import backend_for
from toasty_core.testing.report import feature_table, story_table, tell_stories
from toasty_core.url import Url


def main(arguments: list[str]) -> int:
    """Prints the report. Returns 1 when a story fails or the database cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        return _report(options.url, stories=not options.features)
    except ToastyError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m toasty_core.testing")
    commands = parser.add_subparsers(required=True)
    report = commands.add_parser("report", help="features of a backend, and the stories it passes")
    report.add_argument("url", help="the URL of an empty database, such as sqlite:empty.db")
    report.add_argument("--features", action="store_true", help="the features only, no stories")
    return parser


def _report(url: str, *, stories: bool) -> int:
    backend = backend_for(Url.parse(url).scheme)
    print(*feature_table(backend), sep="\n")
    if not stories:
        return 0
    if not _has_pytest():
        print("\nFor the stories: pip install toasty-core[testing]")
        return 0
    outcomes = tell_stories(url)
    print("", *story_table(outcomes), sep="\n")
    return int(any(outcome.failed for outcome in outcomes))


def _has_pytest() -> bool:
    from importlib.util import find_spec

    return find_spec("pytest") is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
