"""Finding entry points: the same answer as importlib.metadata, at a fraction of its price."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.metadata import distributions

import pytest

from toasty_core.plugins import EntryPoint, find_entry_points
from toasty_core.plugins.entry_points import BACKENDS, PLUGINS

ACME = """
    [console_scripts]
    acme = acme:main

    [toasty.backends]
    acme = toasty_acme:AcmeBackend
    # a comment
    acme+fast=toasty_acme:Fast [speed]

    [toasty.plugins]
    notify = acme_notify
"""


def by_importlib(folder) -> list[tuple[str, str, str, str, str]]:
    return sorted(
        (point.name, point.value.partition("[")[0].strip(), dist.name, dist.version, point.group)
        for dist in distributions(path=[str(folder)])
        for point in dist.entry_points
        if point.group in (BACKENDS, PLUGINS)
    )


@pytest.mark.parametrize("suffix", ["dist-info", "egg-info"])
def test_every_entry_of_our_groups_is_found_as_importlib_finds_it(site, suffix):
    site.install("toasty-acme", ACME, version="2.1", suffix=suffix)
    site.install("Toasty.Other", "[toasty.backends]\nother = o:B\n", suffix=suffix)

    found = find_entry_points([str(site.folder)])

    assert [tuple(point) for point in found] == by_importlib(site.folder)
    assert found[0] == EntryPoint(
        "acme", "toasty_acme:AcmeBackend", "toasty-acme", "2.1", "toasty.backends"
    )
    assert [point.name for point in found] == ["acme", "acme+fast", "notify", "other"]


def test_the_first_folder_on_the_path_wins_for_one_distribution(site, tmp_path):
    site.install("toasty-acme", "[toasty.backends]\nacme = new:B\n", version="2.0")
    old = type(site)(tmp_path / "old")
    old.install("toasty_acme", "[toasty.backends]\nacme = old:B\n", version="1.0")

    found = find_entry_points([str(site.folder), str(old.folder), str(site.folder)])

    assert [(point.target, point.version) for point in found] == [("new:B", "2.0")]


def test_a_zip_on_the_path_is_read_too(site, tmp_path):
    info = site.install("toasty-acme", ACME)
    archive = tmp_path / "plugins.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for member in info.iterdir():
            file.write(member, f"{info.name}/{member.name}")

    zipped = find_entry_points([str(archive)])

    assert zipped == find_entry_points([str(site.folder)])


def test_without_metadata_the_folder_names_the_distribution(site):
    info = site.install("toasty-acme", ACME, version="2.1")
    (info / "METADATA").unlink()

    point = find_entry_points([str(site.folder)])[0]

    assert (point.distribution, point.version) == ("toasty_acme", "2.1")


def test_path_entries_that_are_missing_or_empty_do_no_harm(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert find_entry_points(["", str(tmp_path / "missing"), str(tmp_path)]) == ()


def test_the_path_of_the_interpreter_is_the_default(site):
    site.install("toasty-acme", ACME)

    assert "acme" in [point.name for point in find_entry_points()]


def test_looking_up_plugins_imports_neither_importlib_metadata_nor_pluggy_nor_attrs(site):
    site.install("toasty-acme", "[toasty.backends]\nacme = toasty_acme:AcmeBackend\n")
    code = (
        f"import sys; sys.path.insert(0, {str(site.folder)!r});"
        "from toasty_core.plugins import find_entry_points, load_hooks;"
        "load_hooks({}, [point for point in find_entry_points() if point.name == 'acme']);"
        "print({'importlib.metadata', 'pluggy', 'attrs', 'toasty_acme'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "set()"
