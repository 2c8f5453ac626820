"""The user's SQL: cut into statements, and sorted by what commits."""

from __future__ import annotations

import pytest

from toasty_core.errors import SchemaError
from toasty_core.operations import ExecuteSql
from toasty_core.schema import SchemaSnapshot
from toasty_mysql import MariadbBackend, MysqlBackend
from toasty_mysql.splitting import Sort, sort_of, split_sql

TRIGGER = """CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW
BEGIN
    IF NEW.x > 1 THEN SET NEW.x = IF(NEW.y, 1, 2); ELSEIF NEW.x < 0 THEN SET NEW.x = 0; END IF;
    CASE NEW.z WHEN 1 THEN SET NEW.y = CASE WHEN NEW.x = 1 THEN 2 ELSE 3 END; ELSE BEGIN END; END CASE;
    again: LOOP LEAVE again; END LOOP;
    WHILE NEW.x > 5 DO SET NEW.x = NEW.x - 1; END WHILE;
    REPEAT SET NEW.x = REPEAT('2', 1); UNTIL 1 END REPEAT;
END"""


@pytest.mark.parametrize(
    ("sql", "pieces"),
    [
        ("SELECT 1", ["SELECT 1"]),
        ("  SELECT 1 ;; ; SELECT 2;  ", ["SELECT 1", "SELECT 2"]),
        (
            "INSERT INTO a VALUES (';', \";\", 'it''s; \\'; ok'); x",
            ["INSERT INTO a VALUES (';', \";\", 'it''s; \\'; ok')", "x"],
        ),
        ("-- only; a comment\n", []),
        (
            "/* a; b */ SELECT 1; # c; d\nSELECT 2 -- e; f",
            ["/* a; b */ SELECT 1", "# c; d\nSELECT 2 -- e; f"],
        ),
        ("SELECT `a;b`; SELECT 5--1; SELECT 2", ["SELECT `a;b`", "SELECT 5--1", "SELECT 2"]),
        (f"{TRIGGER}; SELECT 1", [TRIGGER, "SELECT 1"]),
        (
            "CREATE OR REPLACE DEFINER=`a`@`%` PROCEDURE p() BEGIN SELECT 1; END; CALL p()",
            ["CREATE OR REPLACE DEFINER=`a`@`%` PROCEDURE p() BEGIN SELECT 1; END", "CALL p()"],
        ),
        ("CREATE PROCEDURE p() SELECT 1; SELECT 2", ["CREATE PROCEDURE p() SELECT 1", "SELECT 2"]),
        (
            "CREATE TABLE begin_ (a INT); SELECT CASE WHEN 1 THEN 2 END; SELECT 3",
            ["CREATE TABLE begin_ (a INT)", "SELECT CASE WHEN 1 THEN 2 END", "SELECT 3"],
        ),
        (
            "BEGIN NOT ATOMIC SELECT 1; SELECT 2; END; SELECT 3",
            ["BEGIN NOT ATOMIC SELECT 1; SELECT 2; END", "SELECT 3"],
        ),
        (
            "/*!40000 ALTER TABLE a DISABLE KEYS */; SELECT 1",
            ["/*!40000 ALTER TABLE a DISABLE KEYS */", "SELECT 1"],
        ),
        ("SELECT 'never ends", ["SELECT 'never ends"]),
    ],
)
def test_splitting(sql, pieces):
    assert list(split_sql(sql)) == pieces


@pytest.mark.parametrize(
    ("sql", "sort"),
    [
        ("INSERT INTO a VALUES (1)", Sort.ROWS),
        ("-- why\n(SELECT 1)", Sort.ROWS),
        ("with x as (select 1) update a set b = 1", Sort.ROWS),
        ("SET @x = 1", Sort.ROWS),
        ("ROLLBACK TO SAVEPOINT a", Sort.ROWS),
        ("ALTER TABLE a ADD b INT", Sort.OTHER),
        ("CALL p()", Sort.OTHER),
        ("START REPLICA", Sort.OTHER),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", Sort.REPEATABLE),
        ("CREATE TABLE IF NOT EXISTS a (b INT)", Sort.REPEATABLE),
        ("DROP TABLE IF EXISTS a", Sort.REPEATABLE),
        ("DROP TABLE a", Sort.OTHER),
    ],
)
def test_sorting(sql, sort):
    assert sort_of(sql) is sort


@pytest.mark.parametrize(
    "sql", ["BEGIN", "START TRANSACTION", "/* x */ COMMIT", "rollback", "XA START 'a'"]
)
def test_the_transaction_is_not_the_users(sql):
    with pytest.raises(SchemaError, match="may not"):
        sort_of(sql)


def test_delimiter_is_a_word_of_the_clients():
    with pytest.raises(SchemaError, match="DELIMITER"):
        list(split_sql("DELIMITER ;;\nSELECT 1;;"))


@pytest.mark.parametrize("backend", [MysqlBackend(), MariadbBackend()])
def test_statements(backend):
    sql = "UPDATE a SET b = '100%'; ALTER TABLE a ADD c INT; DROP VIEW IF EXISTS v"
    update, alter, drop = backend.compile(ExecuteSql(sql), SchemaSnapshot())
    assert (update.transactional, alter.transactional, drop.transactional) == (True, False, False)
    assert (alter.repeatable, drop.repeatable) == (False, True)
    assert list(backend.compile(ExecuteSql(sql, only=["sqlite"]), SchemaSnapshot())) == []


def test_a_trigger_works(shop):
    shop.run("CREATE TABLE a (x INT, y INT, z INT)")
    for statement in shop.database.backend.compile(ExecuteSql(TRIGGER), SchemaSnapshot()):
        shop.database.execute(statement)
    shop.run("INSERT INTO a VALUES (9, 1, 1)")
    assert shop.rows("SELECT x FROM a") == [(2,)]
