"""Work on rows with Python functions and native commands, as migrations write it by hand."""

from __future__ import annotations

import pytest

from toasty_core.errors import Unsupported
from toasty_core.testing.bench import Bench
from toasty_core.testing.stories.common import ADA, FAR, ONE_TABLE, PEOPLE, QUOTED, THREE
from toasty_core.testing.suite.base import SuiteBase

SHOUT = """
    def shout(row):
        if row["email"] is None:
            return None
        return {"name": row["name"].upper(), "age": row["age"] + 1}
"""


class WorkOnRows(SuiteBase):
    """Functions get rows, and the live database, when their turn comes."""

    @pytest.mark.parametrize("batch_size", [1, 2, 1000])
    def test_transform_rows(self, bench: Bench, batch_size: int) -> None:
        """Each row goes through the function once, whatever the size of the batches."""
        bench.write_tables(ONE_TABLE, PEOPLE)
        bench.write_text(f'db.transform_rows("users", shout, batch_size={batch_size})', head=SHOUT)
        bench.up()

        ada, far = {**ADA, "name": "ADA", "age": 37}, {**FAR, "name": FAR["name"].upper(), "age": 8}
        bench.assert_rows(ONE_TABLE, {"users": (ada, QUOTED, far)})

    def test_transform_chosen_rows(self, bench: Bench) -> None:
        """Rows that `where` leaves out are left alone."""
        bench.write_tables(ONE_TABLE, PEOPLE)
        bench.write_text('db.transform_rows("users", shout, where={"id": 1})', head=SHOUT)
        bench.up()

        changed = {**ADA, "name": "ADA", "age": 37}
        bench.assert_rows(ONE_TABLE, {"users": (changed, QUOTED, FAR)})

    def test_run_gets_the_live_database(self, bench: Bench) -> None:
        """A function runs once, in its turn, and is told which backend it has."""
        seen = bench.folder / "seen"
        head = f"""
            def note(live):
                with open({str(seen)!r}, "a") as file:
                    file.write(live.backend + ";")
        """
        bench.write_tables(ONE_TABLE, PEOPLE)
        bench.write_text(
            'db.delete_rows("users", {"id": 1})\ndb.run(note)\ndb.delete_rows("users", {"id": 2})',
            head=head,
        )
        bench.schema()
        assert not seen.exists()
        bench.up()

        assert seen.read_text() == f"{bench.backend.name};"
        bench.assert_rows(ONE_TABLE, {"users": (FAR,)})

    def test_execute_command(self, bench: Bench) -> None:
        """A native command runs, or is refused with a reason."""
        command = dict(self.truncate_users or {"no": "such command"})
        bench.write_tables(ONE_TABLE, PEOPLE)
        version = bench.write_text(f"db.execute_command({command!r})")
        if not bench.backend.features.commands:
            with pytest.raises(Unsupported) as caught:
                bench.up()
            assert caught.value.reason
            assert version in str(caught.value.where)
            return
        bench.up()

        bench.assert_rows(ONE_TABLE, {"users": ()})

    def test_work_for_another_backend_is_left_out(self, bench: Bench) -> None:
        """`only=` names the backends that native work is for."""
        head = 'def never(live):\n    raise RuntimeError("not for us")\n'
        bench.write_tables(ONE_TABLE, PEOPLE)
        bench.write_text(
            """
            db.run(never, only=["another-backend"])
            db.execute_command({"no": "such command"}, only=["another-backend"])
            db.execute_sql("THIS IS NO SQL", only="another-backend")
            """,
            head=head,
        )
        bench.up()

        bench.assert_rows(ONE_TABLE, {"users": THREE})
