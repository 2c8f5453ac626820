"""The one boundary where exceptions of PyMongo become errors of Toasty's.

https://www.mongodb.com/docs/manual/reference/error-codes/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bson.errors import BSONError
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    InvalidOperation,
    OperationFailure,
    PyMongoError,
)

from toasty_core.errors import (
    ConnectionFailed,
    DatabaseError,
    LockNotAvailable,
    StatementFailed,
)
from toasty_core.url import Url, redact
from toasty_mongo.refusals import first_sentence, user_database

DRIVER_ERRORS = (PyMongoError, BSONError, OverflowError)
"""All that the driver raises; the last for a whole number of more than 64 bits."""

IN_THE_WAY = frozenset({24, 46, 112, 117, 12587})
"""LockTimeout, LockBusy, WriteConflict, ConflictingOperationInProgress, BackgroundOperationInProgress."""
DUPLICATE = frozenset({11000, 11001, 12582})
UNAUTHORIZED = 13
INVALID_NAMESPACE = 73
_GOING = frozenset({11600, 11602, 10107, 13435, 13436, 189, 91, 7, 6, 89, 9001})
"""The server is going down, or is no longer the primary."""
_HINTS = {
    14: "a field has a value of another type than the command needs",
    48: "there is a collection of this name that the migrations do not know; rename or drop it, or take it over"
    " with a baseline",
    59: "this server does not know the command: it may be too old, or not MongoDB's own",
    66: "the _id of a document never changes",
    67: "a collection has 64 indexes at most",
    85: "there is an index on the same fields already, under another name or with other options",
    86: "there is an index of this name already, on other fields or with other options",
    INVALID_NAMESPACE: "a name is not as MongoDB wants it: database and collection have 255 bytes together, and"
    " there are signs that it keeps for itself",
    115: "this server does not know the command: it may be too old, or not MongoDB's own",
    121: "correct the document, or what the migration writes; then run the command again",
    **dict.fromkeys(
        sorted(DUPLICATE),
        "make the values different, or delete documents; then run the command again",
    ),
    10334: "a document has 16 MB at most",
    16493: "a text has 16 MB at most, as a document has",
    17280: "the value is too large for an index",
    17419: "a document has 16 MB at most",
    17420: "a document has 16 MB at most",
}
ROLES = ("readWrite", "dbAdmin")
"""What a user needs who migrates: documents and indexes, and validators."""
_LONGEST = 600


@contextmanager
def translated(url: Url, statement: object = None) -> Iterator[None]:
    """What PyMongo raises inside leaves as an error of ours, without a password."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise as_ours(error, url, statement) from _quiet(error)


def _quiet(error: BaseException) -> BaseException | None:
    """The cause, unless its text could show a secret: PyMongo puts whole URLs into some of its errors."""
    return None if isinstance(error, ConfigurationError) else error


def as_ours(error: BaseException, url: Url, statement: object = None) -> DatabaseError:
    """The error of ours."""
    text = str(statement) if statement is not None else None
    if isinstance(error, AutoReconnect):  # and those of its kind: no server, no primary, timeouts
        return ConnectionFailed(
            f"The connection to MongoDB failed: {_first(error, url)}",
            where=str(url),
            hint="check that the server runs and is reached; then run the command again, which goes on from there",
        )
    if isinstance(error, OperationFailure):
        return _refused(error, url, text)
    what = f"The driver refused it: {_first(error, url)}"
    if isinstance(error, InvalidOperation | ConfigurationError):
        return ConnectionFailed(what, where=str(url))
    return StatementFailed(what, statement=text)


def _refused(error: OperationFailure, url: Url, statement: str | None) -> DatabaseError:
    code, details = _inner(error)
    what = redact(_sentence(error, code, details), url)
    hint = _HINTS.get(INVALID_NAMESPACE if "namespace is too long" in what else code)
    if code == UNAUTHORIZED:
        return _not_allowed(what, url, statement)
    if code in _GOING:
        hint = "the server goes down or another one is the primary now; run the command again"
        return ConnectionFailed(what, where=str(url), hint=hint)
    if code in IN_THE_WAY:
        return LockNotAvailable(what, statement=statement)
    where = str(url) if statement is None else None
    return StatementFailed(what, where=where, hint=hint, statement=statement)


