"""What is sent to DynamoDB, as values; `str()` of one is commands for AWS's command line. `running.py` does them.

None can stand in a transaction with others. All but the user's own are repeatable: they ask the service first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias

from attrs import evolve, field, frozen

from toasty_core.backends import Effect, Statement, Work
from toasty_core.schema.tables import TableDef
from toasty_dynamo.command_line import command_text, comment_text

if TYPE_CHECKING:
    from toasty_core.operations.base import Operation

Words: TypeAlias = Mapping[str, Any]


class DynamoStatement(Statement):
    """What all have in common."""

    __slots__ = ()

    comment: ClassVar[str] = "#"

    @property
    def transactional(self) -> bool:
        return False

    @property
    def repeatable(self) -> bool:
        return True


class Does(Enum):
    """What a call changes, and so how the service is asked whether it has landed."""

    CREATE = "create table"
    DROP = "drop table"
    CREATE_INDEX = "create index"
    DROP_INDEX = "drop index"
    SETTING = "change a setting"
    TTL = "change the time to live"
    RECOVERY = "change point-in-time recovery"
    TAGS = "change tags"
    BACKUP = "back up"


@frozen
class Call:
    """One call of the API: its name, what it takes, and what it changes.

    `about` names the index; `note` is said in the dry run.
    """

    operation: str
    request: Words
    does: Does = Does.SETTING
    about: str = ""
    note: str | None = None

    def __str__(self) -> str:
        note = f"{comment_text(self.note)}\n" if self.note else ""
        return f"{note}{command_text(self.operation, self.request)}"


class Origin(NamedTuple):
    """An operation that changes a table, which was so before it and will be so behind it."""

    operation: Operation
    was: TableDef | None
    will: TableDef | None


@frozen
class TableChange:
    """What happens to one table, in order, and what is recorded of it in the end (None: nothing any more).

    `table` is its key, `name` what the service knows it by. `origins` are the operations that it comes from, where it
    comes from several.
    """

    table: str
    name: str
    calls: tuple[Call, ...]
    record: TableDef | None
    origins: tuple[Origin, ...] = field(default=(), eq=False, repr=False)

    def __str__(self) -> str:
        if not self.calls:
            return comment_text(
                f"table {self.table}: noted in Toasty's own table, no call is needed"
            )
        return "\n".join(map(str, self.calls))


@frozen
class Control(DynamoStatement):
    """Changes of tables that do not depend on each other: done side by side, each table's calls in order.

    A second time it asks the service how far it came, and goes on from there.
    """

    changes: tuple[TableChange, ...]

    @property
    def effects(self) -> tuple[Effect, ...]:
        return tuple(
            Effect(change.table, "none", Work.BUILD)
            for change in self.changes
            if any(call.does is Does.CREATE_INDEX for call in change.calls)
        )

    def __str__(self) -> str:
        return "\n".join(map(str, self.changes))


@frozen
class Command(DynamoStatement):
    """A call of the user's. The names of tables in it get the prefix of the URL."""

    operation: str
    request: Words
    prefix: str = field(default="", kw_only=True, eq=False)

    @property
    def repeatable(self) -> bool:
        return False

    def __str__(self) -> str:
        return command_text(self.operation, prefixed(self.request, self.prefix))


def prefixed(request: Any, prefix: str) -> Any:
    """A request whose tables have the prefix: whatever is called `TableName`, and the keys of `RequestItems`."""
    if not prefix or not isinstance(request, (dict, list)):
        return request
    if isinstance(request, list):
        return [prefixed(item, prefix) for item in request]
    found = {name: prefixed(value, prefix) for name, value in request.items()}
    if isinstance(found.get("TableName"), str):
        found["TableName"] = f"{prefix}{found['TableName']}"
    if isinstance(found.get("RequestItems"), dict):
        found["RequestItems"] = {f"{prefix}{n}": v for n, v in found["RequestItems"].items()}
    return found


_NAMED = re.compile(r'(?is)^(\s*(?:update|insert\s+into|delete\s+from)\s+)("?)([\w.-]+)\2')


@frozen
class Partiql(DynamoStatement):
    """A PartiQL statement of the user's that changes items. The name of its table gets the prefix of the URL."""

    text: str
    prefix: str = field(default="", kw_only=True, eq=False)

    @property
    def repeatable(self) -> bool:
        return False

    def with_prefix(self, prefix: str) -> Partiql:
        """The statement for tables whose names begin so."""
        if not prefix:
            return self
        return evolve(self, text=_NAMED.sub(rf'\g<1>"{prefix}\g<3>"', self.text))

    def __str__(self) -> str:
        return command_text("ExecuteStatement", {"Statement": self.with_prefix(self.prefix).text})


@frozen
class CallFunction(DynamoStatement):
    """Calls a function of the user's with the live database."""

    function: Callable[[Any], object]
    description: str

    @property
    def repeatable(self) -> bool:
        return False

    def __str__(self) -> str:
        return comment_text(f"Python: {self.description}")
