"""Reads an expression by the grammar of MySQL and MariaDB, loosest operators first.

https://dev.mysql.com/doc/refman/8.4/en/expressions.html and its section on operator precedence
"""

from __future__ import annotations

from collections.abc import Callable

from toasty_mysql.normal.reader import TokenReader, Unreadable
from toasty_mysql.normal.tokens import Token, TokenKind, tokens
from toasty_mysql.normal.tree import NOTHING, NULL, ONE, ZERO, Kind, Tree
from toasty_mysql.normal.words import (
    BARE_FUNCTIONS,
    COMPARE,
    DATES,
    MATH,
    TRUTHS,
    UNIT_FIRST,
    UNITS,
    UNREADABLE,
)


def parse(sql: str) -> Tree:
    """The tree of an expression. Raises Unreadable."""
    return _Parser(tokens(sql)).whole()


class _Parser(TokenReader):
    # from loose to tight

    def whole(self) -> Tree:
        tree = self._or()
        if self._next.kind is not TokenKind.END:
            raise Unreadable(f"nothing is known that begins with {self._next.written!r}")
        return tree

    def _or(self) -> Tree:
        return self._joined(Kind.OR, ("or", "||"), self._xor)

    def _xor(self) -> Tree:
        tree = self._and()
        while self._take("xor"):
            tree = Tree(Kind.XOR, args=(tree, self._and()))
        return tree

    def _and(self) -> Tree:
        return self._joined(Kind.AND, ("and", "&&"), self._not)

    def _joined(self, kind: Kind, words: tuple[str, ...], part: Callable[[], Tree]) -> Tree:
        parts = [part()]
        while self._take(*words):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Tree(kind, args=tuple(parts))

    def _not(self) -> Tree:
        if self._take("not"):
            return Tree(Kind.NOT, args=(self._not(),))
        return self._compared()

    def _compared(self) -> Tree:
        tree = self._predicate()
        while True:
            if self._take("is"):
                tree = self._truth(tree)
            elif self._next.text in COMPARE and self._next.kind is TokenKind.MARK:
                sign = self._skip().text
                tree = Tree(Kind.COMPARE, "<>" if sign == "!=" else sign, (tree, self._predicate()))
            else:
                return tree

    def _truth(self, operand: Tree) -> Tree:
        negated = self._take("not")
        if not self._is(*TRUTHS):
            raise Unreadable(f"IS {self._next.written}")
        word = self._skip().text
        tree = Tree(Kind.IS, "null" if word == "unknown" else word, (operand,))
        return Tree(Kind.NOT, args=(tree,)) if negated else tree

    def _predicate(self) -> Tree:
        operand = self._math(0)
        start = self._at
        negated = self._take("not")
        tree = self._predicated(operand)
        if tree is None:
            self._at = start
            return operand
        return Tree(Kind.NOT, args=(tree,)) if negated else tree

    def _predicated(self, operand: Tree) -> Tree | None:
        if self._take("in"):
            return Tree(Kind.IN, args=(operand, *self._bracketed()))
        if self._take("between"):
            low = self._math(0)
            self._must("and")
            return Tree(Kind.BETWEEN, args=(operand, low, self._predicate()))
        if self._take("like"):
            pattern = self._sign()
            escape = (self._sign(),) if self._take("escape") else ()
            return Tree(Kind.MATCH, "like", (operand, pattern, *escape))
        if self._take("regexp", "rlike"):
            return Tree(Kind.MATCH, "regexp", (operand, self._math(0)))
        if self._take("sounds"):
            self._must("like")
            return Tree(
                Kind.COMPARE, "=", (_call("soundex", operand), _call("soundex", self._math(0)))
            )
        if self._take("member"):
            self._take("of")
            return Tree(Kind.MATCH, "member of", (operand, *self._bracketed()))
        return None

    def _math(self, level: int) -> Tree:
        if level == len(MATH):
            return self._sign()
        tree = self._math(level + 1)
        while self._is(*MATH[level]):
            sign = self._skip().text
            right = self._interval() if sign in "+-" else None
            right = right or self._math(level + 1)
            tree = Tree(Kind.MATH, "%" if sign == "mod" else sign, (tree, right))
        return tree

    def _interval(self) -> Tree | None:
        """`INTERVAL 1 DAY`; None for the function of that name, and for everything else."""
        start = self._at
        if self._take("interval"):
            many = self._or()
            if self._is(*UNITS):
                return Tree(Kind.INTERVAL, self._skip().text, (many,))
        self._at = start
        return None

    def _sign(self) -> Tree:
        if self._take("+"):
            return self._sign()
        if self._is("-", "~"):
            return Tree(Kind.SIGN, self._skip().text, (self._sign(),))
        if self._take("!"):
            return Tree(Kind.NOT, args=(self._sign(),))
        if self._take("binary"):
            return Tree(Kind.CAST, "char charset binary", (self._sign(),))
        return self._with_tail(self._single())

    def _with_tail(self, tree: Tree) -> Tree:
        while True:
            if self._take("collate"):
                tree = Tree(Kind.COLLATE, self._skip().text.lower(), (tree,))
            elif self._take("->"):
                tree = _call("json_extract", tree, self._single())
            elif self._take("->>"):
                tree = _call("json_unquote", _call("json_extract", tree, self._single()))
            else:
                return tree

    def _bracketed(self) -> tuple[Tree, ...]:
        """Items in brackets."""
        self._must("(")
        items = self._items()
        self._must(")")
        return items

    def _items(self) -> tuple[Tree, ...]:
        if self._is(")"):
            return ()
        items = [self._interval() or self._or()]
        while self._take(","):
            items.append(self._interval() or self._or())
        return tuple(items)

    # what needs no operator

    def _single(self) -> Tree:
        if self._is("("):
            items = self._bracketed()
            return items[0] if len(items) == 1 else Tree(Kind.ROW, args=items)
        token = self._skip()
        match token.kind:
            case TokenKind.NUMBER:
                return Tree(Kind.NUMBER, token.text)
            case TokenKind.BYTES:
                return Tree(Kind.BYTES, token.text)
            case TokenKind.HEX:
                return Tree(Kind.HEX, token.text)
            case TokenKind.TEXT:
                return self._text(token.text)
            case TokenKind.NAME:
                return self._name(token.text)
            case TokenKind.WORD:
                return self._word(token)
        raise Unreadable(f"nothing is known that begins with {token.written!r}")

    def _text(self, text: str) -> Tree:
        """A text; texts that stand side by side are one."""
        while self._next.kind is TokenKind.TEXT:
            text += self._skip().text
        return Tree(Kind.TEXT, text)

    def _name(self, name: str) -> Tree:
        """A column. Its table and database, before it, say nothing new."""
        while self._take("."):
            token = self._skip()
            name = token.text if token.kind is TokenKind.NAME else token.written
        return Tree(Kind.NAME, name)

    def _sequence(self) -> Tree:
        """The name of a sequence, which is no column."""
        token = self._skip()
        name = token.text if token.kind is TokenKind.NAME else token.written
        return Tree(Kind.TEXT, self._name(name).value)

    def _word(self, token: Token) -> Tree:
        word = token.text
        if word in UNREADABLE:
            raise Unreadable(word)
        if self._next.kind is TokenKind.TEXT and (word in DATES or word.startswith("_")):
            text = self._text(self._skip().text)
            return text if word.startswith("_") else Tree(Kind.LITERAL, word.upper(), (text,))
        if word.startswith("_") and self._next.kind in (TokenKind.BYTES, TokenKind.HEX):
            return Tree(Kind.BYTES, self._skip().text)
        match word:
            case "null":
                return NULL
            case "true":
                return ONE
            case "false":
                return ZERO
            case "case":
                return self._case()
            case "next" if self._take("value"):
                self._must("for")
                return _call("nextval", self._sequence())
        if self._is("("):
            return self._called(word)
        return _call(word) if word in BARE_FUNCTIONS else self._name(token.written)

    def _case(self) -> Tree:
        parts = [NOTHING if self._is("when") else self._or()]
        while self._take("when"):
            parts.append(self._or())
            self._must("then")
            parts.append(self._or())
        parts.append(self._or() if self._take("else") else NOTHING)
        self._must("end")
        return Tree(Kind.CASE, args=tuple(parts))

    def _called(self, name: str) -> Tree:
        self._must("(")
        tree = self._arguments(name)
        self._must(")")
        return tree

    def _arguments(self, name: str) -> Tree:
        match name:
            case "cast":
                return self._cast("as")
            case "convert":
                return self._cast(",", "using")
            case "trim":
                return self._trim()
            case "nextval":
                return _call("nextval", self._sequence())
            case "position":
                part = self._math(0)
                self._must("in")
                return _call("locate", part, self._or())
        if name in UNIT_FIRST:
            unit = Tree(Kind.WORD, self._skip().text)
            if self._take("from"):
                return Tree(Kind.FROM, f"{name} {unit.value}", (self._or(),))
            self._must(",")
            return _call(name, unit, *self._items())
        return self._plain_arguments(name)

    def _plain_arguments(self, name: str) -> Tree:
        items = list(self._items())
        if self._take("from"):  # substr(x FROM 2 FOR 1)
            items.append(self._or())
            items += [self._or()] if self._take("for") else []
        if self._take("using"):
            return Tree(Kind.CAST, f"using {self._skip().text}", (_call(name, *items),))
        return _call(name, *items)

    def _cast(self, *separators: str) -> Tree:
        operand = self._or()
        for separator in separators:
            if self._take(separator):
                words = self._type_words()
                prefix = "using " if separator == "using" else ""
                return Tree(Kind.CAST, prefix + words, (operand,))
        raise Unreadable(f"no type before {self._next.written!r}")

    def _type_words(self) -> str:
        """The type of a cast, in lower case and single blanks: `char(3) charset latin1`."""
        words = ""
        depth = 0
        while depth or not self._is(")"):
            token = self._skip()
            if token.kind is TokenKind.END:
                raise Unreadable("a cast that does not end")
            depth += (token.text == "(") - (token.text == ")")
            tight = token.text in "(),." or not words or words[-1] in "(,"
            words += token.written.lower() if tight else f" {token.written.lower()}"
        return words

    def _trim(self) -> Tree:
        side = self._skip().text if self._is("both", "leading", "trailing") else ""
        if self._take("from"):
            return Tree(Kind.FROM, f"trim {side}", (self._or(),))
        first = self._or()
        if not self._take("from"):
            return _call("trim", first)
        return Tree(Kind.FROM, f"trim {side or 'both'}", (first, self._or()))


def _call(name: str, *args: Tree) -> Tree:
    return Tree(Kind.CALL, name, args)
