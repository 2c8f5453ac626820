"""The next migration, from the models and the migrations that are there."""

from __future__ import annotations

import json

import pytest

from toasty_core import api, key, model
from toasty_core.diff import Answers, Fill, Rename, RenameQuestion
from toasty_core.errors import QuestionsOpen, SnapshotError, UsageError
from toasty_core.schema import ColumnDef, Literal, SchemaSnapshot, TableDef
from toasty_core.schema.store import StoredSnapshot, load_stored

NAME = ColumnDef("name", "String", nullable=True)


def stored_snapshot(work) -> StoredSnapshot:
    stored = load_stored(work.snapshot)
    assert stored is not None
    return stored


def test_the_first_migration_makes_what_the_models_say(work):
    made = work.generate(work.users, "create users")

    assert made.migration.version.endswith("_create_users")
    assert made.migration.path.read_text() == made.migration.text
    stored = stored_snapshot(work)
    assert (stored.schema, stored.head) == (work.users, made.migration.version)


def test_right_after_it_there_is_nothing_to_generate(work):
    work.generate(work.users)
    before = sorted(work.folder.iterdir())

    made = work.generate(work.users)

    assert made.migration is None
    assert not made.diff
    assert sorted(work.folder.iterdir()) == before


def test_the_snapshot_is_what_the_files_make_and_not_what_the_models_say(work):
    """The order of columns is that of the table in the database."""
    work.generate(work.users)
    columns = (ColumnDef("name", "String", nullable=True), *work.users.table("users").columns)
    turned = SchemaSnapshot.of(type(work.users.table("users"))("users", columns, ["id"]))

    work.generate(turned)

    assert stored_snapshot(work).schema.table("users").column_names == ("id", "name")


def test_a_snapshot_whose_files_have_not_changed_is_trusted_without_importing_them(work):
    file = work.generate(work.users).migration.path
    stored = json.loads(work.snapshot.read_text())
    source = file.read_text()
    file.write_text("1 / 0")

    with pytest.raises(Exception, match="ZeroDivisionError"):
        work.generate(work.users)
    file.write_text(source)
    assert work.generate(work.users).migration is None
    assert json.loads(work.snapshot.read_text()) == stored


def test_a_missing_snapshot_is_made_anew_and_said_so(work):
    work.generate(work.users)
    text = work.snapshot.read_text()
    work.snapshot.unlink()

    made = work.generate(work.users)

    assert made.migration is None
    assert made.notes == (f"{work.snapshot} was missing: rebuilt from 1 migration file(s)",)
    assert work.snapshot.read_text() == text


def test_a_snapshot_that_is_not_what_the_files_make_is_refused(work):
    work.generate(work.users)
    text = work.snapshot.read_text().replace('"users"', '"people"')
    digest = stored_snapshot(work).history
    work.snapshot.write_text(text.replace(digest, "0" * 32))

    with pytest.raises(SnapshotError, match=r"\.schema\.json is not what the") as caught:
        work.generate(work.users)

    assert caught.value.where == str(work.snapshot)
    assert "toasty schema:rebuild" in (caught.value.hint or "")
    assert api.rebuild(work.project()) == work.snapshot
    assert work.generate(work.users).migration is None


