"""Completion in the user's shell: `eval "$(_TOASTY_COMPLETE=bash_source toasty)"`.

click does the work. Bash needs help, because it takes a colon for the end of a word: our script for it sends the
line as it stands, and cuts what bash already has in front of the last colon from the answers.
"""

from __future__ import annotations

import os

import click
from click.shell_completion import BashComplete, get_completion_class, split_arg_string

__all__ = ["complete"]

_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n'
    local line="${COMP_LINE:0:COMP_POINT}"
    local word="${line##*[[:space:]]}"
    local had="" response completion type value

    if [[ $COMP_WORDBREAKS == *:* && $word == *:* ]]; then
        had="${word%%:*}:"
    fi
    response=$(env COMP_LINE="$line" %(complete_var)s=bash_complete $1)
    COMPREPLY=()
    for completion in $response; do
        IFS=',' read -r type value <<< "$completion"
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("${value#"$had"}") ;;
        esac
    done
    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class _Bash(BashComplete):
    """Bash, with words that may hold colons."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor's, and the beginning of that one."""
        line = os.environ.get("COMP_LINE", "")
        words = split_arg_string(line)
        incomplete = words.pop() if words and not line[-1:].isspace() else ""
        return words[1:], incomplete


def complete(group: click.Group, program: str, variable: str, instruction: str) -> int:
    """Do what the shell asks for: `bash_source` prints the script, `bash_complete` the answers."""
    shell, _, task = instruction.partition("_")
    kind = _Bash if shell == "bash" else get_completion_class(shell)
    if kind is None or task not in ("source", "complete"):
        return 1
    shell_side = kind(group, {}, program, variable)
    text = shell_side.source() if task == "source" else shell_side.complete() + "\n"
    click.echo(text.encode(), nl=False)  # bytes: a shell wants no CR LF
    return 0
