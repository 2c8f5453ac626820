"""Servers that cannot be reached or do not let us in: each is said in words, with what to do."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from pathlib import Path

import pytest

from toasty_core.errors import ConnectionFailed
from toasty_core.url import Url


def replaced(url, **parts):
    """The URL with another host, port, database or login."""
    place = Url.parse(url)
    host, port = parts.get("host", place.host), parts.get("port", place.port)
    login, database = parts.get("login", place.username), parts.get("database", place.database)
    return f"{place.scheme}://{login}@{host}:{port}/{database}{parts.get('options', '')}"


def refused(connect, url):
    with pytest.raises(ConnectionFailed) as caught:
        connect(url)
    assert caught.value.hint
    assert "s3cret" not in str(caught.value)
    return caught.value


def test_nothing_listens(connect, mysql_url):
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
        error = refused(connect, replaced(mysql_url, port=port, login="ada:s3cret"))

    assert error.what == f"Nothing listens on 127.0.0.1:{port}."


def test_there_is_no_such_host(connect, mysql_url):
    error = refused(connect, replaced(mysql_url, host="nowhere.invalid", login="ada:s3cret"))

    assert error.what == "There is no host 'nowhere.invalid'."


@pytest.mark.parametrize(
    "greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9\r\n"]
)
def test_another_kind_of_server_listens(connect, greeting):
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        held = []

        def answer():
            connection, _ = server.accept()
            connection.sendall(greeting)
            held.append(connection)
            if greeting:
                connection.close()

        threading.Thread(target=answer, daemon=True).start()
        error = refused(connect, f"mysql://ada:s3cret@127.0.0.1:{port}/shop?connect_timeout=0.5")
        for connection in held:
            connection.close()

    assert "does not speak as MySQL and MariaDB do" in error.what


def test_a_wrong_password(connect, mysql_url, users):
    users(mysql_url, "ALL")
    error = refused(connect, replaced(mysql_url, login="deploy:s3cret"))

    assert "does not let in the user 'deploy' with this password" in error.what
    assert "%40" in error.hint


def test_no_password(connect, mysql_url, users):
    users(mysql_url, "ALL")
    error = refused(connect, replaced(mysql_url, login="deploy"))

    assert "'deploy' with no password" in error.what


def test_a_right_password_with_letters_of_all_kinds(connect, mysql_url, users):
    assert connect(users(mysql_url, "ALL")).version()


def test_there_is_no_such_database(connect, mysql_url):
    error = refused(connect, replaced(mysql_url, database="no%60thing"))

    assert "There is no database 'no`thing'" in error.what
    assert "CREATE DATABASE `no``thing` CHARACTER SET utf8mb4" in error.hint


def test_a_database_of_others(connect, mysql_url, users):
    error = refused(connect, users(mysql_url))

    assert "'deploy' may not use the database" in error.what
    assert "GRANT ALL ON" in error.hint


def test_tls_is_required(connect, mysql_url, users):
    url = users(mysql_url, "ALL", option="REQUIRE SSL")
    error = refused(connect, f"{url}?ssl-mode=DISABLED")

    assert "ssl-mode=REQUIRED" in error.hint


def test_the_server_has_no_tls(connect, mysql_url, admin):
    if admin.run("SHOW VARIABLES LIKE 'have_ssl'") != [("have_ssl", "DISABLED")]:
        connect(f"{mysql_url}?ssl-mode=REQUIRED")
        error = refused(connect, f"{mysql_url}?ssl-mode=VERIFY_CA")
        assert "cannot prove who it is" in error.what
        return
    error = refused(connect, f"{mysql_url}?ssl-mode=REQUIRED")
    assert "speaks no TLS" in error.what


def test_a_server_that_somebody_vouches_for(connect, mysql_url, admin):
    found = dict(admin.run("SHOW VARIABLES WHERE variable_name IN ('ssl_ca', 'datadir')"))
    if not found["ssl_ca"]:
        return  # this MariaDB makes no certificates
    file = Path(found["datadir"]) / found["ssl_ca"]

    assert connect(f"{mysql_url}?ssl-ca={file}").fetch("SHOW STATUS LIKE 'Ssl_cipher'")[0][1]
    error = refused(connect, f"{mysql_url}?ssl-ca={file}&ssl-mode=VERIFY_IDENTITY")
    assert "cannot prove who it is" in error.what


def test_a_server_that_lets_in_only_encrypted_connections(connect, own_server):
    server = own_server("mysql")
    url = server.create_database("shop")
    connect(url).run("SET GLOBAL require_secure_transport = ON")
    error = refused(connect, f"{url}?ssl-mode=DISABLED")
    assert "wants an encrypted connection" in error.what
    assert connect(f"{url}?ssl-mode=REQUIRED").version()


def test_there_is_no_such_socket(connect):
    error = refused(connect, "mysql://ada:s3cret@localhost/shop?unix_socket=/nowhere/my.sock")

    assert error.what == "There is no socket '/nowhere/my.sock'."


def test_a_socket(connect, mysql_url, admin):
    ((_, path),) = admin.run("SHOW VARIABLES LIKE 'socket'")
    place = Url.parse(mysql_url)
    if place.scheme == "mysql":
        admin.run("CREATE USER IF NOT EXISTS root@localhost")
        admin.run("GRANT ALL ON *.* TO root@localhost")
    found = connect(f"mysql://root@localhost/{place.database}?unix_socket={path}")

    assert found.fetch("SELECT DATABASE()") == [(place.database,)]


def test_too_many_connections(connect, own_server):
    server = own_server("mariadb")
    url = server.create_database("shop")
    connect(url).run("SET GLOBAL max_connections = 10")
    opened = [connect(url) for _ in range(8)]
    with pytest.raises(ConnectionFailed, match="too many connections") as caught:
        opened += [connect(url) for _ in range(4)]

    assert caught.value.busy