def test_a_half_merged_snapshot_is_refused(work):
    work.generate(work.users)
    text = work.snapshot.read_text()
    work.snapshot.write_text(f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> branch\n")

    with pytest.raises(SnapshotError):
        work.generate(work.users)

    api.rebuild(work.project())
    assert work.snapshot.read_text() == text


def test_an_edited_file_moves_the_fold_and_so_the_snapshot_must_follow(work):
    file = work.generate(work.users).migration.path
    file.write_text(file.read_text().replace('name="users"', 'name="people"'))

    with pytest.raises(SnapshotError, match=r"rename|create|drop"):
        work.generate(work.users)


def test_a_possible_rename_must_be_answered_and_until_then_nothing_is_written(work):
    work.generate(work.with_columns(ColumnDef("mail", "String(99)", nullable=True)))
    new = work.with_columns(ColumnDef("email", "String(99)", nullable=True))
    before = sorted(work.folder.iterdir())

    with pytest.raises(QuestionsOpen) as caught:
        work.generate(new)

    assert caught.value.exit_code == 3
    [question] = caught.value.questions
    assert isinstance(question, RenameQuestion)
    assert question.old == "mail"
    assert sorted(work.folder.iterdir()) == before

    made = work.generate(new, answers=Answers([Rename("users.mail", "users.email")]))
    assert [operation.kind for operation in made.diff] == ["rename_column"]


def test_an_open_fill_is_said_and_an_answered_one_is_written(work):
    work.generate(work.users)
    new = work.with_columns(ColumnDef("mail", "String"))

    open_ = work.generate(new)
    assert [fill.column for fill in open_.open_fills] == ["mail"]

    open_.migration.path.unlink()
    api.rebuild(work.project())
    made = work.generate(new, answers=Answers(fills=[Fill("users", "mail", Literal("?"))]))
    assert made.open_fills == ()
    assert 'fill="?"' in made.migration.text


def test_models_may_be_given_as_they_are(work):
    @model(table="users")
    class User:
        id: int = key()

    made = work.generate([User])

    assert [operation.touches() for operation in made.diff] == [("users",)]
    assert not api.check(work.project([User])).pending_changes


def address(*fields: str) -> SchemaSnapshot:
    column = ColumnDef("address", f"Array(Document({', '.join(fields)}))")
    return SchemaSnapshot.of(TableDef("users", [ColumnDef("id", "Integer"), column]))


@pytest.mark.parametrize(
    ("fields", "noted"),
    [
        (("Field('postcode', String)",), True),
        (("Field('zip', String)", "Field('city', String)"), True),
        (
            ("Field('a', String, renamed_from='zip')", "Field('b', String, renamed_from='zip')"),
            True,
        ),
        (("Field('zip', String)", "Field('city', String, nullable=True)"), False),
        (("Field('zip', Integer)",), False),
    ],
)
def test_documents_that_stay_as_they_are_are_noted(work, fields, noted):
    work.generate(address("Field('zip', String)"))

    made = work.generate(address(*fields))

    assert [operation.kind for operation in made.diff] == ["modify_column"]
    said = "users.address gets other fields in the schema alone"
    assert [note.startswith(said) for note in made.notes] == [True] * noted


def test_without_models_the_option_is_named(work):
    with pytest.raises(UsageError) as caught:
        work.generate(None)

    assert "--models" in (caught.value.hint or "")


def test_a_new_migration_is_empty_and_leaves_the_schema(work):
    work.generate(work.users)

    made = api.new(work.project(), "by hand")

    assert made.migration is not None
    assert made.migration.operations == ()
    assert stored_snapshot(work).head == made.migration.version
    assert work.generate(work.users).migration is None


def test_a_baseline_ignores_the_old_snapshot(work):
    work.generate(work.users)
    for file in work.folder.glob("2*.py"):
        file.unlink()

    made = work.generate(work.users, baseline=True)

    assert [operation.kind for operation in made.diff] == ["create_table"]
    with pytest.raises(UsageError, match="there are 1 already"):
        work.generate(work.users, baseline=True)


def test_when_the_snapshot_cannot_be_written_the_file_goes_too(work):
    work.snapshot.mkdir(parents=True)
    (work.snapshot / "in the way").touch()

    with pytest.raises(SnapshotError, match="cannot write"):
        work.generate(work.users, baseline=True)

    assert list(work.folder.glob("*.py")) == []


def test_a_plug_in_may_rewrite_the_operations(work):
    import pluggy

    from toasty_core.operations import SetTableComment
    from toasty_core.plugins import Hooks, hookimpl, specs

    class Comments:
        @hookimpl
        def toasty_operations(self, operations, old, new):
            return [*operations, SetTableComment("users", "people")]

    manager = pluggy.PluginManager(specs.PROJECT)
    manager.add_hookspecs(specs)
    manager.register(Comments())
    project = work.project(work.users, hooks=Hooks(manager))

    made = api.generate(project, "users")

    assert [operation.kind for operation in made.diff] == ["create_table", "set_table_comment"]
    assert stored_snapshot(work).schema.table("users").comment == "people"


def test_every_generated_migration_leads_there_and_back(work):
    first = work.generate(work.users)
    second = work.generate(work.with_columns(NAME))
    api.up(work.project())
    assert api.drift(work.project()).operations == ()

    report = api.down(work.project(), to=first.migration.version)

    assert [step.version for step in report.done] == [second.migration.version]
    assert api.drift(work.project()).operations == ()
