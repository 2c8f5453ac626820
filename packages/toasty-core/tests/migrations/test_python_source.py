"""Generated source stands as `ruff format` would put it."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toasty_core.migrations.imports import Imports
from toasty_core.migrations.python_source import (
    call,
    lines,
    mapping,
    one_line,
    quote,
    quote_bytes,
    sequence,
)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("users", '"users"'),
        ("", '""'),
        ("it's", '"it\'s"'),
        ('say "hi"', "'say \"hi\"'"),
        ("'\"", '"\'\\""'),
        ("C:\\temp\\", '"C:\\\\temp\\\\"'),
        ("two\nlines\t", '"two\\nlines\\t"'),
        ("größe 日本", '"größe 日本"'),
        ("\x00\x1b\u2028\ud800", '"\\x00\\x1b\\u2028\\ud800"'),
    ],
)
def test_texts_stand_in_double_quotes_unless_those_need_more_escapes(text, source):
    assert quote(text) == source


@given(st.text())
def test_every_text_reads_back(text):
    assert ast.literal_eval(quote(text)) == text


@given(st.binary())
def test_all_bytes_read_back(data):
    assert ast.literal_eval(quote_bytes(data)) == data


def test_what_fits_stands_on_one_line():
    assert list(lines(call("f", ["1", sequence(["2"])], {"x": "3"}), 4)) == ["    f(1, [2], x=3)"]


def test_what_does_not_fit_is_opened_one_item_a_line():
    source = call("f", ["a" * 50, sequence(["b" * 40])])

    assert list(lines(source, 0)) == ["f(", f"    {'a' * 50},", f"    [{'b' * 40}],", ")"]


@pytest.mark.parametrize(("width", "count"), [(88, 1), (89, 3)])
def test_a_line_has_88_columns(width, count):
    assert len(list(lines(call("f", ["x" * (width - 3)]), 0))) == count


def test_a_word_too_long_for_any_line_stays_whole():
    assert list(lines(call("f", ["x" * 200]), 0)) == ["f(", f"    {'x' * 200},", ")"]


def test_a_tuple_of_one_has_its_comma():
    assert sequence(["1"], "(", ")").flat == "(1,)"
    assert sequence(["1", "2"], "(", ")").flat == "(1, 2)"
    assert mapping([('"a"', "1")]).flat == '{"a": 1}'


def test_a_comment_has_one_line_of_what_can_be_seen():
    assert one_line("a\n\n b\x00c\t d") == "a b c d"


def test_imports_are_sorted_with_the_standard_library_first():
    imports = Imports()
    for name in ("expr", "Migration", "ColumnDef"):
        imports.core(name)
    imports.add("uuid", "UUID")
    imports.module("datetime")

    assert list(imports.lines()) == [
        "import datetime",
        "from uuid import UUID",
        "",
        "from toasty_core import ColumnDef, Migration, expr",
    ]


SOURCES = st.recursive(
    st.one_of(st.text(max_size=60).map(quote), st.binary(max_size=30).map(quote_bytes)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(sequence),
        st.lists(inner, min_size=1, max_size=3).map(lambda items: sequence(items, "(", ")")),
        st.lists(inner, max_size=3).map(lambda items: call("call", items, {"k": '"v"'})),
        st.dictionaries(st.text(max_size=9).map(quote), inner, max_size=3).map(
            lambda pairs: mapping(pairs.items())
        ),
    ),
    max_leaves=12,
)


def test_ruff_leaves_random_expressions_alone():
    """Many expressions, one run of the formatter."""
    found: list[str] = []

    @given(SOURCES)
    def collect(source):
        found.append("\n".join(lines(source, 0, "x = " if isinstance(source, str) else "")))

    collect()
    text = "\n".join(found) + "\n"

    assert formatted(text) == text


def formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
