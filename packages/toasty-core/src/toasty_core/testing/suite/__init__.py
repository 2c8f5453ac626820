"""The whole kit as one class."""

from __future__ import annotations

from toasty_core.testing.names import HOSTILE
from toasty_core.testing.stories import STORIES
from toasty_core.testing.suite.base import SuiteBase
from toasty_core.testing.suite.crash import Crashes
from toasty_core.testing.suite.dry_run import DryRun
from toasty_core.testing.suite.errors import Errors
from toasty_core.testing.suite.failure import Failures
from toasty_core.testing.suite.journal import JournalRows
from toasty_core.testing.suite.names import Names
from toasty_core.testing.suite.rows import WorkOnRows
from toasty_core.testing.suite.stories import FEATURES, Stories
from toasty_core.testing.suite.together import Together
from toasty_core.testing.suite.types import Types
from toasty_core.testing.type_cases import TYPE_CASES


class BackendSuite(
    Stories, Types, Names, WorkOnRows, DryRun, Failures, Crashes, Together, JournalRows, Errors
):
    """What every backend must pass. See `toasty_core.testing` for how to adopt it."""


def known_names(suite: type[SuiteBase]) -> set[str]:
    """Every name that a known gap can have."""
    tests = {name for name in dir(suite) if name.startswith("test_")}
    stories = {story.name for story in STORIES}
    types = {str(case) for case in TYPE_CASES}
    return tests | stories | types | set(FEATURES) | set(HOSTILE)


__all__ = ["BackendSuite", "known_names"]
