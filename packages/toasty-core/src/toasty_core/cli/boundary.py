"""The one place where a command's outcome becomes an exit code, and an error a text."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from toasty_core.cli.exit_codes import ExitCode
from toasty_core.cli.output import Output, Tone, silence
from toasty_core.errors import QuestionsOpen, ToastyError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

PROGRAM = "toasty"
_COMPLETE = "_TOASTY_COMPLETE"


def main(args: Sequence[str] | None = None) -> int:
    """Run `toasty` with `args` (default: those of the process) and give its exit code.

    Nothing is raised, and nothing but the result is printed to stdout:

        >>> main(["migrate:up", "--url", "sqlite:mydb.db"])
        0
    """
    words = (sys.argv[1:] if args is None else list(args)) or ["--help"]
    try:
        code = _run(words)
    except ToastyError as error:
        code = _report(error, words)
    except (KeyboardInterrupt, EOFError, click.Abort):
        code = _interrupted(words)
    except OSError as error:
        code = _report(_of_system(error), words)
    except Exception as error:
        code = _report(_unexpected(error), words)
    return _flushed(code)


def _run(words: list[str]) -> int:
    from toasty_core.cli.group import command_line

    instruction = os.environ.get(_COMPLETE)
    group = command_line()
    if instruction:
        from toasty_core.cli.completion import complete

        return complete(group, PROGRAM, _COMPLETE, instruction)
    try:
        code = group.main(words, prog_name=PROGRAM, standalone_mode=False)
    except click.ClickException as error:
        raise _of_click(error) from error
    return int(code or 0)


def _of_click(error: click.ClickException) -> ToastyError:
    """click's error in our words: its message, and the command that helps."""
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path} --help" if context is not None else None
    kind = UsageError if isinstance(error, click.UsageError) else ToastyError
    return kind(error.format_message(), hint=hint)


def _of_system(error: OSError) -> ToastyError:
    """What the operating system refuses, such as a file that cannot be read."""
    from toasty_core.cli.unexpected import debugging

    if debugging():
        return _unexpected(error)
    place = error.filename if isinstance(error.filename, str) else None
    return ToastyError(f"{error.strerror or error}.", where=place)


def _unexpected(error: Exception) -> ToastyError:
    from toasty_core.cli.unexpected import UnexpectedError

    return UnexpectedError(error)


def _report(error: ToastyError, words: Sequence[str]) -> int:
    """Print an error: text on stderr, or an object on stdout for `--json`."""
    output = Output()
    if isinstance(error, QuestionsOpen) and error.questions:
        from toasty_core.cli.questions import print_questions

        print_questions(error, output)
        _print_error(error, output)
    elif "--json" in words:
        output.document({"error": _as_json(error)})
    else:
        _print_error(error, output)
    return error.exit_code


def _print_error(error: ToastyError, output: Output) -> None:
    first, *rest = str(error).splitlines()
    output.remark(f"Error: {first}", Tone.BAD)
    for line in (*rest, *_trace(error)):
        output.remark(line)


def _trace(error: ToastyError) -> list[str]:
    """The traceback of what nobody foresaw, where it is asked for."""
    from toasty_core.cli.unexpected import UnexpectedError, debugging

    if isinstance(error, UnexpectedError) and debugging():
        return error.trace.splitlines()
    return []


def _as_json(error: ToastyError) -> dict[str, object]:
    known = {"kind": type(error).__name__, "what": error.what}
    optional = {"where": error.where, "hint": error.hint}
    details = [{"label": label, "text": text} for label, text in error.details() if text]
    found: dict[str, object] = {**known, **{key: text for key, text in optional.items() if text}}
    return {**found, "details": details} if details else found


def _interrupted(words: Sequence[str]) -> int:
    changing = bool(words) and words[0] in ("migrate:up", "migrate:down")
    rest = f" Where things stand: {PROGRAM} migrate:status" if changing else ""
    Output().remark(f"Interrupted.{rest}", Tone.BAD)
    return ExitCode.INTERRUPTED


def _flushed(code: int) -> int:
    """Write out what is buffered; a reader who has gone is no error, a full disk is."""
    try:
        if sys.stdout is not None:  # as in `toasty >&-`
            sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        silence(sys.stdout)
        return _report(_of_system(error), ())
    return code
