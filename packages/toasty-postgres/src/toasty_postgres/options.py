"""What changes of a table's options: storage parameters, tablespace, logging, parents, exclusion constraints.

https://www.postgresql.org/docs/current/sql-altertable.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import frozen

from toasty_core.backends import Statement, Work
from toasty_core.errors import Unsupported
from toasty_postgres.ddl import exclusion_sql, inherited, parameters, settings
from toasty_postgres.effects import Lock, ddl, effect
from toasty_postgres.following import known_names, text_array
from toasty_postgres.literals import text_literal
from toasty_postgres.names import qualified, quote
from toasty_postgres.parts import Parts

_FIXED = ("partition_by", "on_commit", "ignore_search_path", "with_oids")


@frozen
class OptionsChange:
    """The options of a table become those of `new`, PostgreSQL's part of them."""

    parts: Parts
    new: Mapping[str, Any]

    @property
    def old(self) -> Mapping[str, Any]:
        """The options as they are."""
        return settings(self.parts.table.options)

    def statements(self, refusal: Callable[[str], Unsupported]) -> Iterator[Statement]:
        """ALTER TABLE for each; `refusal` makes the error for what a table keeps for ever."""
        fixed = [name for name in _FIXED if self.old.get(name) != self.new.get(name)]
        if fixed:
            raise refusal(f"a table keeps its {fixed[0]} for ever")
        yield from self._parameters()
        yield from self._storage()
        yield from self._parents()
        yield from self._exclusions()

    def _parameters(self) -> Iterator[Statement]:
        old, new = self.old.get("with") or {}, self.new.get("with") or {}
        changed = {name: value for name, value in new.items() if old.get(name, self) != value}
        gone = [name for name in old if name not in new]
        lock = effect(self.parts.table.key, Lock.SHARE_UPDATE_EXCLUSIVE)
        head = f"ALTER TABLE {self.parts.name}"
        if changed:
            yield ddl(f"{head} SET ({parameters(changed)})", lock)
        if gone:
            yield ddl(f"{head} RESET ({', '.join(gone)})", lock)

    def _storage(self) -> Iterator[Statement]:
        for name, write in _STORAGE.items():
            old, new = self.old.get(name) or None, self.new.get(name) or None
            if old != new:
                yield self.parts.alter(write(new), work=Work.REWRITE)

    def _parents(self) -> Iterator[Statement]:
        old, new = inherited(self.old), inherited(self.new)
        for name in old:
            if name not in new:
                yield self.parts.alter(f"NO INHERIT {qualified(name)}")
        for name in new:
            if name not in old:
                yield self.parts.alter(f"INHERIT {qualified(name)}")

    def _exclusions(self) -> Iterator[Statement]:
        old, new = list(self.old.get("exclude") or ()), list(self.new.get("exclude") or ())
        for said in old:
            if said not in new:
                yield self._drop_exclusion(said)
        for said in new:
            if said not in old:
                yield self.parts.alter(f"ADD {exclusion_sql(said)}", work=Work.BUILD)

    def _drop_exclusion(self, said: Mapping[str, Any]) -> Statement:
        if said.get("name"):
            return self.parts.alter(f"DROP CONSTRAINT {quote(said['name'])}")
        return ddl(self._drop_unnamed(exclusion_sql(said)), effect(self.parts.table.key))

    def _drop_unnamed(self, words: str) -> str:
        """One without a name is found by PostgreSQL's words for it, which are those for a new one on an empty copy."""
        copy = "toasty_copy"
        make = f"CREATE TEMPORARY TABLE {copy} (LIKE {self.parts.name}) ON COMMIT DROP"
        add = f"ALTER TABLE pg_temp.{copy} ADD {words}"
        known = text_array(known_names(self.parts.table))
        return f"""-- drop the exclusion constraint, whatever its name is
DO $toasty$
DECLARE
    of regclass := {text_literal(self.parts.name)}::regclass;
    found text;
BEGIN
    {make};
    {add};
    SELECT c.conname INTO found FROM pg_constraint AS c WHERE c.conrelid = of AND c.contype = 'x'
        AND c.conname <> ALL ({known}) AND pg_get_constraintdef(c.oid) =
            (SELECT pg_get_constraintdef(n.oid) FROM pg_constraint AS n
                WHERE n.conrelid = 'pg_temp.{copy}'::regclass AND n.contype = 'x')
        ORDER BY c.conname LIMIT 1;
    DROP TABLE pg_temp.{copy};
    IF found IS NULL THEN
        RAISE EXCEPTION 'the table has no such exclusion constraint' USING ERRCODE = 'undefined_object';
    END IF;
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', of, found);
END
$toasty$"""


_STORAGE: Mapping[str, Callable[[Any], str]] = {
    "unlogged": lambda wanted: "SET UNLOGGED" if wanted else "SET LOGGED",
    "tablespace": lambda name: f"SET TABLESPACE {quote(name or 'pg_default')}",
    "using": lambda name: f"SET ACCESS METHOD {name or 'heap'}",
}
