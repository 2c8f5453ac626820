"""Migrations as a script for mongosh, which stops at the first thing that fails."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone

from toasty_core.backends import DataCheck, ScriptPart, Statement
from toasty_core.errors import Unsupported
from toasty_mongo.journal import JOURNAL, entry_words
from toasty_mongo.shell import comment_text, shell_text
from toasty_mongo.statements import (
    CallFunction,
    Command,
    Count,
    ExactUpdate,
    FieldUpdate,
    Insert,
    Link,
    Rekey,
    Transform,
    update_words,
)
from toasty_mongo.transforming import value_at
from toasty_mongo.values import Made

_FUNCTIONS = """\
function must(command, ...harmless) {
  let said;
  try {
    said = db.runCommand(command);
  } catch (error) {
    if (harmless.includes(error.code)) return;
    throw error;
  }
  const refused = said.writeErrors?.[0] ?? said.writeConcernError;
  if (!refused) return;
  const what = `${EJSON.stringify(refused).slice(0, 2000)} in ${EJSON.stringify(command).slice(0, 500)}`;
  throw Object.assign(new Error(what), {before: refused.index ?? 0});
}
function past(command) {
  try {
    must({...command, bypassDocumentValidation: true});
  } catch (error) {
    if (error.code !== 13) throw error;
    must(command);
  }
}
function put(command) {
  try {
    must(command);
  } catch (error) {
    const made = command.documents.slice(0, error.before ?? 0);
    const ids = made.map((one) => (one instanceof Map ? one.get("_id") : one._id));
    if (ids.length) db.getCollection(command.insert).deleteMany({_id: {$in: ids}});
    throw error;
  }
}
function stands(collection, query, what) {
  if (!db.getCollection(collection).findOne(query)) throw new Error(what);
}
function none(what, hint, shown, question) {
  const found = db.runCommand(question).cursor.firstBatch;
  const value = (one, path) => path.split(".").reduce((inner, name) => inner?.[name], one);
  const text = (one) => shown.map(([name, path]) => `${name} = ${EJSON.stringify(value(one, path))}`.slice(0, 200));
  if (found.length) throw new Error(`${what}: ${found.map((one) => text(one).join(", ")).join("; ")}; ${hint}`);
}"""
"""mongosh itself stops at commands that fail, and goes on behind writes that were refused.

`must` runs a command, `past` an update past the validator; for a user who may not do that (Unauthorized) as everybody
updates. `put` inserts all or none, `stands` and `none` look at documents.
"""
_SHOWN = 5
_LEFT = "are not as they should be, though all were changed"
_STOP_WRITING = "an application keeps writing the old form: stop it, and correct these documents"
_PLAIN = re.compile(r"^db\.runCommand\(", re.M)
"""Where a command begins in a statement's text: line breaks in values are escaped."""


def script_lines(parts: Iterable[ScriptPart]) -> Iterator[str]:
    """The lines. Raises Unsupported where Python has to run."""
    yield comment_text("Run with: mongosh URL FILE")
    yield _FUNCTIONS
    for part in parts:
        yield comment_text(part.version)
        checks = [check for compiled in part.compiled for check in compiled.checks]
        yield from (_check(check) for check in checks if check.ahead)
        for compiled in part.compiled:
            yield from (_check(check) for check in compiled.checks if not check.ahead)
            for statement in compiled.statements:
                yield from _lines(statement, part.version)
        yield _journal(part)


def _check(check: DataCheck) -> str:
    assert isinstance(check.query, Count), "it is ours"
    question = {
        "aggregate": check.query.collection,
        "pipeline": [*check.query.pipeline, {"$limit": _SHOWN}],
        "cursor": {},
        "allowDiskUse": True,
    }
    words = (f"{check.where}: documents {check.what}", check.hint, check.query.shown, question)
    return f"none({', '.join(map(shell_text, words))});"


def _lines(statement: Statement, version: str) -> Iterator[str]:
    numbered = isinstance(statement, Insert) and statement.numbered
    if isinstance(statement, Transform | CallFunction) or numbered:
        raise Unsupported(
            f"{version} has work that only Toasty can do: {statement}",
            reason="a script for mongosh calls no Python functions, and numbers no documents",
            hint="run it with migrate:up",
        )
    match statement:
        case Command(body):
            yield f"must({', '.join(map(shell_text, (body, *statement.harmless)))});"
        case Insert():
            yield from _insert(statement)
        case FieldUpdate():
            yield from _field_update(statement)
        case ExactUpdate():
            yield f"must({shell_text(update_words(statement))});"
        case Rekey():
            yield _or_as_it_was(statement, _PLAIN.sub("must(", str(statement)))
        case _:
            yield _PLAIN.sub("must(", str(statement))


def _field_update(statement: FieldUpdate) -> Iterator[str]:
    """The update; where it can be told which documents are left, there must be none."""
    yield f"{'past' if statement.sure else 'must'}({shell_text(update_words(statement))});"
    if statement.pending is not None:
        left = Count(statement.collection, ({"$match": statement.pending},), (("_id", "_id"),))
        yield _check(DataCheck(statement.collection, _LEFT, _STOP_WRITING, left))


def _insert(statement: Insert) -> Iterator[str]:
    """Documents get their `_id` here: a time series gives none, and those that must go again have to be found."""
    for link in statement.links:
        yield from _parents(statement, link)
    given = [{"_id": Made.OBJECT_ID, **document} for document in statement.documents]
    yield f"put({shell_text({'insert': statement.collection, 'documents': given})});"


def _parents(statement: Insert, link: Link) -> Iterator[str]:
    """Each document that the inserted ones point at, unless it is inserted with them."""
    own = statement.documents if link.parent == statement.collection else ()
    known = [tuple(value_at(one, path) for path in link.references) for one in own]
    for document in statement.documents:
        values = tuple(value_at(document, path) for path in link.fields)
        if None in values or values in known:
            continue
        known.append(values)
        where = ", ".join(f"{k} = {v!r}" for k, v in zip(link.fields, values, strict=True))
        what = f"a document for {statement.collection} points at none of {link.parent}: {where}"
        query = dict(zip(link.references, values, strict=True))
        yield f"stands({', '.join(map(shell_text, (link.parent, query, what)))});"


def _or_as_it_was(statement: Rekey, text: str) -> str:
    """The collection takes writes again where it cannot get its other key."""
    create, _, rest = text.partition("\n")
    back = shell_text({"collMod": statement.collection, **statement.restore})
    drop = shell_text({"drop": statement.copy})
    failed = f"must({back});\nmust({drop});\nthrow error;"
    return f"{create}\ntry {{\n{rest}\n}} catch (error) {{\n{failed}\n}}"


def _journal(part: ScriptPart) -> str:
    rows = f"db.getCollection({shell_text(JOURNAL)})"
    if part.entry is None:
        return f"{rows}.deleteOne({shell_text({'_id': part.version})});"
    words = entry_words(part.entry)
    moment = datetime.now(timezone.utc).replace(tzinfo=None)
    words = {
        k: v if v is not None or k not in ("started", "finished") else moment
        for k, v in words.items()
    }
    query = shell_text({"_id": part.version})
    return f'{rows}.replaceOne({query}, {shell_text(words)}, {{"upsert": true}});'
