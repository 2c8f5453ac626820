"""`migrate:status`."""

from __future__ import annotations

import re

from .users_project import FIRST, SECOND, URL


def test_status_is_a_table_and_a_count(project):
    project.run("migrate:up", *URL, "--count", "1")
    shown = project.run("migrate:status", *URL)

    assert shown.code == 0
    head, first, second, gap, summary = shown.out.splitlines()
    assert head.split() == ["version", "state", "applied", "at"]
    assert re.fullmatch(rf"{FIRST} +applied +\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC", first)
    assert second.split() == [SECOND, "pending", "-"]
    assert gap == ""
    assert summary == "1 applied, 1 pending"


def test_status_without_migrations(workspace):
    assert workspace.run("migrate:status", *URL).out == "No migrations yet.\n"


def test_status_checks_if_it_is_asked_to(project):
    assert project.run("migrate:status", *URL, "--check").code == 3
    project.run("migrate:up", *URL)
    assert project.run("migrate:status", *URL, "--check").code == 0


def test_status_as_json(project):
    project.run("migrate:up", *URL, "--count", "1")
    found = project.run("migrate:status", *URL, "--json").json

    assert found["pending"] == 1
    assert [entry["state"] for entry in found["migrations"]] == ["applied", "pending"]
    assert found["migrations"][0]["version"] == FIRST
    assert found["migrations"][0]["applied_at"].endswith("+00:00")
    assert found["locked_by"] is None
