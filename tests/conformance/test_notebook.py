"""The example of somebody else's backend passes the kit: its own tests, run with ours."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

FILE = Path(__file__).parents[2] / "examples/toasty-notebook/tests/test_conformance.py"


def _load():
    spec = spec_from_file_location("toasty_notebook_conformance", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


TestNotebook = _load().TestNotebook
