"""From a URL to the place that it names.

dynamodb://localhost:8000               DynamoDB Local, or another service at an address of its own
dynamodb://localhost:8000/dev_          the same; the names of all tables begin with dev_
dynamodb://eu-west-1/prod_              the service in a region; credentials by AWS's usual chain
dynamodb://aws?profile=ops              the service, in the region that the environment or the profile names

?table_prefix=PREFIX    what the names of tables begin with, where the path does not say it
?region=REGION          the region, for a service at an address of its own (us-east-1)
?profile=NAME           the profile of the AWS configuration
?role_arn=ARN           a role to assume, at AWS only
?endpoint=URL           the address of the service, such as that of a VPC endpoint
?history_table=NAME     another name for Toasty's own table (toasty_migrations)
?segments=N             how many segments of a table are read side by side while its items change (8)
?capacity=UNITS         how many units of capacity a second that may use (as many as the service gives)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from toasty_core.errors import UrlError, suggest
from toasty_dynamo.descriptions import regions
from toasty_dynamo.names import JOURNAL
from toasty_dynamo.pacing import item_settings

if TYPE_CHECKING:
    from toasty_core.url import Url

_FORM = "write dynamodb://REGION, or dynamodb://localhost:8000 for DynamoDB Local"
OPTIONS = (
    *("capacity", "endpoint", "history_table", "profile", "region", "role_arn", "segments"),
    "table_prefix",
)
_REGION = r"[a-z]{2,4}(-[a-z]+)+-\d"
_ROLE = r"arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+"
LOCAL_PORT = 8000


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
    if local and "role_arn" in given:
        raise UrlError(
            "Roles are assumed at AWS, and the URL names a service at an address of its own.",
            where=str(url),
            hint="leave ?role_arn= out, or write dynamodb://REGION?role_arn=ARN&endpoint=ADDRESS",
        )
    if not local and "endpoint" not in given:
        refuse_region(url, host if named else given.get("region"))
    address = f"http://{_bracketed(host)}:{port or LOCAL_PORT}" if local else None
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
    role = url.option("role_arn")
    if role and not re.fullmatch(_ROLE, role):
        what = f"{role!r} is no role of AWS."
        raise UrlError(
            what, where=str(url), hint="such as arn:aws:iam::123456789012:role/migrations"
        )
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


def refuse_region(url: Url, region: str | None) -> None:
    """Raises UrlError for a region that boto3 does not know, with the nearest one."""
    if region is None or region in (known := regions()):
        return
    newer = (
        f"one that is newer than this boto3 needs ?endpoint=https://dynamodb.{region}.amazonaws.com"
    )
    near = suggest(region, known)
    raise UrlError(
        f"{region!r} is no region of AWS that boto3 knows.",
        where=str(url),
        hint=f"{near} {newer}" if near else newer,
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


__all__ = ["LOCAL_PORT", "OPTIONS", "Place", "read_place", "refuse_region"]
