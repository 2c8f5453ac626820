"""DynamoDB for Toasty: a table is a table, a row an item, the primary key its partition key and sort key.

`backend.py` says what DynamoDB can do; `compiler.py` plans the calls that lead from one table to another
(`planning.py`), `control.py` does them, table beside table. `items.py` is the way to all that changes items.
"""

from toasty_dynamo.backend import DynamoBackend

__all__ = ["DynamoBackend"]
