"""What is sent to MongoDB, as values; `str()` of one is text for mongosh. `running.py` does them.

None can stand in a transaction with others. All but the user's own are repeatable: done a second time they do
no harm, or they know from the journal's row how far they came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

from attrs import field, frozen

from toasty_core.backends import Effect, Statement, Work
from toasty_core.schema.types import Type
from toasty_mongo.names import copy_of
from toasty_mongo.shell import command_text, comment_text, shell_text

Words: TypeAlias = Mapping[str, Any]
Update: TypeAlias = Words | tuple[Words, ...]
"""Operators (`{"$set": ...}`), or a pipeline."""
GUARD: Words = MappingProxyType(
    {
        "validator": {
            "$jsonSchema": {
                "description": "Toasty gives these documents another primary key, and refuses others meanwhile",
                "not": {},
            }
        },
        "validationLevel": "strict",
        "validationAction": "error",
    }
)
"""What `collMod` takes so that a collection refuses every insert and every update."""


class MongoStatement(Statement):
    """What all have in common."""

    __slots__ = ()

    comment: ClassVar[str] = "//"

    @property
    def transactional(self) -> bool:
        return False

    @property
    def repeatable(self) -> bool:
        return True


@frozen
class Command(MongoStatement):
    """A command of the database. Errors with a number among `harmless` mean that there is nothing to do.

    `again`: it may be sent a second time. `note` is its notice.
    """

    body: Words
    again: bool = True
    harmless: tuple[int, ...] = ()
    effect: tuple[Effect, ...] = ()
    note: str | None = None

    @property
    def repeatable(self) -> bool:
        return self.again

    @property
    def effects(self) -> tuple[Effect, ...]:
        return self.effect

    @property
    def notice(self) -> str | None:
        return self.note

    def __str__(self) -> str:
        return f"{command_text(self.body)};"


@frozen
class RenameCollection(MongoStatement):
    """Gives a collection another name, which must be free."""

    old: str
    new: str

    @property
    def repeatable(self) -> bool:
        return False

    def __str__(self) -> str:
        return f"db.getCollection({shell_text(self.old)}).renameCollection({shell_text(self.new)});"


@frozen
class FieldUpdate(MongoStatement):
    """Changes the documents that `filter` finds, in ranges of `_id`; a second time it changes nothing more.

    `pending` finds documents that are not yet as they should be: after the last range there must be none.
    `sure`: what it writes fits wherever the document fitted, so it goes past the validator: a look at that costs the
    server a third of its time, and would refuse documents that are older than it.
    `rest`: the ranges are through, and this is for what others put in behind them.
    """

    collection: str
    filter: Words
    update: Update
    pending: Words | None = None
    sure: bool = False
    rest: bool = False

    @property
    def effects(self) -> tuple[Effect, ...]:
        return (Effect(self.collection, "none but on each document", Work.SCAN),)

    def __str__(self) -> str:
        how = "what others put in meanwhile" if self.rest else "in ranges of _id"
        past = {"bypassDocumentValidation": True} if self.sure else {}
        return f"{command_text({**update_words(self), **past})}; {comment_text(how)}"


@frozen
class Rekey(MongoStatement):
    """Puts documents under another `_id`: into a copy of the collection, which then takes its place at once.

    `stages` make the new document from the old one, `settings` are what `create` takes for the copy, `indexes` those
    that it gets. `restore` gives the collection its validator back when it cannot be done.

    On a replica set others go on writing: a change stream brings what they change, and they are refused for the
    moment of the exchange alone. A standalone server has none: there, `blocking`, they are refused all the while.
    """

    collection: str
    stages: tuple[Words, ...]
    settings: Words
    indexes: tuple[Words, ...]
    restore: Words
    blocking: bool = False

    @property
    def copy(self) -> str:
        """The name of the copy."""
        return copy_of(self.collection)

    @property
    def effects(self) -> tuple[Effect, ...]:
        lock = "a guard that refuses writes" if self.blocking else "a guard at the very end"
        return (Effect(self.collection, lock, Work.REWRITE, self.blocking),)

    def __str__(self) -> str:
        out = [*self.stages, {"$out": self.copy}]
        commands: list[Words] = [
            {"create": self.copy, **self.settings},
            {"collMod": self.collection, **GUARD},
            {"aggregate": self.collection, "pipeline": out, "cursor": {}},
        ]
        if self.indexes:
            commands.append({"createIndexes": self.copy, "indexes": list(self.indexes)})
        names = f"{shell_text(self.collection)}, true"
        exchange = f"db.getCollection({shell_text(self.copy)}).renameCollection({names});"
        return "\n".join([*(f"{command_text(one)};" for one in commands), exchange])


@frozen
class ExactUpdate(MongoStatement):
    """Changes each document that `filter` finds exactly once, by a pipeline whose result depends on what was there."""

    collection: str
    filter: Words
    update: tuple[Words, ...]

    @property
    def effects(self) -> tuple[Effect, ...]:
        return (Effect(self.collection, "none but on each document", Work.SCAN),)

    def __str__(self) -> str:
        how = "in ranges of _id, each document once"
        return f"{command_text(update_words(self))}; {comment_text(how)}"


def update_words(statement: FieldUpdate | ExactUpdate) -> Words:
    """All of an update as one command."""
    update = statement.update
    change = update if isinstance(update, Mapping) else list(update)
    one = {"q": statement.filter, "u": change, "multi": True}
    return {"update": statement.collection, "updates": [one]}


@frozen
class Link:
    """A foreign key that inserted documents are held against: their fields, and those of the other collection."""

    fields: tuple[str, ...]
    parent: str
    references: tuple[str, ...]


@frozen
class Insert(MongoStatement):
    """Puts documents in, all or none. `numbered` are the paths of fields that are numbered where they are missing."""

    collection: str
    documents: tuple[Words, ...]
    numbered: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()

    def __str__(self) -> str:
        body = {"insert": self.collection, "documents": list(self.documents)}
        said = f"numbers {', '.join(self.numbered)}" if self.numbered else ""
        return f"{command_text(body)};{f' {comment_text(said)}' if said else ''}"


@frozen
class TransformField:
    """A column of the row that a function gets, and where it is in a document."""

    name: str
    path: str
    type: Type


@frozen
class Transform(MongoStatement):
    """Calls `function(row)` for the documents that `filter` finds, exactly once for each, in batches by `_id`."""

    collection: str
    fields: tuple[TransformField, ...]
    key: tuple[str, ...]
    function: Callable[[dict[str, Any]], Mapping[str, Any] | None] = field(eq=True)
    description: str
    filter: Words
    batch_size: int = 1000

    def __str__(self) -> str:
        where = f" where {shell_text(self.filter)}" if self.filter else ""
        return comment_text(
            f"Python: {self.description}, {self.batch_size} documents at a time, for {self.collection}{where}"
        )


@frozen
class CallFunction(MongoStatement):
    """Calls a function of the user's with the live database."""

    function: Callable[[Any], object]
    description: str

    @property
    def repeatable(self) -> bool:
        return False

    def __str__(self) -> str:
        return comment_text(f"Python: {self.description}")


@frozen
class Count(MongoStatement):
    """A question: the documents that `pipeline` gives do not fit. `shown` are fields of theirs to show.

    `shown` has the name and the path of each; the value of `times` says how often the rest stands there.
    `rekeys`: it is about documents that have their old `_id` yet, when a `Rekey` is to change it.
    """

    collection: str
    pipeline: tuple[Words, ...]
    shown: tuple[tuple[str, str], ...] = ()
    rekeys: bool = False

    def __str__(self) -> str:
        body = {"aggregate": self.collection, "pipeline": list(self.pipeline), "cursor": {}}
        return f"{command_text(body)};"
