"""MariaDB's sequences, without what goes without saying. https://mariadb.com/kb/en/create-sequence/"""

from __future__ import annotations

from attrs import evolve

from toasty_core.backends import only_for
from toasty_core.schema.snapshot import SequenceDef
from toasty_mysql.flavour import Flavour

_LARGEST = 2**63 - 2
_CACHE = 1000


def plain_sequence(sequence: SequenceDef) -> SequenceDef:
    """The sequence without its usual settings, and for no backend in particular."""
    increment = 1 if sequence.increment is None else sequence.increment
    up = increment >= 0
    least, most = (1, _LARGEST) if up else (-_LARGEST - 1, -1)
    minimum = least if sequence.minimum is None else sequence.minimum
    maximum = most if sequence.maximum is None else sequence.maximum
    first = minimum if up else maximum
    return evolve(
        sequence,
        start=_unless(sequence.start, first),
        increment=_unless(sequence.increment, 1),
        minimum=_unless(sequence.minimum, least),
        maximum=_unless(sequence.maximum, most),
        cache=_unless(sequence.cache, _CACHE),
        only=(),
    )


def is_for(sequence: SequenceDef, flavour: Flavour) -> bool:
    """Is it for this server? `only="mariadb"` says that MySQL, which has none, does without it."""
    names = ("mysql", "mariadb") if flavour is Flavour.MARIADB else ("mysql",)
    return any(only_for(name, sequence.only) for name in names)


def _unless(value: int | None, usual: int) -> int | None:
    return None if value == usual else value