def _not_allowed(what: str, url: Url, statement: str | None) -> StatementFailed:
    """The server names the whole command that it refuses; what it is about says enough.

    https://www.mongodb.com/docs/manual/reference/built-in-roles/
    """
    where = str(url) if statement is None else None
    if url.username is None:
        hint = "write user and password into the URL: mongodb://user:password@host/database?authSource=admin"
        return StatementFailed(what, where=where, hint=hint, statement=statement)
    database, about = _what_is_refused(what, url)
    if about:
        what = f"The user {url.username!r} has no right in the database {database!r} to {about} (error 13)"
    roles = ", ".join(f'{{role: "{role}", db: "{database}"}}' for role in ROLES)
    give = f'db.getSiblingDB("{user_database(url)}").grantRolesToUser("{url.username}", [{roles}])'
    hint = f"an administrator gives it in mongosh: {give}"
    return StatementFailed(what, where=where, hint=hint, statement=statement)


def _what_is_refused(what: str, url: Url) -> tuple[str, str]:
    """The database, and the command that the server refuses in it; empty where it names none."""
    found = re.search(r'not authorized on (\S+) to execute command \{ (\w+): "?([^",}]*)', what)
    if found is None:
        going_on = re.search(r"not authorized for (\w+)", what)
        return url.database, going_on[1] if going_on else ""
    value = found[3].strip()
    return found[1], found[2] if value in ("1", "1.0") else f"{found[2]} {value}"


def _inner(error: OperationFailure) -> tuple[int, Mapping[str, Any]]:
    """The number and the details: those of the first write that was refused, where there are several."""
    details: Mapping[str, Any] = error.details or {}
    if isinstance(error, BulkWriteError):
        found = [*details.get("writeErrors", ()), *details.get("writeConcernErrors", ())]
        if found:
            return int(found[0].get("code", 0)), found[0]
    return int(error.code or 0), details


def _sentence(error: OperationFailure, code: int, details: Mapping[str, Any]) -> str:
    said = str(details.get("errmsg") or error)
    name = details.get("codeName")
    words = f"MongoDB refused it: {_cut(said)}"
    if code == 121 and "errInfo" in details:
        return _validation(details["errInfo"])
    if code in DUPLICATE and details.get("keyValue"):
        values = ", ".join(f"{k} = {v!r}" for k, v in details["keyValue"].items())
        return f"A value stands twice that may stand only once: {values} ({_cut(said)})"
    return f"{words} (error {code}{f', {name}' if name else ''})" if code else words


def _validation(info: Mapping[str, Any]) -> str:
    found = info.get("failingDocumentId")
    return f"The document with _id = {found!r} does not fit the collection's validator: " + _cut(
        "; ".join(_rules(info.get("details", {}))) or str(info.get("details"))
    )


def _rules(details: Mapping[str, Any]) -> Iterator[str]:
    """The rules that a document breaks, in words."""
    for rule in details.get("schemaRulesNotSatisfied", ()):
        for missing in rule.get("missingProperties", ()):
            yield f"{missing} is missing"
        for found in rule.get("propertiesNotSatisfied", ()):
            reasons = [str(item.get("reason", "")) for item in found.get("details", ())]
            values = [item.get("consideredValue") for item in found.get("details", ())]
            yield f"{found.get('propertyName')} = {values[0] if values else '?'!r}: {', '.join(reasons)}"
    for clause in details.get("clausesNotSatisfied", ()):
        yield from _rules(clause.get("details", {}))
    if details.get("operatorName") == "$expr":
        yield f"a check is broken: {details.get('specifiedAs', {}).get('$expr')}"


def _first(error: BaseException, url: Url) -> str:
    """What the driver says, once."""
    return first_sentence(_cut(str(error)), url)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


__all__ = ["DRIVER_ERRORS", "DUPLICATE", "IN_THE_WAY", "as_ours", "translated"]
