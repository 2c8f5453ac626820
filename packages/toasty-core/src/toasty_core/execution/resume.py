"""Where a migration that stopped half-way goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from attrs import frozen

from toasty_core.backends import Compiled, JournalState, Statement
from toasty_core.errors import ResolveNeeded
from toasty_core.execution.standing import begins_anew
from toasty_core.execution.states import position_of

if TYPE_CHECKING:
    from toasty_core.backends import Database, JournalEntry
    from toasty_core.execution.plan import Step
    from toasty_core.operations import Operation
    from toasty_core.schema.snapshot import SchemaSnapshot

__all__ = ["Before", "Unit", "start_of", "units"]

Before = Callable[["Step"], "SchemaSnapshot"]
"""Gives the schema before a step, folded anew: only a resume needs it, and a plan does not hold it."""


@frozen
class Unit:
    """Parts of a migration that are done together; `atomic` ones in one transaction with the journal.

    `first` is the position of its first statement in the whole migration.
    """

    first: int
    parts: tuple[Compiled, ...]
    atomic: bool

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All its statements, in order."""
        return tuple(statement for part in self.parts for statement in part.statements)

    @property
    def end(self) -> int:
        """The position behind its last statement."""
        return self.first + sum(len(part.statements) for part in self.parts)

    def fresh(self, start: int) -> Iterator[Compiled]:
        """Its parts of which nothing was done before the statement at `start`."""
        position = self.first
        for part in self.parts:
            if position >= start:
                yield part
            position += len(part.statements)

    def under_way(self, start: int) -> Iterator[Operation]:
        """The operations of its parts that the statement at `start` stands in the middle of."""
        position = self.first
        for part in self.parts:
            end = position + len(part.statements)
            if position < start < end:
                yield from part.operations
            position = end


def units(step: Step, transactions: bool) -> Iterator[Unit]:
    """The units of a step, in order. With `transactions`, parts that can stand in one share it."""
    position = 0
    pieces = [piece for part in step.compiled for piece in _pieces(part, transactions)]
    for atomic, group in groupby(pieces, itemgetter(0)):
        parts = tuple(part for _, part in group)
        for some in (parts,) if atomic else ((part,) for part in parts):
            unit = Unit(position, some, atomic)
            yield unit
            position = unit.end


def _pieces(part: Compiled, transactions: bool) -> Iterator[tuple[bool, Compiled]]:
    """A part in pieces that can share a transaction or cannot, for databases with transactions."""
    can_share = [transactions and statement.transactional for statement in part.statements]
    if all(can_share) or not any(can_share):
        yield transactions and all(can_share), part
        return
    checks, left = part.checks, iter(part.statements)
    for atomic, group in groupby(can_share):
        yield atomic, Compiled(part.operations, tuple(next(left) for _ in group), checks)
        checks = ()


def start_of(step: Step, database: Database, parts: Iterable[Unit], before: Before) -> int:
    """The position of the statement to go on with; 0 for a migration that begins.

    Asks the catalog about the statement in flight. Raises ResolveNeeded where nothing can tell.
    """
    row = step.resume
    if row is None or begins_anew(row):
        return 0
    total = len(step.statements)
    if row.done > total or (row.total != total and not _refused(row)):
        raise _unclear(row, f"it had {row.total} statements then and has {total} now")
    unit = next((unit for unit in parts if unit.first <= row.done < unit.end), None)
    if unit is None or row.statement is None or (unit.atomic and unit.first == row.done):
        return row.done
    return _after_asking(step, database, unit, row, before)


def _after_asking(
    step: Step, database: Database, unit: Unit, row: JournalEntry, before: Before
) -> int:
    part, offset = _part_at(unit, row.done)
    statement = part.statements[offset]
    alone = any(whole.statements == (statement,) for whole in step.compiled)
    state = _state(step, part, before(step))
    landed = _landed(database, part, state, None if alone else statement)
    if landed is not None:
        return row.done + int(landed)
    if _refused(row) or statement.repeatable:
        return row.done
    raise _unclear(row, "the database cannot tell whether the statement in flight took effect")


def _part_at(unit: Unit, position: int) -> tuple[Compiled, int]:
    """The part and the statement's place in it."""
    offset = position - unit.first
    for part in unit.parts:
        if offset < len(part.statements):
            return part, offset
        offset -= len(part.statements)
    raise AssertionError("the position lies in the unit")


def _state(step: Step, part: Compiled, schema: SchemaSnapshot) -> SchemaSnapshot:
    """The schema before a part of the step."""
    state: SchemaSnapshot = schema.draft()
    end = position_of(step.recording, part.operations[0])
    for operation in step.recording.operations[:end]:
        state = operation.apply(state)
    return state


def _landed(
    database: Database, part: Compiled, before: SchemaSnapshot, statement: Statement | None
) -> bool | None:
    """Did the part take effect, or only this `statement` of its several? The latter only the database knows."""
    if statement is not None:
        return database.statement_landed(statement, part.operations[0], before)
    answers: list[bool | None] = []
    state: SchemaSnapshot = before.draft()
    for operation in part.operations:
        answers.append(database.has_landed(operation, state))
        state = operation.apply(state)
    return answers[0] if answers and all(answer is answers[0] for answer in answers) else None


def _refused(row: JournalEntry) -> bool:
    """Did the statement in flight come back with an error, and not with a crash?"""
    reverting = row.state is JournalState.REVERTING and row.error is not None
    return row.state is JournalState.FAILED or reverting


def _unclear(row: JournalEntry, why: str) -> ResolveNeeded:
    word = "reverted" if row.state is JournalState.REVERTING else "applied"
    return ResolveNeeded(
        f"{row.version} stopped while it was being {word}, after {row.done} of {row.total} "
        f"statements, and {why}.",
        where=f"in flight: {row.statement}" if row.statement else None,
        hint="look into the database. If you complete the migration by hand, run: "
        f"toasty migrate:resolve {row.version} --applied\n"
        "If you undo by hand what it did, run: "
        f"toasty migrate:resolve {row.version} --reverted",
    )
