"""PostgreSQL for Toasty."""

from toasty_postgres.backend import PostgresBackend

__all__ = ["PostgresBackend"]
