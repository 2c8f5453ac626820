"""What a plan says that work on items costs at AWS, held against the units that DynamoDB Local counts."""

from __future__ import annotations

import json

import pytest

from toasty_core import api
from toasty_core.backends import TableSize
from toasty_core.cli import main
from toasty_core.operations import (
    ChangePrimaryKey,
    CreateTable,
    DeleteRows,
    DropColumn,
    InsertRows,
    ModifyColumn,
    RenameColumn,
    RenameTable,
    UpdateRows,
)
from toasty_core.schema import ColumnDef, TableDef, expr
from toasty_dynamo.costs import Cost
from toasty_dynamo.pacing import Pace

ITEMS = TableDef(
    "items",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("text", "String", nullable=True),
        ColumnDef("n", "Integer"),
    ],
    primary_key=["id"],
)
COUNT, LENGTH = 50, 1500
"""Each item takes two units to write, and the table is far larger than what one unit reads."""


@pytest.fixture
def items(bench, judge):
    bench.write([CreateTable(ITEMS)])
    bench.up()
    text = {"S": "x" * LENGTH}
    judge.fill(
        "items", [{"id": {"N": str(n)}, "text": text, "n": {"N": "1"}} for n in range(COUNT)]
    )
    return judge


def costs(bench):
    """What the plan says of each statement, but for those that cost nothing."""
    plan = api.plan(bench.project)
    statements = [statement for step in plan.steps for statement in step.statements]
    return [cost for cost in (one.cost(plan.sizes) for one in statements) if cost is not None]


def units(text):
    """The write units and the read units of a text."""
    words = text.replace(",", "").split()
    return int(words[words.index("write") - 1]), int(words[words.index("read") - 1])


@pytest.mark.parametrize(
    "operation",
    [
        RenameColumn("items", "text", "words"),
        DropColumn("items", "text"),
        ModifyColumn("items", "n", type="String"),
        DeleteRows("items", None),
    ],
    ids=lambda operation: operation.kind,
)
def test_a_plan_says_what_is_used_at_most(bench, items, operation, monkeypatch):
    used = []
    really = Pace.used

    def counted(pace, number):
        used.append(number)
        really(pace, number)

    monkeypatch.setattr(Pace, "used", counted)
    bench.write([operation], [])
    (cost,) = costs(bench)
    writes, reads = units(cost)

    bench.project = bench.project._replace(url=f"{bench.url}?capacity=100000")
    bench.up()

    assert 0.5 * (writes + reads) < sum(used) <= 1.1 * (writes + reads), (cost, sum(used))


def test_a_transaction_costs_twice(bench, items):
    """As AWS says: DynamoDB Local counts eight units for twenty items that take two each."""
    bench.write([UpdateRows("items", {"n": expr(dynamodb="n + 1")})], [])

    (cost,) = costs(bench)
    assert units(cost)[0] == COUNT * 2 * 2


def test_a_copy_costs_more_and_most_where_it_goes_back(bench, items):
    version = bench.write([RenameTable("items", "things")], [])
    (renamed,) = costs(bench)
    bench.write([ChangePrimaryKey("things", ["id", "n"])], [])
    bench.up(to=version)
    (anew,) = costs(bench)

    assert units(renamed)[0] == COUNT * 2
    assert units(anew)[0] == 2 * COUNT * 2
    assert units(anew)[1] > units(renamed)[1] > COUNT * 2


def test_what_is_about_a_few_items_says_no_costs(bench, items):
    bench.write([InsertRows("items", [{"id": 99, "n": 1}])], [])
    bench.write([UpdateRows("items", {"n": 2}, where={"id": 99})], [])

    assert costs(bench) == []


def test_a_table_that_aws_has_not_counted_says_none():
    assert Cost(scans=1, writes=1).text(TableSize(0, 0)) is None
    assert Cost(scans=1, writes=1).text(None) is None


def test_each_item_takes_whole_units():
    said = Cost(scans=1, gets=1, writes=2).text(TableSize(rows=1_000, bytes=4096 * 100))

    assert said is not None
    assert said.startswith("at AWS up to 2,000 write units and 1,100 read units")


def test_the_command_line_shows_it(bench, items, capsys):
    bench.write([RenameColumn("items", "text", "words")], [])
    words = ["migrate:plan", "--dir", str(bench.folder), "--url", bench.url]

    assert main(words) == 0
    text = capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)

    (cost,) = costs(bench)
    assert f"# {cost}\n" in text
    assert [c for step in found["steps"] for part in step["parts"] for c in part["costs"] if c] == [
        cost
    ]
