"""The words in which conditions are read for MongoDB: those of its aggregation.

What is more than that has to be written in MongoDB's own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_core.schema import expression_reader

if TYPE_CHECKING:
    from toasty_core.schema.expression_trees import Condition

JOINED = {False: "$and", True: "$or"}
"""What joins conditions, by whether one of them is enough."""
_COMPARISONS = {"=": "$eq", "<>": "$ne", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_COUNTED = {"+": "$add", "-": "$subtract", "*": "$multiply", "/": "$divide", "%": "$mod"}
FUNCTIONS = {
    **dict.fromkeys(("length", "char_length", "character_length"), "$strLenCP"),
    "lower": "$toLower",
    "upper": "$toUpper",
    "abs": "$abs",
    "floor": "$floor",
    "ceil": "$ceil",
    "coalesce": "$ifNull",
    "mod": "$mod",
}
_WORDS = expression_reader.Vocabulary(
    FUNCTIONS,
    'write it as an aggregation expression: expr(mongodb=\'{"$gt": ["$age", 0]}\')',
    subject="{text!r} cannot be said in MongoDB's words: it",
    operators={**_COMPARISONS, **_COUNTED, "||": "$concat"},
)


def read_condition(text: str) -> Condition:
    """The tree of a condition. Raises SchemaError for what it does not know."""
    return expression_reader.read_condition(text, _WORDS)
