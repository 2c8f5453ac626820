"""A folder of JSON files as a database: an example of a backend that somebody else wrote for Toasty.

`backend.py` says what the store can do, `database.py` does it, `rows.py` knows what becomes of a row.
"""

from toasty_notebook.backend import NotebookBackend

__all__ = ["NotebookBackend"]
