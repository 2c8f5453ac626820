"""What stands behind a field of a model: `key()`, `field()`, `reference()`."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Literal, TypeAlias, overload

from attrs import field as attribute
from attrs import frozen

from toasty_core.schema.columns import Options
from toasty_core.schema.constraints import Action, Deferral
from toasty_core.schema.types import Type
from toasty_core.schema.values import Auto, Expression, Generated

TypeLike: TypeAlias = Type | type[Type] | str
"""A column type as a value, a class of types, or a text."""


class Unsaid(Enum):
    """The place of a value that may itself be None."""

    UNSAID = "unsaid"


UNSAID = Unsaid.UNSAID


@frozen(eq=False, kw_only=True)
class Link:
    """A foreign key as a model says it: the target is a model class, or the name of one."""

    target: type | str
    columns: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    name: str | None = None
    on_delete: Action | str | None = None
    on_update: Action | str | None = None
    deferral: Deferral | str | None = None


@frozen(eq=False, kw_only=True)
class Spec:
    """All that a field says beside its name and its annotation. UNSAID: nothing about it."""

    default: Any = UNSAID
    factory: Callable[[], Any] | None = None
    server_default: Any = UNSAID
    init: bool = True
    name: str | None = None
    type: TypeLike | None = None
    nullable: bool | None = None
    key: bool = False
    auto: Auto | bool = False
    link: Link | None = None
    unique: bool | str = False
    index: bool | str = False
    generated: Generated | Expression | str | None = None
    collation: str | None = None
    comment: str | None = None
    options: Options = attribute(factory=dict)
    renamed_from: str | None = None


PLAIN = Spec()
"""What a field says that has an annotation and no more."""


@overload
def key(
    *,
    auto: Literal[False] = ...,
    default: Any = ...,
    factory: Callable[[], Any] | None = ...,
    server_default: Any = ...,
    init: bool = ...,
    name: str | None = ...,
    type: TypeLike | None = ...,
    collation: str | None = ...,
    comment: str | None = ...,
    options: Options | None = ...,
    renamed_from: str | None = ...,
) -> Any: ...
@overload
def key(
    *,
    auto: Auto | Literal[True],
    init: Literal[False] = False,
    name: str | None = ...,
    type: TypeLike | None = ...,
    comment: str | None = ...,
    options: Options | None = ...,
    renamed_from: str | None = ...,
) -> Any: ...
def key(
    *,
    auto: Auto | bool = False,
    default: Any = UNSAID,
    factory: Callable[[], Any] | None = None,
    server_default: Any = UNSAID,
    init: bool = True,
    name: str | None = None,
    type: TypeLike | None = None,
    collation: str | None = None,
    comment: str | None = None,
    options: Options | None = None,
    renamed_from: str | None = None,
) -> Any:
    """A field of the primary key. Several of them, in their order, are a compound key.

    `auto=True`: the database gives the value, a number for `int` and a random one for `uuid.UUID`;
    it is None in a new object. The other arguments are those of `field`.

    For mypy a key is no argument of the constructor, as most keys are `auto`; write
    `code: str = key(init=True)` for one that the program gives. Pyright knows by itself, and at run
    time the constructor takes every key.

    ```python
    @model
    class Line:
        order_id: int = key(init=True)
        number: int = key(init=True)
    ```
    """
    return Spec(
        key=True,
        auto=auto,
        default=default,
        factory=factory,
        server_default=server_default,
        name=name,
        type=type,
        collation=collation,
        comment=comment,
        options=options or {},
        renamed_from=renamed_from,
    )


def field(
    *,
    default: Any = UNSAID,
    factory: Callable[[], Any] | None = None,
    server_default: Any = UNSAID,
    init: bool = True,
    name: str | None = None,
    type: TypeLike | None = None,
    nullable: bool | None = None,
    unique: bool | str = False,
    index: bool | str = False,
    generated: Generated | Expression | str | None = None,
    collation: str | None = None,
    comment: str | None = None,
    options: Options | None = None,
    renamed_from: str | None = None,
) -> Any:
    """A field with more to say than its annotation and a default.

    :param default: of the constructor, and of the column. `now()`, `uuid()` and `expr("...")` are
        the column's alone: the new object holds None. A mutable value needs `factory`.
    :param factory: makes the constructor's default; the column has none.
    :param server_default: the column's default where it is another one; None for no default.
    :param init: False takes the field out of the constructor.
    :param name: the column's name, when it is not the field's.
    :param type: the column's type, e.g. `"String(255)"`, when the annotation does not say enough.
    :param nullable: whether the column takes null; without it, `X | None` does.
    :param unique: True makes the unique index `idx_<table>_<column>`; a text names it otherwise.
    :param index: the same for an index that is not unique.
    :param generated: the expression that the database computes the column from, stored on disk;
        `Generated(..., stored=False)` is computed when read.
    :param collation: the database's name of an order of text.
    :param comment: kept in the database, where it can.
    :param options: settings by backend, e.g. `{"sqlite": {"on_conflict_not_null": "IGNORE"}}`.
    :param renamed_from: the column's name before, so that `generate` keeps its values.
    """
    return Spec(
        default=default,
        factory=factory,
        server_default=server_default,
        init=init,
        name=name,
        type=type,
        nullable=nullable,
        unique=unique,
        index=index,
        generated=generated,
        collation=collation,
        comment=comment,
        options=options or {},
        renamed_from=renamed_from,
    )


def reference(
    target: type | str,
    column: str | None = None,
    *,
    on_delete: Action | str | None = None,
    on_update: Action | str | None = None,
    deferral: Deferral | str | None = None,
    constraint: str | None = None,
    key: bool = False,
    default: Any = UNSAID,
    init: bool = True,
    name: str | None = None,
    nullable: bool | None = None,
    unique: bool | str = False,
    index: bool | str = False,
    comment: str | None = None,
    options: Options | None = None,
    renamed_from: str | None = None,
) -> Any:
    """A field that points at a row of another model: a column and its foreign key.

    The column has the type of the field pointed at; the annotation says only if it may be null. A
    compound key is pointed at with `foreign_key()` in `@model(foreign_keys=[...])`.

    :param target: a model, or its name when it stands further down: `reference("Team")`.
    :param column: the field pointed at, when it is not the target's key.
    :param on_delete: `"cascade"`, `"restrict"`, `"set null"`, `"set default"` or `"no action"`.
    :param on_update: the same for a key that changes.
    :param deferral: `"deferrable"` or `"deferred"` checks at the commit, where the database can.
    :param constraint: the foreign key's name; without one it is known by what it is.
    :param key: True makes it a part of the primary key, too.

    The other arguments are those of `field`.

    ```python
    author_id: int = reference(User, on_delete="cascade")
    ```
    """
    link = Link(
        target=target,
        references=(column,) if column else (),
        name=constraint,
        on_delete=on_delete,
        on_update=on_update,
        deferral=deferral,
    )
    return Spec(
        link=link,
        key=key,
        default=default,
        init=init,
        name=name,
        nullable=nullable,
        unique=unique,
        index=index,
        comment=comment,
        options=options or {},
        renamed_from=renamed_from,
    )
