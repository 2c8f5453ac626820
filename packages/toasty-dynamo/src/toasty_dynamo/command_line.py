"""Calls as text that AWS's command line takes.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-skeleton.html
"""

from __future__ import annotations

import json
import re
import shlex
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

_WORD = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"


def command_text(operation: str, request: Mapping[str, Any]) -> str:
    """A call as one line for a shell: `aws dynamodb create-table --cli-input-json '{...}'`."""
    name = "-".join(re.split(_WORD, operation)).lower()
    return f"aws dynamodb {name} --cli-input-json {shlex.quote(json_text(request))}"


def json_text(request: Mapping[str, Any]) -> str:
    """What a call takes as JSON; bytes in base 64, as version 2 of the command line reads them."""
    return json.dumps(request, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return b64encode(bytes(value)).decode()
    return str(value)


def comment_text(text: str) -> str:
    """A comment: one line."""
    return f"# {' '.join(text.split())}"
