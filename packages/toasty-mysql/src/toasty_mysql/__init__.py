"""MySQL and MariaDB for Toasty."""

from toasty_mysql.backend import MariadbBackend, MysqlBackend

__all__ = ["MariadbBackend", "MysqlBackend"]
