"""SQLite for Toasty."""

from toasty_sqlite.backend import SqliteBackend

__all__ = ["SqliteBackend"]
