"""What cannot be opened is our error, and no output shows a password."""

from __future__ import annotations

import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path

import pytest

from toasty_core import api
from toasty_core.backends import Backend
from toasty_core.errors import ToastyError
from toasty_core.plugins import installed_backends
from toasty_core.testing.bench import Bench
from toasty_core.testing.stories.common import ONE_TABLE, PEOPLE
from toasty_core.testing.suite.base import SuiteBase, secrets_of
from toasty_core.testing.watch import hooks_with
from toasty_core.url import Url


class Errors(SuiteBase):
    """Errors are ours, say what to do, and keep secrets."""

    def test_bad_urls(self, bench: Bench, bad_urls: Mapping[str, str]) -> None:
        """Each is a Toasty error, for every verb, whose text and traceback show no secret."""
        bench.write_tables(ONE_TABLE, PEOPLE)
        assert bad_urls
        for words, url in bad_urls.items():
            project = api.Project(bench.folder, url=url, hooks=hooks_with(bench.backend))
            for verb in (api.up, api.status):
                with pytest.raises(ToastyError) as caught:
                    verb(project)
                _assert_silent("".join(traceback.format_exception(caught.value)), url, words)
                _assert_silent(repr(caught.value), url, words)

    def test_bad_urls_on_the_command_line(
        self, bench: Bench, backend: Backend, bad_urls: Mapping[str, str]
    ) -> None:
        """The command prints one error, no traceback and no secret."""
        bench.write_tables(ONE_TABLE, PEOPLE)
        schemes = {point.name for point in installed_backends()}
        for words, url in bad_urls.items():
            assert Url.parse(url).scheme in schemes, "install the package whose backend is tested"
            ended = _command("migrate:up", "--url", url, "--dir", str(bench.folder))
            said = ended.stdout + ended.stderr
            assert ended.returncode in (1, 2), f"{words}: {said}"
            assert "Traceback" not in said, f"{words}: {said}"
            _assert_silent(said, url, words)

    def test_a_connection_closes_twice(self, bench: Bench) -> None:
        """Closing again does nothing."""
        with bench.connect() as database:
            assert database.version().strip()
            database.close()

    def test_the_project_hides_its_url(self, bench: Bench) -> None:
        """A project can be printed."""
        url = "postgresql://user:s3cret@host/db"

        assert "s3cret" not in repr(api.Project(Path("migrations"), url=url))


def _command(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "toasty_core", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False
    )


def _assert_silent(text: str, url: str, words: str) -> None:
    for secret in secrets_of(url):
        assert secret not in text, f"{words}: a secret of the URL is shown"
