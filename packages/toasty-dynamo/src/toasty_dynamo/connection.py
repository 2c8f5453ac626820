"""From a URL to a client.

dynamodb://localhost:8000               DynamoDB Local, or another service at an address of its own
dynamodb://localhost:8000/dev_          the same; the names of all tables begin with dev_
dynamodb://eu-west-1/prod_              the service in a region; credentials by AWS's usual chain
dynamodb://aws?profile=ops              the service, in the region that the environment or the profile names

?table_prefix=PREFIX    what the names of tables begin with, where the path does not say it
?region=REGION          the region, for a service at an address of its own (us-east-1)
?profile=NAME           the profile of the AWS configuration
?role_arn=ARN           a role to assume
?endpoint=URL           the address of the service, such as that of a VPC endpoint
?history_table=NAME     another name for Toasty's own table (toasty_migrations)
?segments=N             how many segments of a table are read side by side while its items change (4)
?capacity=UNITS         how many units of capacity a second that may use (as many as the service gives)
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from toasty_core.errors import ConnectionFailed, UrlError, suggest
from toasty_dynamo.names import JOURNAL
from toasty_dynamo.pacing import item_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toasty_core.url import Url

_FORM = "write dynamodb://REGION, or dynamodb://localhost:8000 for DynamoDB Local"
OPTIONS = (
    *("capacity", "endpoint", "history_table", "profile", "region", "role_arn", "segments"),
    "table_prefix",
)
_REGION = r"[a-z]{2}(-[a-z]+)+-\d"
_LOCAL_PORT = 8000
_USUAL_REGION = "us-east-1"
DUMMY = "toasty"
"""The access key for a service at an address of its own, where no credentials are to be found."""
_CONNECTIONS = 64
"""How many calls may be under way at once."""
_PATIENCE = 5.0
"""Seconds to wait for a connection."""


class Place(NamedTuple):
    """What a URL names, read and found right. `endpoint` is None for the service itself."""

    url: Url
    endpoint: str | None
    region: str | None
    profile: str | None = None
    role_arn: str | None = None
    prefix: str = ""
    journal: str = JOURNAL
    local: bool = False
    """A service at an address of its own: credentials may be anything."""

    def table(self, key: str) -> str:
        """The name of a table as the service knows it."""
        return f"{self.prefix}{key}"

    @property
    def own_table(self) -> str:
        """The name of Toasty's own table as the service knows it."""
        return self.table(self.journal)


def read_place(url: Url) -> Place:
    """The place that a URL names. Raises UrlError with what to write."""
    _refuse_options(url)
    item_settings(url)
    given = dict(url.query)
    host, port = url.host, url.port
    if not host:
        raise UrlError("The URL names neither a region nor a host.", where=str(url), hint=_FORM)
    named = re.fullmatch(_REGION, host) is not None and port is None
    usual = host == "aws" and port is None
    local = not named and not usual
    if local and port is None and not _is_this_machine(host):
        raise _no_region(url, host)
    if (url.username or url.password) and not local:
        raise UrlError(
            "A URL for AWS holds no credentials.",
            where=str(url),
            hint="they come from the environment or a profile: add ?profile=NAME",
        )
    address = f"http://{_bracketed(host)}:{port or _LOCAL_PORT}" if local else None
    region = host if named else given.get("region")
    return Place(
        url,
        given.get("endpoint", address),
        region,
        given.get("profile"),
        given.get("role_arn"),
        _prefix(url, given.get("table_prefix")),
        given.get("history_table", JOURNAL),
        local,
    )


def _refuse_options(url: Url) -> None:
    if url.driver not in (None, "boto3"):
        what = f"Toasty knows no driver {url.driver!r} for DynamoDB: it uses boto3."
        raise UrlError(what, where=str(url), hint=_FORM)
    if len(url.hosts) > 1:
        raise UrlError("The URL names several hosts.", where=str(url), hint=_FORM)
    for name, value in url.query:
        if name not in OPTIONS:
            near = suggest(name, OPTIONS)
            known = f"the options are {', '.join(OPTIONS)}"
            what = f"DynamoDB's URL has no option {name!r}."
            raise UrlError(what, where=str(url), hint=f"{near} ({known})" if near else known)
        if not value:
            raise UrlError(f"The option {name} has no value.", where=str(url))
    history = url.option("history_table")
    if history and not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", history):
        what = f"{history!r} is no name of a table."
        hint = "?history_table= takes 3 to 255 letters, digits, and _ - ."
        raise UrlError(what, where=str(url), hint=hint)
    endpoint = url.option("endpoint")
    if endpoint and not re.match(r"https?://[^/]+", endpoint):
        what = f"The endpoint {endpoint!r} is no address."
        raise UrlError(what, where=str(url), hint="it begins with http:// or https://")


