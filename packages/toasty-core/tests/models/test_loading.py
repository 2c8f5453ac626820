"""What `--models` takes, and the errors when it cannot be found or imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import sqlalchemy as sa

from toasty_core import SchemaSnapshot, TableDef
from toasty_core.errors import ModelError
from toasty_core.models import key, load_models, model

NATIVE = """
    from toasty_core import model, key, reference

    @model
    class User:
        id: int = key(auto=True)
"""
ALCHEMY = """
    import sqlalchemy as sa
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase):
        pass

    class Post(Base):
        __tablename__ = "posts"
        id: Mapped[int] = mapped_column(primary_key=True)

    other = sa.MetaData()
    tag = sa.Table("tags", other, sa.Column("id", sa.Integer, primary_key=True))
    both = [Base, other]
"""


class Project:
    """A folder with modules in it, which is the current directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str = "") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
        return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in ("app", "broken", "empty", "models", "shop"):  # other tests may have theirs
        monkeypatch.delitem(sys.modules, name, raising=False)
    before = set(sys.modules)
    yield Project(tmp_path)
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def tables(target: object) -> list[str]:
    return list(load_models(target).tables)


def test_a_module_gives_its_native_and_its_sqlalchemy_models(project: Project) -> None:
    project.write("shop.py", dedent(NATIVE) + dedent(ALCHEMY))

    assert tables("shop") == ["users", "posts", "tags"]


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("shop:Base", ["posts"]),
        ("shop:Post", ["posts"]),
        ("shop:Base.metadata", ["posts"]),
        ("shop:other", ["tags"]),
        ("shop:tag", ["tags"]),
        ("shop:both", ["posts", "tags"]),
        ("shop.py", ["posts", "tags"]),
        ("shop.py:other", ["tags"]),
        ("./shop.py", ["posts", "tags"]),
    ],
)
def test_an_attribute_or_a_file_can_be_named(
    project: Project, target: str, found: list[str]
) -> None:
    project.write("shop.py", ALCHEMY)

    assert tables(target) == found


def test_abstract_models_alone_are_no_models(project: Project) -> None:
    project.write(
        "shop.py",
        """
        from toasty_core import key, model

        @model(abstract=True)
        class Base:
            id: int = key(auto=True)

        class Forgotten(Base):
            name: str
        """,
    )

    with pytest.raises(ModelError, match="There are no models in shop"):
        load_models("shop")


def test_a_base_whose_models_are_not_imported_is_no_empty_schema(project: Project) -> None:
    project.write("shop/__init__.py")
    project.write(
        "shop/db.py",
        """
        from sqlalchemy.orm import DeclarativeBase

        class Base(DeclarativeBase):
            pass
        """,
    )

    with pytest.raises(ModelError, match=r"no tables in shop\.db:Base") as caught:
        load_models("shop.db:Base")

    assert caught.value.hint is not None
    assert "--models shop" in caught.value.hint


def test_a_package_is_searched_all_the_way_down_but_for_tests_and_migrations(
    project: Project,
) -> None:
    project.write("app/__init__.py")
    project.write("app/people/__init__.py")
    project.write("app/people/user.py", NATIVE)
    project.write("app/team.py", NATIVE.replace("User", "Team"))
    for forbidden in ("tests/__init__", "migrations/__init__", "test_app", "conftest", "__main__"):
        project.write(f"app/{forbidden}.py", "raise RuntimeError('not to be imported')")

    assert tables("app") == ["users", "teams"]


def test_a_file_inside_a_package_is_imported_by_its_name_there(project: Project) -> None:
    project.write("app/__init__.py")
    project.write("app/base.py", NATIVE)
    project.write("app/models.py", "from .base import User")

    assert tables("app/models.py") == ["users"]
    assert "app.models" in sys.modules


def test_two_files_of_one_name_do_not_get_mixed_up(project: Project) -> None:
    project.write("a/models.py", NATIVE)
    project.write("b/models.py", NATIVE.replace("User", "Team"))

    assert tables("a/models.py") == ["users"]
    assert tables("b/models.py") == ["teams"]
    assert tables("a/models.py") == ["users"]


def test_the_path_is_as_before_after_an_import(project: Project) -> None:
    project.write("shop.py", NATIVE)
    before = list(sys.path)

    load_models("shop")

    assert sys.path == before


def test_another_directory_can_be_searched(project: Project, tmp_path: Path) -> None:
    project.write("deep/down/shop.py", NATIVE)

    assert list(load_models("shop", directory=tmp_path / "deep" / "down").tables) == ["users"]


def test_the_things_themselves_can_be_given() -> None:
    @model
    class User:
        id: int = key(auto=True)

    metadata = sa.MetaData()
    table = sa.Table("tags", metadata, sa.Column("id", sa.Integer, primary_key=True))
    plain = TableDef("plain", [])

    assert tables(User) == ["users"]
    assert tables(metadata) == tables(table) == ["tags"]
    assert tables([User, metadata, plain, metadata]) == ["plain", "users", "tags"]
    assert load_models(SchemaSnapshot.of(plain)) == SchemaSnapshot.of(plain)


