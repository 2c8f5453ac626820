"""`toasty backends`."""

from __future__ import annotations


def test_backends_are_listed(workspace):
    shown = workspace.run("backends", "sqlite")

    assert shown.code == 0
    assert shown.out.splitlines()[1].split() == ["sqlite", "sqlite", "toasty-sqlite", "0.1.0"]


def test_features_of_a_backend_come_with_reasons(workspace):
    shown = workspace.run("backends", "sqlite", "--features")
    found = workspace.run("backends", "sqlite", "--json").json["backends"][0]

    assert "transactional ddl" in shown.out
    assert found["features"]["transactional_ddl"] == "native"
    assert all(found["reasons"].values())


def test_an_unknown_backend_gets_the_nearest_one(workspace):
    failed = workspace.run("backends", "sqlit")

    assert failed.code == 2
    assert "did you mean 'sqlite'?" in failed.err
