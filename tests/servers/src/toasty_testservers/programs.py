"""Running the programs of a server, and letting another user run them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from toasty_testservers.errors import NotToBeHad


def run(command: list[str], called: str = "") -> str:
    """What a command prints.

    Args:
        command: the program and its arguments.
        called: what errors call it, if it is too long to show.

    Raises:
        NotToBeHad: it failed.
    """
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    except OSError as error:
        raise NotToBeHad(f"`{command[0]}` does not run: {error}") from error
    except subprocess.CalledProcessError as error:
        complaint = (error.stderr.strip() or error.stdout.strip())[-800:]
        raise NotToBeHad(f"`{called or shlex.join(command)}` failed:\n{complaint}") from error
    return done.stdout


def version_of(program: Path) -> str:
    """The version that a server's program states; "" if it does not run."""
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    found = re.search(r"(?:\) |Ver |version v)(\d+(?:\.\d+)+)", done.stdout)
    return found[1] if found else ""


def everybody_reads(file: Path) -> bool:
    """May any user of the machine run this program?"""
    folders = all(folder.stat().st_mode & stat.S_IXOTH for folder in file.resolve().parents)
    return folders and bool(file.stat().st_mode & stat.S_IXOTH)


def copy_once(folders: list[Path], to: Path) -> Path:
    """Copy folders side by side into a new one, unless that has been done.

    Args:
        folders: what to copy, links and rights included.
        to: the new folder; it appears when it is complete.
    """
    if to.exists():
        return to
    part = Path(tempfile.mkdtemp(prefix=f"{to.name}.", dir=to.parent))
    for folder in folders:
        shutil.copytree(folder, part / folder.name, symlinks=True)
    part.chmod(0o755)
    try:
        return part.rename(to)
    except OSError:
        shutil.rmtree(part)  # another worker was faster
        return to
