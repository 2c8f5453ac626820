"""What `db.run(function)` gets on DynamoDB."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from toasty_core.backends import Live
from toasty_dynamo.names import BACKEND


class DynamoLive(Live):
    """The live database in the middle of a migration.

    ```python
    def count_orders(live):
        answer = live.client.query(
            TableName=live.table("orders"),
            Select="COUNT",
            KeyConditionExpression="user_id = :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        print(answer["Count"])
    ```

    What it does is not undone when the migration fails.
    """

    def __init__(self, client: Any, prefix: str, drop_left: Callable[[str], None]) -> None:
        super().__init__(BACKEND)
        self.client = client
        """boto3's client of DynamoDB."""
        self.prefix = prefix
        """What the names of all tables begin with."""
        self._drop_left = drop_left

    def table(self, key: str) -> str:
        """The name of a table as the service knows it."""
        return f"{self.prefix}{key}"

    def drop_left(self, key: str) -> None:
        """Deletes a table that `rename_table` left behind; what was still written into it is carried over first.

        `key` is the name that it had. Raises StatementFailed, and deletes nothing, where an item was changed in both
        tables, and where the stream, which holds 24 hours, does not say any more what was written and the items differ.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
        """
        self._drop_left(key)
