"""An expression as a tree."""

from __future__ import annotations

from enum import Enum, auto

from attrs import frozen


class Kind(Enum):
    """What a tree is. `value` and `args` mean: see the comment of each."""

    NAME = auto()  # a column: its name
    TEXT = auto()  # a text: what it says, without quotes
    NUMBER = auto()  # a number: its digits
    BYTES = auto()  # X'..' and b'..': hexadecimal digits
    HEX = auto()  # 0x..: hexadecimal digits, a number where one is wanted
    WORD = auto()  # NULL, a unit of time, and the like
    LITERAL = auto()  # DATE'2000-01-01': the word; the text
    CALL = auto()  # a function: its name; the arguments
    FROM = auto()  # f(x FROM y), where a comma will not do
    CAST = auto()  # the type; what is cast
    CASE = auto()  # subject or nothing, whens and thens, else or nothing
    NOTHING = auto()  # where a part is left out
    ROW = auto()  # the items
    SIGN = auto()  # - or ~; the operand
    COLLATE = auto()  # the collation; the operand
    MATH = auto()  # an operator that calculates; two operands
    INTERVAL = auto()  # the unit; how many
    MATCH = auto()  # like, regexp, member of; the operands, and the escape
    IN = auto()  # the operand, then the items
    BETWEEN = auto()  # three operands
    COMPARE = auto()  # an operator; two operands
    IS = auto()  # null, true, false; the operand
    NOT = auto()  # the operand
    AND = auto()  # two or more operands
    XOR = auto()  # two operands
    OR = auto()  # two or more operands


@frozen
class Tree:
    """One node: its kind, a word where the kind needs one, and what stands below."""

    kind: Kind
    value: str = ""
    args: tuple[Tree, ...] = ()


NOTHING = Tree(Kind.NOTHING)
NULL = Tree(Kind.WORD, "NULL")
ZERO = Tree(Kind.NUMBER, "0")
ONE = Tree(Kind.NUMBER, "1")
