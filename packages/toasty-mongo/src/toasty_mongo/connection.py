"""From a URL to a connected client.

mongodb://user:password@host:27017/database         one server; all of MongoDB's own options may follow
mongodb://a,b,c/database?replicaSet=rs              a replica set
mongodb+srv://user:password@cluster.example/database    the servers stand in DNS (needs pymongo[srv])

?database=NAME              the database, where the path is not to name it
?batchSize=DOCUMENTS        how many documents a range of a transformation has (10000)
?batchPause=SECONDS         how long to wait between two ranges (0)

https://www.mongodb.com/docs/manual/reference/connection-string/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from toasty_core.errors import ConnectionFailed, UrlError
from toasty_core.url import Url, redact

if TYPE_CHECKING:
    from pymongo import MongoClient

_FORM = "write mongodb://user:password@host:27017/database"
_OWN = ("database", "batchsize", "batchpause")
_PATIENCE = 10_000
"""Milliseconds to look for a server, where the URL says nothing."""
RANGE = 10_000


class Place(NamedTuple):
    """What a URL names, read and found right."""

    url: Url
    uri: str
    """The URL for the driver, without what is ours."""
    database: str
    range_size: int = RANGE
    pause: float = 0.0


def read_place(url: Url) -> Place:
    """The place that a URL names. Raises UrlError with what to write."""
    if url.driver not in (None, "srv", "pymongo"):
        what = f"Toasty knows no driver {url.driver!r} for MongoDB: it uses PyMongo."
        raise UrlError(what, where=str(url), hint=_FORM)
    own = {name.lower(): value for name, value in url.query if name.lower() in _OWN}
    database = own.get("database") or url.database
    if not database or any(sign in database for sign in '/\\. "$'):
        what = (
            "The URL names no database." if not database else f"No database is called {database!r}."
        )
        raise UrlError(what, where=str(url), hint=f"{_FORM}, or add ?database=NAME")
    size, pause = own.get("batchsize", str(RANGE)), own.get("batchpause", "0")
    return Place(
        url,
        _uri(url),
        database,
        int(_number(url, "batchSize", size, 1)),
        _number(url, "batchPause", pause, 0),
    )


def _number(url: Url, name: str, text: str, least: float) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if found < least:
        what = f"The option {name}={text} is no number from {least:g} on."
        raise UrlError(what, where=str(url))
    return found


def _uri(url: Url) -> str:
    body, _, query = url.raw.partition("?")
    kept = [
        item for item in query.split("&") if item and item.partition("=")[0].lower() not in _OWN
    ]
    scheme, colon, rest = body.partition(":")
    scheme = scheme.lower().replace("+pymongo", "")
    return f"{scheme}{colon}{rest}" + (f"?{'&'.join(kept)}" if kept else "")


def open_place(place: Place) -> MongoClient[Any]:
    """A client whose server has answered. Raises UrlError and ConnectionFailed with what to do."""
    from bson.errors import BSONError
    from pymongo.errors import PyMongoError

    client = _client(place)
    try:
        client.admin.command("ping")
    except (PyMongoError, BSONError) as error:
        client.close()
        raise _refusal(error, place.url) from None
    return client


def _client(place: Place) -> MongoClient[Any]:
    """The client; what PyMongo only warns of, such as an option that it does not know, is an error."""
    import warnings

    from pymongo import MongoClient
    from pymongo.errors import ConfigurationError, InvalidURI

    settings: dict[str, Any] = {"appname": "toasty", "uuidRepresentation": "standard"}
    given = {name.lower() for name, _ in place.url.query}
    if "serverselectiontimeoutms" not in given:
        settings["serverSelectionTimeoutMS"] = _PATIENCE
    if "w" not in given:
        settings["w"] = "majority"
    settings = {name: value for name, value in settings.items() if name.lower() not in given}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            return MongoClient(place.uri, **settings)
    except (ConfigurationError, InvalidURI, ValueError, TypeError, UserWarning) as error:
        said = redact(str(error), place.url)
        if "srv" in place.url.raw.partition(":")[0] and "dnspython" in said:
            hint = "pip install 'pymongo[srv]'"
        else:
            hint = f"{_FORM}; options are those of MongoDB"
        raise UrlError(f"The URL cannot be used: {said}", where=str(place.url), hint=hint) from None


def _refusal(error: Exception, url: Url) -> ConnectionFailed:
    from pymongo.errors import OperationFailure

    if isinstance(error, OperationFailure) and error.code == 18:
        said = redact(str((error.details or {}).get("errmsg", error)), url)
        return ConnectionFailed(
            f"MongoDB refuses the user {url.username!r}: {said}",
            where=str(url),
            hint="check the user and the password; ?authSource=admin says where the user is kept",
        )
    text = redact(str(error), url).partition(", Timeout:")[0].partition(" (configured timeouts")[0]
    return ConnectionFailed(
        f"Cannot connect to MongoDB: {text}",
        where=str(url),
        hint="check that the server runs and is reached; for one member of a replica set add ?directConnection=true",
    )


def close_client(client: MongoClient[Any]) -> None:
    """Ends the client. Its monitors have been told to stop by then; the end of the process need not wait for them.

    PyMongo waits half a second for threads that sleep and would do nothing any more.
    """
    client.close()
    from pymongo import periodic_executor

    waiting: set[Any] = getattr(periodic_executor, "_EXECUTORS", None) or set()
    for reference in list(waiting):
        executor = reference()
        if executor is None or getattr(executor, "_stopped", False):
            waiting.discard(reference)
