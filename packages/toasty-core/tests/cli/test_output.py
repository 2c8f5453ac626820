"""What is printed where: signs that the stream can show, tables, colours only on a terminal."""

from __future__ import annotations

import io
import json

import pytest

from toasty_core.cli.output import Mark, Output, Tone, columns


class Stream(io.TextIOWrapper):
    """A text stream into memory, in an encoding, that may say it is a terminal."""

    def __init__(self, encoding: str = "utf-8", *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    @property
    def text(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


@pytest.fixture
def stdout(monkeypatch):
    def replace(encoding: str = "utf-8", *, terminal: bool = False) -> Stream:
        stream = Stream(encoding, terminal=terminal)
        monkeypatch.setattr("sys.stdout", stream)
        return stream

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return replace


@pytest.mark.parametrize(
    ("encoding", "done", "caution"), [("utf-8", "✅", "⚠️"), ("ascii", "[ok]", "[!]")]
)
def test_signs_are_those_that_the_stream_can_show(stdout, encoding, done, caution):
    stdout(encoding)

    assert Output().mark(Mark.DONE) == done
    assert Output().mark(Mark.CAUTION) == caution


def test_names_that_the_stream_cannot_show_are_escaped(stdout):
    stream = stdout("ascii")
    Output().line("größe")

    assert stream.text == "gr\\xf6\\xdfe\n"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_document_is_json_in_every_encoding(stdout, encoding):
    stream = stdout(encoding)
    Output(json=True).document({"name": "größe ✅", "odd": "\udcff"})

    assert json.loads(stream.text) == {"name": "größe ✅", "odd": "\udcff"}


def test_with_json_nothing_else_is_printed(stdout, capsys):
    stream = stdout()
    output = Output(json=True)
    output.line("line")
    output.remark("remark")
    output.table(("head",), [("row",)])

    assert stream.text == ""
    assert capsys.readouterr().err == ""
    assert not output.interactive


def test_colours_are_for_terminals(stdout):
    stream = stdout()
    Output().line("good", Tone.GOOD)

    assert stream.text == "good\n"


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({}, "\x1b[32mgood\x1b[0m\n"),
        ({"NO_COLOR": "1"}, "good\n"),
        ({"TERM": "dumb"}, "good\n"),
    ],
)
def test_colours_can_be_switched_off(stdout, monkeypatch, variables, shown):
    stream = stdout(terminal=True)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    Output().line("good", Tone.GOOD)

    assert stream.text == shown


def test_a_table_stands_in_plain_columns_where_there_is_no_terminal(stdout):
    stream = stdout()
    Output().table(("version", "state"), [("2025_a", "applied"), ("2025_longer", "pending")])

    assert stream.text == "version      state\n2025_a       applied\n2025_longer  pending\n"


def test_a_table_is_drawn_on_a_terminal(stdout):
    stream = stdout(terminal=True)
    Output().table(("version", "state"), [("2025_[a]", "applied")], [Tone.GOOD])

    assert "2025_[a]" in stream.text
    assert "\x1b[" in stream.text


def test_a_table_needs_no_rich(stdout, monkeypatch):
    stream = stdout(terminal=True)
    monkeypatch.setitem(__import__("sys").modules, "rich.table", None)
    Output().table(("version",), [("2025_a",)])

    assert stream.text == "version\n2025_a\n"


def test_columns_of_no_rows():
    assert columns(("a", "b"), []) == ["a  b"]
