"""The portable column types: frozen values, equal when they mean the same, written as `"String(255)"`.

Every type prints as the text that `toasty_core.schema.type_syntax.parse_type` reads back.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Attribute, field, fields, frozen


def _nothing(value: object) -> bool:
    return value is None or value is False


@frozen(repr=False)
class Type:
    """A column's type. `str(type)` is how it stands in a migration file."""

    def __str__(self) -> str:
        return self._call([str(value) for value in self._positional()] + self._named())

    __repr__ = __str__

    def _call(self, arguments: list[str]) -> str:
        name = type(self).__name__
        return f"{name}({', '.join(arguments)})" if arguments else name

    def _positional(self) -> list[object]:
        """The values that stand without a keyword: those of the fields that are not keyword only."""
        values = [getattr(self, a.name) for a in fields(type(self)) if not a.kw_only]
        return [] if all(_nothing(value) for value in values) else values

    def _named(self) -> list[str]:
        pairs = [(a.name, getattr(self, a.name)) for a in fields(type(self)) if a.kw_only]
        defaults = {a.name: a.default for a in fields(type(self))}
        return [f"{name}={value!r}" for name, value in pairs if value != defaults[name]]

    def for_backend(self, backend: str) -> Type:
        """This type as one backend takes it; `Variant` chooses, every other type is itself."""
        return self


# A type without arguments is all that `Type` is, and needs no methods of its own: they would cost each start 2 ms.


def _length(instance: object, attribute: Attribute[int | None], value: int | None) -> None:
    if value is not None and (type(value) is not int or value < 1):
        raise ValueError(f"{attribute.name} must be a whole number from 1, not {value!r}")


@frozen(repr=False)
class String(Type):
    """Text of at most `length` characters; without a length, as long as the database allows."""

    length: int | None = field(default=None, validator=_length)


@frozen(repr=False)
class Char(Type):
    """Text of exactly `length` characters, padded with blanks where the database does so."""

    length: int | None = field(default=None, validator=_length)


class Text(Type):
    """Text without a limit of its own."""

    __slots__ = ()


class SmallInteger(Type):
    """A whole number of 16 bits."""

    __slots__ = ()


class Integer(Type):
    """A whole number of 32 bits."""

    __slots__ = ()


class BigInteger(Type):
    """A whole number of 64 bits."""

    __slots__ = ()


class Boolean(Type):
    """True or false."""

    __slots__ = ()


@frozen(repr=False)
class Float(Type):
    """A binary floating-point number; `precision` in binary digits, as SQL's FLOAT(p)."""

    precision: int | None = field(default=None, validator=_length)


class Double(Type):
    """A binary floating-point number of 64 bits."""

    __slots__ = ()


@frozen(repr=False)
class Decimal(Type):
    """An exact number of `precision` digits, `scale` of them behind the point."""

    precision: int | None = field(default=None, validator=_length)
    scale: int | None = None

    def _positional(self) -> list[object]:
        return [value for value in (self.precision, self.scale) if value is not None]


class Date(Type):
    """A day."""

    __slots__ = ()


@frozen(repr=False)
class Time(Type):
    """A time of day."""

    timezone: bool = field(default=False, kw_only=True)


@frozen(repr=False)
class DateTime(Type):
    """A day and a time; with `timezone`, a point in time wherever it is read."""

    timezone: bool = field(default=False, kw_only=True)


class Interval(Type):
    """A span of time."""

    __slots__ = ()


class Uuid(Type):
    """A universally unique identifier."""

    __slots__ = ()


@frozen(repr=False)
class Binary(Type):
    """Bytes, at most `length` of them."""

    length: int | None = field(default=None, validator=_length)


class Json(Type):
    """Any JSON value."""

    __slots__ = ()


@frozen(repr=False, init=False)
class Enum(Type):
    """One of `values`, in their order. `native=False` keeps them as text where the database has enums.

    `length` is the room for the text in characters, when it is to be more than the longest value.
    """

    name: str | None = None
    values: tuple[str, ...] = ()
    native: bool = True
    length: int | None = None

    def __init__(
        self, *values: str, name: str | None = None, native: bool = True, length: int | None = None
    ) -> None:
        if not values or not all(isinstance(value, str) for value in values):
            raise ValueError("Enum needs at least one value, each a text")
        if len(set(values)) != len(values):
            raise ValueError(f"Enum has a value twice: {', '.join(values)}")
        self.__attrs_init__(name, values, native, length)

    def __str__(self) -> str:
        parts = [repr(value) for value in self.values]
        parts += [f"name={self.name!r}"] if self.name is not None else []
        parts += ["native=False"] if not self.native else []
        parts += [f"length={self.length}"] if self.length is not None else []
        return f"Enum({', '.join(parts)})"

    __repr__ = __str__

    @property
    def width(self) -> int:
        """Room in characters that the text of any value needs."""
        return max(self.length or 0, *(len(value) for value in self.values))


@frozen(repr=False)
class Array(Type):
    """A list of values of one type."""

    item: Type


@frozen(repr=False)
class Field:
    """One field of a `Document`. `renamed_from` is a hint of the models and no part of the type."""

    name: str
    type: Type
    nullable: bool = field(default=False, kw_only=True)
    renamed_from: str | None = field(default=None, kw_only=True, eq=False)

    def __str__(self) -> str:
        tail = ", nullable=True" if self.nullable else ""
        return f"Field({self.name!r}, {self.type}{tail})"

    __repr__ = __str__


@frozen(repr=False, init=False)
class Document(Type):
    """A nested document with known fields: `Document(Field('street', String), Field('zip', Char(5)))`."""

    fields: tuple[Field, ...] = ()

    def __init__(self, *fields: Field) -> None:
        self.__attrs_init__(fields)

    def __str__(self) -> str:
        return f"Document({', '.join(str(item) for item in self.fields)})"

    __repr__ = __str__


@frozen(repr=False)
class Native(Type):
    """A type in the words of one database, the marked way out: `Native('tsvector', backend='postgresql')`."""

    sql: str
    backend: str | None = field(default=None, kw_only=True)

    def _positional(self) -> list[object]:
        return [repr(self.sql)]


@frozen(repr=False, init=False)
class Variant(Type):
    """One type for most backends, others for some: `Variant(Json, postgresql=Native('JSONB'))`."""

    default: Type = field(factory=Text)
    by_backend: tuple[tuple[str, Type], ...] = ()

    def __init__(self, default: Type, by_backend: Mapping[str, Type]) -> None:
        ordered = tuple(sorted(by_backend.items()))
        self.__attrs_init__(default, ordered)

    def __str__(self) -> str:
        parts = [f"{backend}={type_}" for backend, type_ in self.by_backend]
        return f"Variant({', '.join([str(self.default), *parts])})"

    __repr__ = __str__

    def for_backend(self, backend: str) -> Type:
        """The type that `backend` takes."""
        return dict(self.by_backend).get(backend, self.default)


ALL: tuple[type[Type], ...] = (
    String,
    Char,
    Text,
    SmallInteger,
    Integer,
    BigInteger,
    Boolean,
    Float,
    Double,
    Decimal,
    Date,
    Time,
    DateTime,
    Interval,
    Uuid,
    Binary,
    Json,
    Enum,
    Array,
    Document,
    Native,
    Variant,
)
