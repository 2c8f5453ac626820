"""Folders to measure DynamoDB in: migrations, and the bare boto3 scripts that do the same work."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from migration_files import Step, table

COLUMNS = {"id": "Integer", "name": "String", "n": "Integer"}

NEXT = """
def following(row):
    return {"n": row["n"] + 1}

"""

HEAD = """
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

address, key, *words = sys.argv[1:]
config = Config(max_pool_connections=64)
client = boto3.client(
    "dynamodb", endpoint_url=address, region_name="us-east-1", config=config,
    aws_access_key_id=key, aws_secret_access_key="secret",
)
TABLE, SEGMENTS = "items", 8


def pages(segment, total, **more):
    request = {"TableName": TABLE, **more}
    if total > 1:
        request |= {"Segment": segment, "TotalSegments": total}
    while True:
        said = client.scan(**request)
        yield said["Items"]
        if "LastEvaluatedKey" not in said:
            return
        request["ExclusiveStartKey"] = said["LastEvaluatedKey"]


def side_by_side(work, segments=SEGMENTS):
    with ThreadPoolExecutor(segments) as pool:
        for done in [pool.submit(work, number, segments) for number in range(segments)]:
            done.result()

"""

RENAME = {
    "partiql": """
old, new = words
KEYS = {"ProjectionExpression": "id", "FilterExpression": "attribute_exists(#o)"}
TEXT = (
    f'UPDATE "{TABLE}" SET "{new}"="{old}" REMOVE "{old}"'
    f' WHERE "id"=? AND "{old}" IS NOT MISSING AND "{new}" IS MISSING'
)


def rename(segment, total):
    for items in pages(segment, total, **KEYS, ExpressionAttributeNames={"#o": old}):
        for at in range(0, len(items), 25):
            client.batch_execute_statement(
                Statements=[
                    {"Statement": TEXT, "Parameters": [item["id"]]} for item in items[at : at + 25]
                ]
            )


side_by_side(rename)
""",
    "update_item": """
old, new = words
KEYS = {"ProjectionExpression": "id", "FilterExpression": "attribute_exists(#o)"}


def rename(segment, total):
    for items in pages(segment, total, **KEYS, ExpressionAttributeNames={"#o": old}):
        for item in items:
            client.update_item(
                TableName=TABLE,
                Key=item,
                UpdateExpression="SET #n = #o REMOVE #o",
                ConditionExpression="attribute_exists(#o) AND attribute_not_exists(#n)",
                ExpressionAttributeNames={"#o": old, "#n": new},
            )


side_by_side(rename)
""",
}

EXACT = """

def change(segment, total):
    for items in pages(segment, total, ConsistentRead=True):
        for at in range(0, len(items), 100):
            client.transact_write_items(
                TransactItems=[
                    {
                        "Update": {
                            "TableName": TABLE,
                            "Key": {"id": item["id"]},
                            "UpdateExpression": "SET #n = :new",
                            "ConditionExpression": "#n = :old",
                            "ExpressionAttributeNames": {"#n": "n"},
                            "ExpressionAttributeValues": {
                                ":old": item["n"],
                                ":new": {"N": str(int(item["n"]["N"]) + 1)},
                            },
                        }
                    }
                    for item in items[at : at + 100]
                ]
            )


side_by_side(change, int(words[0]))
"""

TABLES = """
count, indexes = map(int, words)


def until_active(name):
    while True:
        found = client.describe_table(TableName=name)["Table"]
        states = [found["TableStatus"]]
        states += [index["IndexStatus"] for index in found.get("GlobalSecondaryIndexes", ())]
        if set(states) == {"ACTIVE"}:
            return
        time.sleep(0.1)


for number in range(count):
    client.create_table(
        TableName=f"table{number:02}",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    until_active(f"table{number:02}")
for number in range(indexes):
    key = [{"AttributeName": "name", "KeyType": "HASH"}]
    create = {"IndexName": "by_name", "KeySchema": key, "Projection": {"ProjectionType": "ALL"}}
    client.update_table(
        TableName=f"table{number:02}",
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": create}],
    )
    until_active(f"table{number:02}")
"""

_NAMES = ("TableDef",)


def item_project(folder: Path) -> None:
    """A project with a table of items, a rename, and a transform; and the bare scripts."""
    forth, back = (
        f'db.rename_column("items", "{old}", "{new}")'
        for old, new in (("name", "title"), ("title", "name"))
    )
    steps = (
        Step(table("items", COLUMNS), names=_NAMES),
        Step(forth, back, names=_NAMES),
        Step('db.transform_rows("items", following)', head=NEXT, names=_NAMES),
    )
    _write(folder, steps)
    for name, body in {**RENAME, "exact": EXACT}.items():
        (folder / f"bare_{name}.py").write_text(HEAD + body)


def table_project(folder: Path, tables: int, indexes: int) -> None:
    """A project with tables and indexes on some of them, and the bare script."""
    made = "\n".join(table(f"table{number:02}", COLUMNS) for number in range(tables))
    added = "\n".join(
        f'        db.create_index("table{number:02}", IndexDef("by_name", ["name"]))'
        for number in range(indexes)
    )
    _write(folder, (Step(text, names=_NAMES) for text in (made, added)))
    (folder / "bare_tables.py").write_text(HEAD + TABLES)


def _write(folder: Path, steps: Iterable[Step]) -> None:
    migrations = folder / "migrations"
    migrations.mkdir(parents=True)
    for number, step in enumerate(steps):
        step.write(migrations, f"20250101_{number:06}_step", number)
