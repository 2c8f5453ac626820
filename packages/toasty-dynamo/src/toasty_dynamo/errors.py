"""The one boundary where exceptions of botocore become errors of Toasty's.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
)

from toasty_core.errors import (
    ConnectionFailed,
    DatabaseError,
    LockNotAvailable,
    StatementFailed,
)
from toasty_core.url import Url, redact

DRIVER_ERRORS = (BotoCoreError, ClientError)
"""All that botocore raises."""

THROTTLES = frozenset(
    {
        *("ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded"),
        *("ThrottlingException", "Throttling", "ThrottlingError", "RequestLimitExceeded"),
    }
)
"""The service asks for less; the same call does in a moment."""
IN_THE_WAY = frozenset(
    {
        *THROTTLES,
        *("TransactionConflictException", "TransactionConflict", "TransactionInProgressException"),
        *("ReplicatedWriteConflictException", "ResourceInUseException", "LimitExceededException"),
    }
)
"""Others are in the way, or too much is asked: it had no effect, and may be tried again."""
_GOING = frozenset({"InternalServerError", "InternalFailure", "ServiceUnavailable"})
NO_SUCH_CALL = "UnknownOperationException"
"""A service that does not know a call: DynamoDB Local has no backups, tags, point-in-time recovery."""
_STRANGERS = frozenset(
    {
        *("UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch"),
        *("IncompleteSignature", "InvalidClientTokenId", "MissingAuthenticationTokenException"),
        *("ExpiredTokenException", "ExpiredToken", "RequestExpired", "OptInRequired"),
    }
)
_DENIED = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"})
_HINTS = {
    "ResourceNotFoundException": "check the region, the account and the prefix of the URL:"
    " tables are looked for there only; `toasty schema:drift` shows what is missing",
    "ItemCollectionSizeLimitExceededException": "with a local index, the items of one partition key"
    " have 10 GB at most",
    "IdempotentParameterMismatchException": "another runner used the same token; run the command again",
    NO_SUCH_CALL: "DynamoDB Local has no backups, point-in-time recovery, tags or global tables",
}
TOO_LARGE = "an item has 400 KB at most, names included: take something out of it"
_QUOTA = (
    "wait until AWS takes it, or ask it for more under Service Quotas; then run the command again, which goes on from"
    " there"
)
_LONGEST = 600
_LONGEST_STATEMENT = 2_000


@contextmanager
def translated(url: Url, statement: object = None) -> Iterator[None]:
    """What botocore raises inside leaves as an error of ours, without a secret."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise as_ours(error, url, statement) from error


def code_of(error: BaseException) -> str:
    """The service's name of an error; empty where the error is none of the service's."""
    if not isinstance(error, ClientError):
        return ""
    code: str = error.response.get("Error", {}).get("Code", "")
    return code


def is_quota(error: BaseException) -> bool:
    """Is it a limit that is still there in a moment: of the account, or of what is changed in an hour or a day?

    The same code says that too much goes on at once ("Only 500 tables can be created, updated, or deleted
    simultaneously"), which passes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
    """
    return code_of(error) == "LimitExceededException" and "simultaneously" not in str(error)


def as_ours(error: BaseException, url: Url, statement: object = None) -> DatabaseError:
    """The error of ours."""
    text = shown_statement(statement) if statement is not None else None
    if isinstance(error, ClientError):
        return _refused(error, url, text)
    if isinstance(error, ParamValidationError):
        return StatementFailed(f"boto3 refused it: {_said(error, url)}", statement=text)
    found = _unreachable(error, url)
    return found or ConnectionFailed(f"boto3 failed: {_said(error, url)}", where=str(url))


