"""The form of a backend: what its statements depend on, as text for the journal, and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from toasty_mysql.flavour import Flavour, ServerVersion

if TYPE_CHECKING:
    from toasty_mysql.backend import MysqlBackend
    from toasty_mysql.collations import TextDefaults


def form_text(backend: MysqlBackend) -> str:
    """The form of a backend, as JSON."""
    values = {
        "flavour": backend.flavour.value,
        "version": list(backend.version),
        "large": sorted(backend.large),
    }
    return json.dumps(values)


def read_form(text: str, texts: TextDefaults | None) -> MysqlBackend | None:
    """The backend of a form; None for a text that is none. `texts` is the character set of the database."""
    from toasty_mysql.backend import MysqlBackend

    try:
        values = json.loads(text)
        server = ServerVersion(Flavour(values["flavour"]), tuple(map(int, values["version"])))
        return MysqlBackend.of(server, map(str, values["large"]), texts)
    except (KeyError, TypeError, ValueError):
        return None
