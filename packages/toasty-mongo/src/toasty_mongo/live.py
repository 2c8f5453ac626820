"""What `db.run(function)` gets on MongoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toasty_core.backends import Live
from toasty_mongo.names import BACKEND

if TYPE_CHECKING:
    from pymongo.client_session import ClientSession
    from pymongo.database import Database


class MongoLive(Live):
    """The live database in the middle of a migration.

    ```python
    def count_orders(live):
        live.database.orders.aggregate([
            {"$group": {"_id": "$user_id", "orders": {"$sum": 1}}},
            {"$merge": {"into": "users", "whenNotMatched": "discard"}},
        ])
    ```

    What it does is not undone when the migration fails. With `session=live.session` the server stops what is
    under way when another runner takes the lock over from this one.
    """

    def __init__(self, database: Database[Any], session: ClientSession) -> None:
        super().__init__(BACKEND)
        self.database = database
        """PyMongo's database."""
        self.session = session
        """The session of this run."""
