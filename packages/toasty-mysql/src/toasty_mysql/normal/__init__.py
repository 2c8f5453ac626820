"""Expressions in one form, whoever wrote them: the user, MySQL or MariaDB.

Both servers keep an expression as a tree and write it anew: MariaDB with few brackets and old function names,
MySQL with all brackets and a character set before each text. `normal_expression` brings all of them to one text.
"""

from __future__ import annotations

from toasty_mysql.normal.rules import lossy_text
from toasty_mysql.normal.text import normal_expression, normal_tree, tree_text
from toasty_mysql.normal.tree import Kind, Tree
from toasty_mysql.normal.written import written

__all__ = ["Kind", "Tree", "lossy_text", "normal_expression", "normal_tree", "tree_text", "written"]
