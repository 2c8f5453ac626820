"""What the user says about a change that the schemas alone do not tell."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from attrs import Factory, field, frozen

from toasty_core.errors import UsageError
from toasty_core.schema.values import Default


class RenameKind(Enum):
    """What is renamed."""

    TABLE = "table"
    COLUMN = "column"
    FIELD = "field"


@frozen
class Rename:
    """What is called `new` now was `old` before: `Rename("users", "accounts")`, `Rename("users.email", "users.mail")`.

    A column is written with its table's new name; the old one will do, too. A field of a nested document is written
    with its path, `Rename("orders.address.zip", "orders.address.postcode")`. `kind` is read off the names
    when it is not given: a dot makes a column, unless both are tables (`sales.orders`).
    """

    old: str
    new: str
    kind: RenameKind = field(default=Factory(lambda self: _kind(self.old), takes_self=True))


def _kind(old: str) -> RenameKind:
    return RenameKind.COLUMN if "." in old else RenameKind.TABLE


@frozen
class NoRename:
    """What was called `old` is gone and has no new name: do not ask again. Written as in `Rename`."""

    old: str
    kind: RenameKind = field(default=Factory(lambda self: _kind(self.old), takes_self=True))


@frozen
class Fill:
    """The value that rows which are there already get in a column: a literal, or `expr("...")`.

    `column` may be the path of a field in nested documents: `address.country`.
    """

    table: str
    column: str
    value: Default


def _renames(items: Iterable[Rename]) -> tuple[Rename, ...]:
    return tuple(items)


def _fills(items: Iterable[Fill]) -> tuple[Fill, ...]:
    return tuple(items)


def _no_renames(items: Iterable[NoRename]) -> tuple[NoRename, ...]:
    return tuple(items)


@frozen
class Answers:
    """All answers. With `no_renames`, whatever could be a rename and is not named in `renames` is none."""

    renames: tuple[Rename, ...] = field(default=(), converter=_renames)
    no_renames: bool = False
    fills: tuple[Fill, ...] = field(default=(), converter=_fills)
    not_renamed: tuple[NoRename, ...] = field(default=(), converter=_no_renames)

    def merged(self, other: Answers) -> Answers:
        """These answers and `other`, whose fills come last and win."""
        return Answers(
            (*self.renames, *(item for item in other.renames if item not in self.renames)),
            self.no_renames or other.no_renames,
            (*self.fills, *other.fills),
            (*self.not_renamed, *other.not_renamed),
        )


def parse_rename(text: str) -> Rename:
    """The rename that `users=accounts` or `users.email=users.mail` means.

    Raises UsageError when there is no `=`, or nothing on one of its sides.
    """
    old, equals, new = (part.strip() for part in text.partition("="))
    if not (old and equals and new):
        raise UsageError(
            f"cannot read the rename {text!r}",
            hint="write OLD=NEW: users=accounts, or users.email=users.mail",
        )
    return Rename(old, new)
