"""From a URL to a connected client.

mongodb://user:password@host:27017/database         one server; all of MongoDB's own options may follow
mongodb://a,b,c/database?replicaSet=rs              a replica set
mongodb+srv://user:password@cluster.example/database    the servers stand in DNS (needs pymongo[srv])

?database=NAME              the database, where the path is not to name it (it wins over the path)
?batchSize=DOCUMENTS        how many documents a range of a transformation has at most (50000)
?batchPause=SECONDS         how long to wait between two ranges (0)

https://www.mongodb.com/docs/manual/reference/connection-string/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from toasty_core.errors import UrlError, suggest
from toasty_core.url import Url, redact

if TYPE_CHECKING:
    from pymongo import MongoClient

_FORM = "write mongodb://user:password@host:27017/database"
_OWN = ("database", "batchSize", "batchPause")
OPTIONS = (
    *("appName", "authMechanism", "authMechanismProperties", "authSource", "compressors"),
    *("connectTimeoutMS", "directConnection", "heartbeatFrequencyMS", "journal", "loadBalanced"),
    *("localThresholdMS", "maxConnecting", "maxIdleTimeMS", "maxPoolSize", "maxStalenessSeconds"),
    *("minPoolSize", "readConcernLevel", "readPreference", "readPreferenceTags", "replicaSet"),
    *("retryReads", "retryWrites", "serverMonitoringMode", "serverSelectionTimeoutMS"),
    *("socketTimeoutMS", "srvMaxHosts", "srvServiceName", "ssl", "timeoutMS", "tls"),
    *("tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames", "tlsCAFile"),
    *("tlsCertificateKeyFile", "tlsCertificateKeyFilePassword", "tlsCRLFile"),
    *("tlsDisableOCSPEndpointCheck", "tlsInsecure", "uuidRepresentation", "w"),
    *("waitQueueTimeoutMS", "wTimeoutMS", "zlibCompressionLevel"),
)
"""MongoDB's own options of a URL, as its manual writes them: for near names. What is right, PyMongo knows."""
_OURS: dict[str, Any] = {
    "readPreference": "primary",
    "uuidRepresentation": "standard",
    "tz_aware": False,
}
"""What a URL that was written for an application may say otherwise: a migration reads what it wrote."""
_PATIENCE = 10_000
"""Milliseconds to look for a server, where the URL says nothing: as long as an election takes."""
_AT_ONCE = 1.0
"""Seconds after which nobody is waited for, if no server is there at all."""
_LONGEST = 63
"""Bytes in the name of a database."""
RANGE = 50_000


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
    if not url.hosts:
        raise UrlError("The URL names no host.", where=str(url), hint=_FORM)
    given = {name.lower(): value for name, value in url.query}
    if given.get("w") == "0":
        what = "With w=0 nobody learns whether a write was done, and nothing could be relied on."
        raise UrlError(what, where=str(url), hint="leave it out: Toasty writes with w=majority")
    size, pause = given.get("batchsize", str(RANGE)), given.get("batchpause", "0")
    return Place(
        url,
        _uri(url),
        _database(url, given.get("database") or url.database),
        int(_number(url, "batchSize", size, 1)),
        _number(url, "batchPause", pause, 0),
    )


def _database(url: Url, name: str) -> str:
    """The name, if it may be one: https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions"""
    if not name:
        what = "The URL names no database."
    elif any(sign in name for sign in '/\\. "$'):
        what = f"No database is called {name!r}."
    elif len(name.encode()) > _LONGEST:
        what = f"The database's name is longer than {_LONGEST} bytes: {name}"
    else:
        return name
    raise UrlError(what, where=str(url), hint=f"{_FORM}, or add ?database=NAME")


def _number(url: Url, name: str, text: str, least: float) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not least <= found < float("inf"):
        what = f"The option {name}={text} is no number from {least:g} on."
        raise UrlError(what, where=str(url))
    return found


def _uri(url: Url) -> str:
    own = {name.lower() for name in _OWN}
    body, _, query = url.raw.partition("?")
    kept = [item for item in query.split("&") if item and item.partition("=")[0].lower() not in own]
    scheme, colon, rest = body.partition(":")
    scheme = scheme.lower().replace("+pymongo", "")
    return f"{scheme}{colon}{rest}" + (f"?{'&'.join(kept)}" if kept else "")


def open_place(place: Place) -> MongoClient[Any]:
    """A client whose server has answered. Raises UrlError and ConnectionFailed with what to do."""
    from bson.errors import BSONError
    from pymongo.errors import PyMongoError

    client = _client(place)
    try:
        _greet(client, place.url)
    except (PyMongoError, BSONError) as error:
        client.close()
        from toasty_mongo.refusals import refusal

        raise refusal(error, place.url) from None
    return client


def _greet(client: MongoClient[Any], url: Url) -> None:
    """Waits for a server that answers, but not for one that is not there."""
    import pymongo
    from pymongo.errors import PyMongoError

    if any(name.lower() == "serverselectiontimeoutms" for name, _ in url.query):
        client.admin.command("ping")
        return
    try:
        with pymongo.timeout(_AT_ONCE):
            client.admin.command("ping")
    except PyMongoError as error:
        if not error.timeout or _nobody_there(client):
            raise
        client.admin.command("ping")


def _nobody_there(client: MongoClient[Any]) -> bool:
    """Is every server that we know of out of reach, and none about to be elected?"""
    servers = client.topology_description.server_descriptions().values()
    return all(server.error is not None for server in servers)


def _client(place: Place) -> MongoClient[Any]:
    """The client; what PyMongo only warns of, such as an option that it does not know, is an error."""
    import warnings

    from pymongo import MongoClient
    from pymongo.errors import ConfigurationError, InvalidURI

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            return MongoClient(place.uri, **_settings(place.url))
    except (ConfigurationError, InvalidURI, ValueError, TypeError, UserWarning, OSError) as error:
        raise _not_usable(error, place.url) from None


def _settings(url: Url) -> dict[str, Any]:
    """What the driver is told besides the URL."""
    given = {name.lower() for name, _ in url.query}
    usual = {"appname": "toasty", "serverSelectionTimeoutMS": _PATIENCE, "w": "majority"}
    return {**{name: each for name, each in usual.items() if name.lower() not in given}, **_OURS}


def _not_usable(error: Exception, url: Url) -> UrlError:
    said = redact(str(error), url)
    hint = f"{_FORM}; options are those of MongoDB"
    if isinstance(error, OSError) and not isinstance(error, ValueError):
        said = f"a file that its options name cannot be used: {said}"
        hint = "check the paths in tlsCAFile, tlsCertificateKeyFile and tlsCRLFile, and what stands in the files"
    if said.startswith("Unknown option: "):
        unknown = said.partition(": ")[2].partition(".")[0]
        said = f"MongoDB has no option {unknown!r}."
        hint = suggest(unknown, (*OPTIONS, *_OWN)) or f"its options are {', '.join(OPTIONS)}"
    if url.driver == "srv" and "dnspython" in said:
        hint = "pip install 'pymongo[srv]'"
    elif url.driver == "srv" and "DNS" in said:
        hint = "check the name; where DNS is out of reach, write mongodb:// with the servers themselves"
    if "password is required" in said:
        hint = f"{_FORM}; ?authSource=admin says where the user is kept"
    return UrlError(f"The URL cannot be used: {said}", where=str(url), hint=hint)


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
