"""What an adopting class gives, and what every suite uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from toasty_core.testing.bench import Bench
from toasty_core.url import Url

if TYPE_CHECKING:
    from toasty_core.backends import Backend


class SuiteBase:
    """The fixtures and settings that a backend's author overrides.

    `backend`, `url` and `read_rows` must be given; the rest has defaults.
    """

    known_gaps: ClassVar[Mapping[str, str]] = {}
    """What does not work yet, with the reason: the name of a story, feature, type, hostile name or test.
    A gap is an expected failure, and strict: once it works, the entry has to go."""

    refused_names: ClassVar[Mapping[str, str]] = {}
    """Hostile names that the database cannot have, with the reason: they must be refused, with nothing changed."""

    collation: ClassVar[str | None] = None
    """A collation of the database, where it has them."""

    truncate_users: ClassVar[Mapping[str, Any] | None] = None
    """A native command that deletes all rows of the table `users`, where there are such commands."""

    runners: ClassVar[int] = 8
    """How many processes migrate at once in the test of that."""

    @pytest.fixture
    def backend(self) -> Backend:
        """The backend, such as `AcmeBackend()`. Its class must stand in a module that can be imported."""
        raise NotImplementedError("give a fixture 'backend'")

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """The URL of a fresh and empty database, another one for each test."""
        raise NotImplementedError("give a fixture 'url'")

    @pytest.fixture
    def bad_urls(self) -> Mapping[str, str]:
        """URLs that cannot be opened, by what is wrong with them: no server, a wrong password, ..."""
        raise NotImplementedError("give a fixture 'bad_urls'")

    def read_rows(self, url: str, table: str) -> Iterable[Mapping[str, Any]]:
        """All rows of a table, read without Toasty; values may be as the driver gives them."""
        raise NotImplementedError("give a method 'read_rows'")

    def fingerprint(self, bench: Bench) -> object:
        """What changes whenever anything is written to the database; for a file, its bytes."""
        schema = bench.introspect()
        rows = {table: list(self.read_rows(bench.url, table)) for table in schema.tables}
        return schema, bench.journal(), rows

    @pytest.fixture
    def bench(self, tmp_path: Path, url: str, backend: Backend) -> Bench:
        """A project whose migrations folder is empty, with the database at `url`."""
        return Bench(tmp_path / "migrations", url, backend, self.read_rows)

    @pytest.fixture(autouse=True)
    def _known_gap(self, request: pytest.FixtureRequest) -> None:
        """Marks a test as an expected failure when one of its names is among the known gaps."""
        for name in names_of(request.node):
            if name in self.known_gaps:
                mark = pytest.mark.xfail(reason=f"{name}: {self.known_gaps[name]}", strict=True)
                request.applymarker(mark)


def names_of(item: Any) -> Iterator[str]:
    """The names under which a gap of this test can be known: its own, its story's and what that needs."""
    yield getattr(item, "originalname", item.name)
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    for value in parameters.values():
        yield str(value)
        yield from getattr(value, "needs", ())


def secrets_of(url: str) -> tuple[str, ...]:
    """What no output may show of a URL."""
    return Url.parse(url).secrets
