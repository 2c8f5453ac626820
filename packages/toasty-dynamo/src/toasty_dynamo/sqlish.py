"""The words in which expressions are read for DynamoDB. `filters.py` says them in DynamoDB's words, `evaluating.py`
computes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_core.schema import expression_reader

if TYPE_CHECKING:
    from toasty_core.schema.expression_trees import Condition, Value

FUNCTIONS = {
    **dict.fromkeys(("length", "char_length", "character_length", "size"), "length"),
    **{
        name: name
        for name in ("lower", "upper", "trim", "abs", "floor", "ceil", "round", "coalesce")
    },
    "mod": "%",
    "concat": "||",
}
"""The functions that can be computed, and what `evaluating.py` calls them."""
_WORDS = expression_reader.Vocabulary(
    FUNCTIONS,
    "Toasty reads comparisons, AND, OR, NOT, IN, BETWEEN, IS NULL, + - * / ||, and"
    f" {', '.join(sorted(FUNCTIONS))}; for more use db.transform_rows",
)


def read_condition(text: str) -> Condition:
    """The tree of a condition. Raises SchemaError for what it does not know."""
    return expression_reader.read_condition(text, _WORDS)


def read_value(text: str) -> Value:
    """The tree of a value. Raises SchemaError for what it does not know."""
    return expression_reader.read_value(text, _WORDS)