def test_a_metadata_without_tables_is_an_empty_schema() -> None:
    assert load_models(sa.MetaData()) == SchemaSnapshot()


def test_two_tables_of_one_name_are_an_error() -> None:
    def table(metadata: sa.MetaData) -> sa.Table:
        return sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True))

    @model
    class User:
        id: int = key(auto=True)

    with pytest.raises(ModelError, match="Two models have one table, 'users'"):
        load_models([User, table(sa.MetaData())])
    with pytest.raises(ModelError, match="Two MetaData have a table 'users'"):
        load_models([table(sa.MetaData()), table(sa.MetaData())])


def test_a_plugin_is_asked_about_a_text_first(project: Project) -> None:
    from toasty_core.plugins.hooks import Hooks

    class Offering(Hooks):
        __slots__ = ()

        def model_source(self, target: str) -> SchemaSnapshot | None:
            return SchemaSnapshot.of(TableDef("offered", [])) if target == "x://y" else None

    project.write("shop.py", NATIVE)

    assert list(load_models("x://y", Offering()).tables) == ["offered"]
    assert list(load_models("shop", Offering()).tables) == ["users"]


@pytest.mark.parametrize(
    ("target", "what", "hint"),
    [
        ("shpo", "There is no module 'shpo'.", "did you mean 'shop'?"),
        ("shop.modles", "There is no module 'shop.modles'", None),
        ("app.modles", "There is no module 'app.modles'.", "did you mean 'app.models'?"),
        ("nowhere.models", "There is no module 'nowhere'", "(asked for as 'nowhere.models')"),
        ("shop:Usre", "shop has no attribute 'Usre'.", "did you mean 'User'?"),
        ("shop:text.nope", "shop has no attribute 'nope'.", None),
        ("shpo.py", "There is no file", "did you mean 'shop.py'?"),
        ("shop:text", "There are no models in shop:text.", "@model"),
        ("empty", "There are no models in empty.", "@model"),
        ("a b", "'a b' names no models.", "package.module"),
        ("", "'' names no models.", "package.module"),
    ],
)
def test_an_unknown_target_is_an_error_with_the_nearest_name(
    project: Project, target: str, what: str, hint: str | None
) -> None:
    project.write("shop.py", dedent(NATIVE) + "text = 'x'\n")
    project.write("app/__init__.py")
    project.write("app/models.py")
    project.write("empty.py")

    with pytest.raises(ModelError) as caught:
        load_models(target)

    assert what in caught.value.what
    assert (hint or "") in f"{caught.value.what} {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("x = 1\n\nimport nowhere_at_all\n", 3, "No module named 'nowhere_at_all'"),
        ("x = 1\nx.y\n", 2, "AttributeError"),
        ("x = (\n", 1, "SyntaxError"),
        ("import json\n\njson.loads('{')\n", 3, "JSONDecodeError"),
        ("raise SystemExit(3)\n", 1, "SystemExit"),
    ],
)
@pytest.mark.parametrize("target", ["broken", "broken.py"])
def test_a_module_that_fails_is_an_error_at_the_users_own_line(
    project: Project, text: str, line: int, what: str, target: str
) -> None:
    path = project.write("broken.py", text)

    with pytest.raises(ModelError) as caught:
        load_models(target)

    assert what in caught.value.what
    assert caught.value.where == f"{path}:{line}"
    assert "broken" not in sys.modules


def test_a_bad_model_is_an_error_of_its_own_and_not_of_the_import(project: Project) -> None:
    path = project.write("shop.py", NATIVE + "\n    @model\n    class Bad:\n        x: list = []\n")

    with pytest.raises(ModelError) as caught:
        load_models("shop")

    assert caught.value.what == "Bad.x has a default that all objects would share."
    assert str(caught.value.where).startswith(f"{path}:")


def test_native_models_are_read_without_sqlalchemy(project: Project) -> None:
    project.write("shop.py", NATIVE)
    script = """
        import sys
        from toasty_core import load_models
        assert list(load_models("shop").tables) == ["users"]
        print([name for name in ("sqlalchemy", "cattrs", "rich", "click") if name in sys.modules])
    """

    found = subprocess.run(
        [sys.executable, "-c", dedent(script)], capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"


def test_sqlmodels_are_read(project: Project) -> None:
    pytest.importorskip("sqlmodel")
    project.write(
        "shop.py",
        """
        from sqlmodel import Field, SQLModel

        class Toasted(SQLModel, table=True):
            id: int | None = Field(default=None, primary_key=True)
            name: str = Field(index=True)
        """,
    )

    table = load_models("shop").table("toasted")

    assert table.column_names == ("id", "name")
    assert table.index("ix_toasted_name").column_names == ("name",)
