"""The offline script: calls for AWS's command line, one after the other, with the journal's rows."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys

import pytest

from toasty_core import api
from toasty_core.errors import Unsupported
from toasty_core.operations import AddColumn, CreateIndex, CreateTable, DropTable
from toasty_core.schema import ColumnDef, IndexDef, TableDef

NOTES = TableDef(
    "notes", [ColumnDef("id", "String"), ColumnDef("n", "Integer")], primary_key=["id"]
)
AWS = """#!{python}
import json, os, sys
import boto3
from botocore import xform_name
words = sys.argv[1:]
client = boto3.client("dynamodb")
if words[1] == "wait":
    client.get_waiter(words[2].replace("-", "_")).wait(TableName=words[4])
elif "--cli-input-json" in words:
    getattr(client, words[1].replace("-", "_"))(**json.loads(words[3]))
else:
    found = client.describe_table(TableName=words[3])["Table"]
    indexes = found.get("GlobalSecondaryIndexes", [])
    print("\\t".join([found["TableStatus"], *(index["IndexStatus"] for index in indexes)]))
"""
"""What the script needs of AWS's command line, said by boto3, where that is not installed."""


@pytest.fixture
def shell(dynamo_url, tmp_path):
    """Runs a script with the database's access key."""
    place, key = dynamo_url.rpartition("@")[2], dynamo_url.partition("//")[2].partition(":")[0]
    programs = tmp_path / "bin"
    programs.mkdir()
    if not shutil.which("aws"):
        (programs / "aws").write_text(AWS.format(python=sys.executable))
        (programs / "aws").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://{place}",
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }

    def run(lines):
        file = tmp_path / "script.sh"
        file.write_text("\n".join(lines) + "\n")
        return subprocess.run(
            ["bash", str(file)], env=environment, capture_output=True, text=True, timeout=300
        )

    return run


def test_a_script_leads_to_the_same_schema_and_journal(bench, shell):
    bench.write([CreateTable(NOTES)])
    bench.write(
        [
            CreateIndex("notes", IndexDef("by_n", ["n"])),
            AddColumn("notes", ColumnDef("it's", "String", nullable=True)),
            CreateTable(TableDef("gone", NOTES.columns, primary_key=["id"])),
        ]
    )
    bench.write([DropTable("gone")])
    done = shell(api.offline_script(bench.project, "dynamodb"))

    assert done.returncode == 0, done.stderr
    bench.assert_schema(bench.schema())
    assert [row.version for row in bench.journal()] == sorted(
        file.stem for file in bench.folder.glob("2*.py")
    )
    assert bench.up().done == ()
    assert not api.drift(bench.project)


def test_every_line_of_a_call_is_json_for_the_command_line(bench):
    bench.write([CreateTable(NOTES)])
    lines = list(api.offline_script(bench.project, "dynamodb"))
    calls = [shlex.split(line) for line in lines if line.startswith("aws dynamodb create-table")]

    assert [json.loads(call[4])["TableName"] for call in calls] == ["notes"]


def test_work_that_only_toasty_can_do_is_refused(bench):
    bench.write([CreateTable(NOTES)])
    bench.write_text("db.run(print)")
    with pytest.raises(Unsupported, match="only Toasty can do"):
        list(api.offline_script(bench.project, "dynamodb"))
