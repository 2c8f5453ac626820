"""From a place to a client."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from toasty_core.errors import ConnectionFailed
from toasty_dynamo.descriptions import described
from toasty_dynamo.places import LOCAL_PORT, Place, refuse_region

if TYPE_CHECKING:
    from collections.abc import Iterator

_USUAL_REGION = "us-east-1"
DUMMY = "toasty"
"""The access key for a service at an address of its own, where no credentials are to be found."""
_CONNECTIONS = 64
"""How many calls may be under way at once."""
_PATIENCE = 5.0
"""Seconds to wait for a connection."""


class Account(NamedTuple):
    """Who asks, and where: for messages. `key` is the access key's name, never the secret."""

    endpoint: str
    region: str
    key: str

    def __str__(self) -> str:
        return f"{self.endpoint}, region {self.region}, access key {self.key}"


def open_place(place: Place) -> tuple[Any, Account]:
    """A client, and what it was resolved to. Raises UrlError and ConnectionFailed with what to do."""
    from botocore.exceptions import BotoCoreError, ClientError

    from toasty_dynamo.errors import as_ours

    try:
        session = _session(place)
        if place.local:
            _knock(place)
        client = session.client("dynamodb", **_settings(place, session))
        if ".amazonaws." in client.meta.endpoint_url and not place.endpoint:
            refuse_region(place.url, client.meta.region_name)
        return client, _account(client)
    except (BotoCoreError, ClientError, ValueError) as error:
        raise as_ours(error, place.url) from None


def _account(client: Any) -> Account:
    """What a client was resolved to; here a role is assumed for the first time."""
    from botocore.exceptions import NoCredentialsError

    credentials, meta = client._request_signer._credentials, client.meta
    if credentials is None:
        raise NoCredentialsError
    return Account(meta.endpoint_url, meta.region_name, _masked(credentials.access_key))


def _masked(key: str) -> str:
    return key if len(key) <= 8 else f"{key[:4]}...{key[-4:]}"


def _session(place: Place) -> Any:
    import boto3

    session = boto3.session.Session(botocore_session=described(), profile_name=place.profile)
    if place.local:  # no look at the metadata of a machine in AWS, which is slow elsewhere
        chain = session._session.get_component("credential_provider")
        for name in ("iam-role", "container-role"):
            chain.remove(name)
    return _assumed(session, place, place.role_arn) if place.role_arn else session


def _assumed(session: Any, place: Place, role: str) -> Any:
    """The session with the credentials of a role, which are renewed while a long migration runs."""
    import boto3
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
    from botocore.exceptions import NoCredentialsError

    source, region = session.get_credentials(), _region(place, session)
    if source is None:
        raise NoCredentialsError
    fetcher = AssumeRoleCredentialFetcher(
        partial(session._session.create_client, region_name=region),
        source,
        role,
        {"RoleSessionName": "toasty"},
    )
    inner = described()
    inner._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    return boto3.session.Session(botocore_session=inner, region_name=region)


def _settings(place: Place, session: Any) -> dict[str, Any]:
    from botocore.config import Config

    config = Config(
        connect_timeout=_PATIENCE,
        max_pool_connections=_CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": 4},
        user_agent_extra="toasty",
    )
    region = _region(place, session) or (_USUAL_REGION if place.local else None)
    given = {"endpoint_url": place.endpoint, "region_name": region, "config": config}
    return {**given, **dict(_credentials(place, session))}


def _region(place: Place, session: Any) -> str | None:
    """The region of the URL, of the profile or of AWS_DEFAULT_REGION; else AWS_REGION, which boto3 does not read."""
    import os

    return place.region or session.region_name or os.environ.get("AWS_REGION") or None


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

    host, port = place.url.host or "", place.url.port or LOCAL_PORT
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


__all__ = ["DUMMY", "Account", "open_place"]
