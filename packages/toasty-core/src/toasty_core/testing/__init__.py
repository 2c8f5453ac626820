"""The conformance kit: what every backend must pass, ours or not.

A backend adopts it with a class of a few lines, in a test file of its own:

    from toasty_core.testing import BackendSuite

    class TestAcme(BackendSuite):
        known_gaps = {"modify_type": "Acme 3 has no cast; issue 12"}

        @pytest.fixture
        def backend(self):
            return AcmeBackend()

        @pytest.fixture
        def url(self, tmp_path):                    # a fresh, empty database for each test
            return f"acme:{tmp_path}/db"

        @pytest.fixture
        def bad_urls(self):
            return {"no server": "acme://user:s3cret@localhost:1/db"}

        def read_rows(self, url, table):            # read without Toasty
            return acme.connect(url).all(table)

The backend's `Features` decide what is asked: what is NATIVE or EMULATED must work, what is NOT_YET or NEVER
must be refused with a reason, so a wrong flag fails either way. `known_gaps` are strict expected failures.

`python -m toasty_core.testing report URL` prints the features of an installed backend as a table, and how many
of the kit's stories it passes. Needs pytest: `pip install toasty-core[testing]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from toasty_core.testing.story import Story as Story
    from toasty_core.testing.suite import BackendSuite as BackendSuite

__all__ = ["BackendSuite", "Story"]


def __getattr__(name: str) -> object:
    if name == "BackendSuite":
        import sys

        import pytest

        modules = ("toasty_core.testing.suite", "toasty_core.testing.bench")
        pytest.register_assert_rewrite(*(name for name in modules if name not in sys.modules))
        from toasty_core.testing.suite import BackendSuite

        return BackendSuite
    if name == "Story":
        from toasty_core.testing.story import Story

        return Story
    raise AttributeError(f"module 'toasty_core.testing' has no attribute {name!r}")
