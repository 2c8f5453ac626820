"""Why a server did not let us in, in words, and what to do."""

from __future__ import annotations

from typing import NamedTuple

from toasty_core.errors import ConnectionFailed
from toasty_core.url import Url, redact

AUTHENTICATION_FAILED = 18
_TLS = ("tls", "ssl")


class _Reason(NamedTuple):
    """Words that stand in what the driver says, and what they mean; `tls`: only with TLS, or only without."""

    words: str
    what: str
    hint: str
    tls: bool | None = None


_REASONS = (
    _Reason(
        "mismatch, certificate is not valid",
        "The server's certificate is for another host",
        "write the host as the certificate has it, or tlsAllowInvalidHostnames=true where you trust the way",
    ),
    _Reason(
        "CERTIFICATE_VERIFY_FAILED",
        "The server's certificate is signed by nobody whom we trust",
        "name the file with the authority's certificate: tlsCAFile=ca.pem in the URL",
    ),
    _Reason(
        "SSL handshake failed",
        "There is no TLS with this server",
        "take tls=true out of the URL, if the server has none",
    ),
    _Reason(
        "connection closed",
        "The server closed the connection instead of answering",
        "a server that wants TLS does so: put tls=true into the URL, and tlsCAFile=ca.pem for an authority of your own",
        tls=False,
    ),
    _Reason(
        "connection closed",
        "The server closed the connection instead of answering",
        "a server that wants a certificate of ours does so: tlsCertificateKeyFile=client.pem in the URL names one"
        " that it trusts",
        tls=True,
    ),
    _Reason(
        "Name or service not known",
        "There is no such host",
        "check the host in the URL",
    ),
    _Reason(
        "nodename nor servname",
        "There is no such host",
        "check the host in the URL",
    ),
    _Reason(
        "No replica set members",
        "The server is not in the replica set that the URL names",
        "check replicaSet in the URL; a server that stands alone is in none",
    ),
    _Reason(
        "No primary available",
        "The replica set has no primary, which takes writes",
        "look at rs.status() on a member; run the command again when there is a primary",
    ),
)


def refusal(error: Exception, url: Url) -> ConnectionFailed:
    """The error of ours for a connection that did not come about."""
    from pymongo.errors import ConfigurationError, OperationFailure

    if isinstance(error, OperationFailure):
        return _not_let_in(error, url)
    text = first_sentence(str(error), url)
    if isinstance(error, ConfigurationError):
        hint = "check the options of the URL, and what has to be installed for them"
        return ConnectionFailed(f"Cannot connect to MongoDB: {text}", where=str(url), hint=hint)
    found = _reason(text, _wants_tls(url))
    if found is not None:
        return ConnectionFailed(f"{found.what}: {text}", where=str(url), hint=found.hint)
    return ConnectionFailed(
        f"Cannot connect to MongoDB: {text}",
        where=str(url),
        hint="check that the server runs and is reached; for one member of a replica set add ?directConnection=true",
    )


def _not_let_in(error: Exception, url: Url) -> ConnectionFailed:
    said = redact(str((getattr(error, "details", None) or {}).get("errmsg", error)), url)
    code = getattr(error, "code", None)
    if code != AUTHENTICATION_FAILED:
        hint = "authMechanism in the URL names another way to log in; without it the usual one is taken"
        return ConnectionFailed(f"MongoDB refuses us: {said}", where=str(url), hint=hint)
    kept = user_database(url)
    return ConnectionFailed(
        f"MongoDB refuses the user {url.username!r}, looked for in the database {kept!r}: {said}",
        where=str(url),
        hint="check the user and the password, in which @ is written %40, : %3A, / %2F and % %25;"
        " ?authSource=admin says where the user is kept",
    )


def _wants_tls(url: Url) -> bool:
    given = {name.lower(): value.lower() for name, value in url.query}
    return any(given.get(name) == "true" for name in _TLS) or url.driver == "srv"


def _reason(text: str, tls: bool) -> _Reason | None:
    fits = (one for one in _REASONS if one.words in text and one.tls in (None, tls))
    return next(fits, None)


def user_database(url: Url) -> str:
    """The database in which the server looks for the URL's user."""
    given = {name.lower(): value for name, value in url.query}
    return given.get("authsource") or url.database or "admin"


def first_sentence(text: str, url: Url) -> str:
    """What the driver says, without secrets: its errors repeat themselves for every server."""
    for end in (", Timeout:", " (configured timeouts"):
        text = text.partition(end)[0]
    return redact(" ".join(text.split()), url)


__all__ = ["AUTHENTICATION_FAILED", "first_sentence", "refusal", "user_database"]
