"""What `db.run(function)` gets on DynamoDB."""

from __future__ import annotations

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

    def __init__(self, client: Any, prefix: str) -> None:
        super().__init__(BACKEND)
        self.client = client
        """boto3's client of DynamoDB."""
        self.prefix = prefix
        """What the names of all tables begin with."""

    def table(self, key: str) -> str:
        """The name of a table as the service knows it."""
        return f"{self.prefix}{key}"