def _unreachable(error: BaseException, url: Url) -> ConnectionFailed | None:
    """The error of a client that could not even ask."""
    said = _said(error, url)
    known: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str, str], ...] = (
        (
            (NoCredentialsError, PartialCredentialsError),
            "No credentials for AWS were found.",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, log in with `aws configure` or `aws sso login`,"
            " or add ?profile=NAME",
        ),
        (
            NoRegionError,
            "The URL names no region, and neither does the environment.",
            "write dynamodb://REGION, or set AWS_REGION",
        ),
        (ProfileNotFound, said, "`aws configure list-profiles` shows those that there are"),
        (
            (ConnectionError, HTTPClientError),
            f"The connection to DynamoDB failed: {said}",
            "check the network and the address; then run the command again, which goes on from there",
        ),
    )
    for kinds, what, hint in known:
        if isinstance(error, kinds):
            return ConnectionFailed(what, where=str(url), hint=hint)
    return None


def _refused(error: ClientError, url: Url, statement: str | None) -> DatabaseError:
    code = code_of(error)
    said = _message(error.response)
    if error.operation_name == "AssumeRole":
        what = redact(f"AWS refused to let us assume the role: {_cut(said)} ({code})", url)
        hint = "allow sts:AssumeRole on it to who asks, and let the role trust them"
        return ConnectionFailed(what, where=str(url), hint=hint)
    what = redact(f"DynamoDB refused {error.operation_name}: {_cut(said)} ({code})", url)
    if code in _STRANGERS:
        return ConnectionFailed(what, where=str(url), hint=_stranger_hint(code))
    if code in _DENIED:
        return StatementFailed(what, hint=_denied_hint(error, said), statement=statement)
    if code in _GOING:
        hint = "the service failed in itself; run the command again, which goes on from there"
        return ConnectionFailed(what, where=str(url), hint=hint)
    if is_quota(error):
        return StatementFailed(what, hint=_QUOTA, statement=statement)
    if code in IN_THE_WAY:
        return LockNotAvailable(what, statement=statement)
    if code == "TransactionCanceledException":
        return _canceled(error, what, statement)
    known = TOO_LARGE if "Item size" in said else _HINTS.get(code)
    return StatementFailed(what, hint=known, statement=statement)


def _message(response: Mapping[str, Any]) -> str:
    found = response.get("Error", {})
    return str(found.get("Message") or found.get("Code") or "no reason is given")


def _stranger_hint(code: str) -> str:
    if "xpired" in code:
        return "the credentials have expired: log in again, such as with `aws sso login`"
    return (
        "the service does not know the access key: check AWS_PROFILE, AWS_ACCESS_KEY_ID and the region;"
        " DynamoDB Local takes any key of letters and digits"
    )


def _denied_hint(error: ClientError, said: str) -> str:
    """What the policy has to allow, and for what, as far as the service says it."""
    action = re.search(r"perform: ([\w:]+)", said)
    resource = re.search(r"on resource: (\S+)", said)
    what = action[1] if action else f"dynamodb:{error.operation_name}"
    where = f" on {resource[1]}" if resource else ""
    return (
        f"allow {what}{where} in the policy of the user or role, then run the command again, which goes on"
        " from there"
    )


def reasons(error: ClientError) -> list[str]:
    """Why each of the actions of a transaction was refused, in order; `None` for those that were not."""
    found = error.response.get("CancellationReasons", ())
    return [str(reason.get("Code", "None")) for reason in found]


def _canceled(error: ClientError, what: str, statement: str | None) -> DatabaseError:
    codes = {code for code in reasons(error) if code != "None"}
    if codes and codes <= IN_THE_WAY:
        return LockNotAvailable(what, statement=statement)
    return StatementFailed(what, statement=statement)


def shown_statement(statement: object) -> str:
    """A statement for people: its items may have 400 KB each."""
    text = str(statement)
    more = len(text) - _LONGEST_STATEMENT
    return text if more <= 0 else f"{text[:-more]}... ({more} more characters)"


def _said(error: BaseException, url: Url) -> str:
    return redact(_cut(str(error)), url)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


__all__ = [
    "DRIVER_ERRORS",
    "IN_THE_WAY",
    "NO_SUCH_CALL",
    "THROTTLES",
    "TOO_LARGE",
    "as_ours",
    "code_of",
    "is_quota",
    "reasons",
    "shown_statement",
    "translated",
]
