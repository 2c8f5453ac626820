"""The backend for a scheme: one is imported, and three failures are told apart."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from toasty_core.errors import BackendConflict, BackendNotInstalled, PluginError
from toasty_core.plugins import EntryPoint, Hooks, backend_for, installed_backends, load_hooks

BACKEND = """
    class {name}:
        name = "acme"
"""


def install_acme(site, distribution="toasty-acme", module="toasty_acme", source=BACKEND):
    site.install(distribution, f"[toasty.backends]\nacme = {module}:AcmeBackend\n")
    site.module(module, source.format(name="AcmeBackend"))


def points(site) -> tuple[EntryPoint, ...]:
    return installed_backends([str(site.folder)])


def test_a_scheme_gives_an_instance_of_the_backend(site):
    install_acme(site)

    backend = backend_for("ACME")

    assert type(backend).__name__ == "AcmeBackend"
    assert type(backend).__module__ == "toasty_acme"


def test_no_other_backend_is_imported(site):
    install_acme(site)
    site.install("toasty-other", "[toasty.backends]\nother = toasty_broken:B\n")
    site.module("toasty_broken", "raise RuntimeError('must not be imported')")

    backend_for("acme")

    assert "toasty_broken" not in sys.modules


def test_installed_backends_are_listed_without_importing_them(site):
    install_acme(site)
    site.install("acme-notify", "[toasty.plugins]\nnotify = acme_notify\n")

    assert points(site) == (EntryPoint("acme", "toasty_acme:AcmeBackend", "toasty-acme", "1.0"),)
    assert "toasty_acme" not in sys.modules


@pytest.mark.parametrize(
    ("scheme", "hint"),
    [
        ("sqlite", "pip install toasty-sqlite"),
        ("postgres", "pip install toasty-postgres"),
        ("mariadb", "pip install toasty-mysql"),
        ("mongodb+srv", "pip install toasty-mongo"),
        ("dynamodb", "pip install toasty-dynamo"),
        ("acmee", "did you mean 'acme'?"),
        ("postgressql", "did you mean 'postgresql'?"),
        ("zzz", "install the package that brings it with pip"),
    ],
)
def test_an_unknown_scheme_says_what_to_install_and_what_is_there(site, scheme, hint):
    install_acme(site)

    with pytest.raises(BackendNotInstalled) as caught:
        backend_for(scheme, installed=points(site))

    assert caught.value.what == (
        f"No installed package answers to '{scheme}:' URLs (installed: acme)."
    )
    assert (caught.value.hint or "").startswith(hint)
    assert caught.value.exit_code == 2


def test_with_no_backend_at_all_the_error_says_so():
    with pytest.raises(BackendNotInstalled, match=r"\(installed: none\)"):
        backend_for("sqlite", installed=())


def test_two_distributions_for_one_scheme_are_both_named(site):
    install_acme(site)
    install_acme(site, "my-acme", "my_acme")

    with pytest.raises(BackendConflict) as caught:
        backend_for("acme")

    assert caught.value.what == (
        "More than one installed package answers to 'acme:' URLs: my-acme 1.0 and toasty-acme 1.0."
    )
    assert "pip uninstall toasty-acme" in (caught.value.hint or "")
    assert not {"my_acme", "toasty_acme"} & set(sys.modules)


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import no_such_driver", "ModuleNotFoundError: No module named 'no_such_driver'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("x = 1", "AttributeError: module 'toasty_acme' has no attribute 'AcmeBackend'"),
        ("AcmeBackend = 7", "no class"),
        ("def AcmeBackend(): raise ValueError('no')", "cannot be created: ValueError: no"),
    ],
)
def test_a_backend_that_is_broken_itself_is_named_with_the_cause(site, source, cause):
    install_acme(site, source=source)

    with pytest.raises(PluginError) as caught:
        backend_for("acme")

    assert "toasty-acme 1.0" in caught.value.what
    assert cause in caught.value.what
    assert "toasty_acme:AcmeBackend" in (caught.value.where or "")


def test_a_missing_module_of_the_plugin_is_the_plugins_fault_too(site):
    site.install("toasty-acme", "[toasty.backends]\nacme = not_there:AcmeBackend\n")

    with pytest.raises(PluginError, match="No module named 'not_there'"):
        backend_for("acme")


def test_a_plugin_can_offer_a_backend_before_the_entry_points_are_asked(site):
    install_acme(site)
    site.install("wrapper", "[toasty.plugins]\nwrapper = wrapper\n")
    site.module(
        "wrapper",
        """
        from toasty_core.plugins import hookimpl

        @hookimpl
        def toasty_backend(scheme):
            return "wrapped" if scheme == "acme" else None
        """,
    )
    hooks = load_hooks({})

    wrapped: Any = backend_for("acme", hooks)
    assert wrapped == "wrapped"
    assert type(backend_for("acme", Hooks())).__name__ == "AcmeBackend"
