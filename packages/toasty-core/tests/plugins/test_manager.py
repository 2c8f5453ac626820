"""Loading plug-ins: all of them, the ones picked, or none; and what is wrong with a broken one."""

from __future__ import annotations

import inspect

import pytest

from toasty_core.errors import ConfigError, PluginError
from toasty_core.plugins import find_entry_points, load_hooks, plugin_manager

LISTENER = """
    from toasty_core.plugins import hookimpl

    @hookimpl
    def toasty_before_migration(step):
        step.append(__name__)
"""


def install_plugin(site, name, source=LISTENER):
    site.install(f"dist-{name}", f"[toasty.plugins]\n{name} = {name}_plugin\n")
    site.module(f"{name}_plugin", source)


def called(hooks) -> list[str]:
    step: list[str] = []
    hooks.before_migration(step)
    return step


def points(site):
    return find_entry_points([str(site.folder)])


def test_without_a_choice_every_plugin_is_loaded(site):
    install_plugin(site, "audit")
    install_plugin(site, "notify")

    hooks = load_hooks({}, points(site))

    assert sorted(called(hooks)) == ["audit_plugin", "notify_plugin"]
    assert hooks.names == ("dist-audit:audit", "dist-notify:notify")


def test_the_variable_picks_by_name(site):
    install_plugin(site, "audit")
    install_plugin(site, "notify")

    hooks = load_hooks({"TOASTY_PLUGINS": " notify, "}, points(site))

    assert called(hooks) == ["notify_plugin"]


@pytest.mark.parametrize("empty", ["", "  "])
def test_the_empty_variable_loads_none(site, empty):
    install_plugin(site, "broken", "1 / 0")

    hooks = load_hooks({"TOASTY_PLUGINS": empty}, points(site))

    assert hooks.names == ()


def test_a_name_that_is_not_installed_is_an_error_with_the_nearest_one(site):
    install_plugin(site, "notify")

    with pytest.raises(ConfigError) as caught:
        load_hooks({"TOASTY_PLUGINS": "notfy"}, points(site))

    assert "'notfy', which is not installed (installed: notify)" in caught.value.what
    assert caught.value.hint == "did you mean 'notify'?"


def test_one_module_under_two_names_is_called_once(site):
    site.install("dist", "[toasty.plugins]\na = same\nb = same\n")
    site.module("same", LISTENER)

    assert called(load_hooks({}, points(site))) == ["same"]


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("1 / 0", "ZeroDivisionError"),
        (LISTENER.replace("before_migration", "befor_migration"), "toasty_befor_migration"),
        (LISTENER.replace("(step)", "(stepp)"), "stepp"),
    ],
)
def test_a_broken_plugin_is_named_with_its_cause(site, source, cause):
    install_plugin(site, "notify", source)

    with pytest.raises(PluginError) as caught:
        load_hooks({}, points(site))

    assert "'notify' of dist-notify 1.0" in caught.value.what
    assert cause in caught.value.what
    assert "notify_plugin" in (caught.value.where or "")


def test_every_hook_is_documented_with_each_of_its_arguments():
    hooks = vars(plugin_manager({}, ()).hook)
    callers = [caller for name, caller in hooks.items() if name.startswith("toasty_")]

    assert len(callers) == 10
    for caller in callers:
        doc = inspect.getdoc(caller.spec.function) or ""
        assert all(f":param {name}:" in doc for name in caller.spec.argnames), caller.name