def _is_this_machine(host: str) -> bool:
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d+){3}", host) is not None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _no_region(url: Url, host: str) -> UrlError:
    return UrlError(
        f"{host!r} is no region of AWS.",
        where=str(url),
        hint=suggest(host, regions()) or f"{_FORM}; a host needs a port",
    )


def _prefix(url: Url, option: str | None) -> str:
    path = url.database
    if path and option:
        raise UrlError(
            "The URL names the prefix of the tables twice.",
            where=str(url),
            hint="say it in the path, or with ?table_prefix=",
        )
    prefix = path or option or ""
    if prefix and not re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", prefix):
        raise UrlError(
            f"No table's name can begin with {prefix!r}.",
            where=str(url),
            hint='DynamoDB takes letters, digits, "_", "-" and "."',
        )
    return prefix


def regions() -> list[str]:
    """The regions that the installed boto3 knows."""
    import boto3

    found: list[str] = boto3.session.Session().get_available_regions("dynamodb")
    return found


class Account(NamedTuple):
    """Who asks, and where: for messages. `key` is the access key's name, never the secret."""

    endpoint: str
    region: str
    key: str

    def __str__(self) -> str:
        return f"{self.endpoint}, region {self.region}, access key {self.key}"


def open_place(place: Place) -> tuple[Any, Account]:
    """A client, and what it was resolved to. Raises UrlError and ConnectionFailed with what to do."""
    from botocore.exceptions import BotoCoreError

    from toasty_dynamo.errors import as_ours

    try:
        session = _session(place)
        if place.local:
            _knock(place)
        client = session.client("dynamodb", **_settings(place, session))
    except (BotoCoreError, ValueError) as error:
        raise as_ours(error, place.url) from None
    credentials = client._request_signer._credentials
    if credentials is None:
        from botocore.exceptions import NoCredentialsError

        raise as_ours(NoCredentialsError(), place.url)
    meta = client.meta
    return client, Account(meta.endpoint_url, meta.region_name, _masked(credentials.access_key))


def _masked(key: str) -> str:
    return key if len(key) <= 8 else f"{key[:4]}...{key[-4:]}"


def _session(place: Place) -> Any:
    import boto3
    from botocore.session import Session

    inner = Session()
    inner.register_component("data_loader", _descriptions(inner.get_config_variable("data_path")))
    session = boto3.session.Session(botocore_session=inner, profile_name=place.profile)
    if place.local:  # no look at the metadata of a machine in AWS, which is slow elsewhere
        chain = session._session.get_component("credential_provider")
        for name in ("iam-role", "container-role"):
            chain.remove(name)
    return _assumed(session, place.role_arn) if place.role_arn else session


@lru_cache(maxsize=1)
def _descriptions(path: str | None) -> Any:
    """botocore's descriptions of services: read once in a process, as that is most of what a client costs."""
    from botocore.loaders import create_loader

    return create_loader(path)


def _assumed(session: Any, role: str) -> Any:
    """The session with the credentials of a role, which are renewed while a long migration runs."""
    import boto3
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
    from botocore.session import Session

    fetcher = AssumeRoleCredentialFetcher(
        session._session.create_client, session.get_credentials(), role
    )
    inner = Session()
    inner._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    return boto3.session.Session(botocore_session=inner, region_name=session.region_name)


def _settings(place: Place, session: Any) -> dict[str, Any]:
    from botocore.config import Config

    config = Config(
        connect_timeout=_PATIENCE,
        max_pool_connections=_CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": 4},
        user_agent_extra="toasty",
    )
    region = place.region or session.region_name or (_USUAL_REGION if place.local else None)
    given = {"endpoint_url": place.endpoint, "region_name": region, "config": config}
    return {**given, **dict(_credentials(place, session))}


def _credentials(place: Place, session: Any) -> Iterator[tuple[str, str]]:
    """Those of the URL, which are for an address of its own alone; there also dummies, where none are found."""
    if not place.local:
        return
    if place.url.username:
        yield "aws_access_key_id", place.url.username
        yield "aws_secret_access_key", place.url.password or DUMMY
    elif session.get_credentials() is None:
        yield "aws_access_key_id", DUMMY
        yield "aws_secret_access_key", DUMMY


def _knock(place: Place) -> None:
    """Raises ConnectionFailed where nobody listens: boto3 would try again and again."""
    import socket

    host, port = place.url.host or "", place.url.port or _LOCAL_PORT
    if place.url.option("endpoint"):
        return
    try:
        socket.create_connection((host, port), timeout=_PATIENCE).close()
    except OSError as error:
        raise ConnectionFailed(
            f"Nothing answers at {host}:{port}: {error.strerror or error}",
            where=str(place.url),
            hint="start DynamoDB Local there, or write dynamodb://REGION for the service itself",
        ) from None


__all__ = ["DUMMY", "OPTIONS", "Account", "Place", "open_place", "read_place", "regions"]
