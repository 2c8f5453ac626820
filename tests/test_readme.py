"""The README is true: its commands, typed in an empty folder, work; its files stand; its exports exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import toasty_core
from shop import Shop

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def first_section() -> str:
    return README.split("## A first migration")[1].split("## Commands")[0]


def test_the_first_migration_as_typed(tmp_path: Path) -> None:
    """The models of the README, then its commands, one after the other."""
    shop = Shop(tmp_path, url="sqlite:mydb.db")
    section = first_section()
    models = re.search(r"```python\n(.*?)```", section, re.S)
    assert models is not None
    shop.models(models.group(1))
    commands = re.findall(r"^\$ toasty (.*)$", section, re.M)
    assert len(commands) >= 5

    for command in commands:
        shop.works(*shlex.split(command))

    assert shop.works("migrate:generate", "-m", "again").out.startswith("No changes")


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)]+)\)", README))
def test_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists(), link


def test_every_command_is_in_the_readme() -> None:
    toasty = str(Path(sys.executable).with_name("toasty"))
    listing = subprocess.run([toasty, "--help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  ((?:migrate|schema):\w+|init|backends)", listing, re.M)

    assert len(commands) >= 15
    for command in commands:
        assert command in README, command


@pytest.mark.parametrize("name", toasty_core.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(toasty_core, name) is not None


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = toasty_core.nonsense
