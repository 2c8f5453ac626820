"""MongoDB for Toasty: a table is a collection, a row a document, the primary key its `_id`.

`backend.py` says what MongoDB can do; `compiler.py` turns operations into `statements.py`, `running` does them.
`validators.py` and `indexes.py` say a table in MongoDB's words, `introspect.py` reads them back.
"""

from toasty_mongo.backend import MongoBackend

__all__ = ["MongoBackend"]
