"""Debian's packages without root: apt in folders of its own, and packages unpacked in place."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from toasty_testservers.errors import NotToBeHad
from toasty_testservers.kind import Say
from toasty_testservers.programs import run

OWN_SUITE = ""
"""The suite that the machine itself has."""

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def unpack(packages: list[str], to: Path, suite: str, say: Say) -> None:
    """Unpack packages with all that they depend on, the C library included, below one folder.

    Nothing of the system is changed or used: packages of a newer Debian run on an older one.

    Args:
        packages: their names.
        to: the folder; what was in it is replaced.
        suite: `sid`, or `OWN_SUITE`.
        say: told what is being done.

    Raises:
        NotToBeHad: there is no apt, no network, or no such package.
    """
    for needed in ("apt-get", "dpkg-deb"):
        if not shutil.which(needed):
            raise NotToBeHad(f"there is no {needed} here, and {packages[0]} comes by it")
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=".apt-") as made:
        apt, tree = private_apt(Path(made), suite), Path(made, "tree")
        say(f"reading apt's list of packages{f' of {suite}' if suite else ''}")
        run([*apt, "update"], "apt-get update")
        say(f"fetching {' and '.join(packages)} with what they need")
        fetch = ("install", "--yes", "--download-only", "--no-install-recommends", *packages)
        run([*apt, *fetch], f"apt-get {' '.join(fetch)}")
        for package in sorted(Path(made, "archives").glob("*.deb")):
            run(["dpkg-deb", "--extract", str(package), str(tree)])
        shutil.rmtree(to, ignore_errors=True)
        tree.chmod(0o755)
        tree.rename(to)


def private_apt(folder: Path, suite: str) -> list[str]:
    """The command `apt-get` with all of its state in a folder; to it nothing is installed yet."""
    site, own_suite, component = own_repository()
    for needed in ("lists/partial", "archives/partial", "parts"):
        (folder / needed).mkdir(parents=True)
    (folder / "status").touch()
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    line = f"deb {signed}{site} {suite or own_suite} {component}\n"
    (folder / "sources.list").write_text(line)
    options = {
        "Dir::State": folder,
        "Dir::State::status": folder / "status",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder,
        "Dir::Cache::archives": folder / "archives",
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": folder / "parts",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": folder / "parts",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Acquire::Retries": "1",
        "Acquire::Check-Valid-Until": "false",  # an old mirror will do; it is signed all the same
        "Debug::NoLocking": "true",
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return ["apt-get", "--quiet", *words]


def install_as_root(package: str, say: Say) -> None:
    """Install a package for the whole machine.

    Raises:
        NotToBeHad: that failed.
    """
    say(f"installing Debian's package {package}")
    run(["apt-get", "update", "--quiet"])
    run(["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", package])


def own_repository() -> tuple[str, str, str]:
    """The address, suite and component of Debian that this machine's own apt uses.

    Raises:
        NotToBeHad: this is no Debian.
    """
    codename = debian_codename()
    asked = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"]
    for line in run([*asked, "Identifier: Packages"]).splitlines():
        site, suite, component = line.split()
        if suite == codename and component == "main":
            return site, suite, component
    raise NotToBeHad(f"apt's own sources do not name Debian {codename or '(this is none)'}")


def debian_codename() -> str:
    """Such as `bookworm`; "" where this is no Debian."""
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return ""
    facts = {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}
    return facts.get("VERSION_CODENAME", "") if facts.get("ID") == "debian" else ""


def wrap(tree: Path, program: Path) -> None:
    """Let a program of a tree run with the tree's own loader and libraries.

    Args:
        tree: the folder that packages were unpacked in.
        program: a file in it; a script of that name takes its place.
    """
    loaders = sorted([*tree.glob("lib/*/ld-linux*.so.*"), *tree.glob("usr/lib/*/ld-linux*.so.*")])
    if not loaders or not program.exists():
        raise NotToBeHad(f"the packages in {tree} have no {program.name}, or no loader for it")
    real = program.rename(program.with_name(f"{program.name}.real"))
    family = loaders[0].parent.name
    libraries = [tree / "lib" / family, tree / "usr/lib" / family]
    libraries += [
        folder for base in libraries for folder in sorted(base.glob("*/")) if folder.name == "mysql"
    ]
    path = ":".join(map(str, libraries))
    program.write_text(f'#!/bin/sh\nexec "{loaders[0]}" --library-path "{path}" "{real}" "$@"\n')
    program.chmod(0o755)
