"""Which edits of a migration file count."""

from __future__ import annotations

import pytest

from toasty_core.migrations import MigrationFile, fingerprint

SOURCE = '''"""add user email"""

from toasty_core import ColumnDef, Migration


class A(Migration):
    def up(self, db):
        # Add email column
        db.add_column("users", ColumnDef(name="email", type="String"), fill=f"{1}")
'''


def checksum(folder, text):
    file = MigrationFile.at(folder / "a.py")
    file.path.write_bytes(text.encode())
    return fingerprint(file).checksum


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# Add email column", "# something else"),
        ('"""add user email"""\n', ""),
        ('"users"', "'users'"),
        ('"users"', '("us" "ers")'),
        ('"users", ', '"users",\n            '),
        ('type="String")', 'type="String",)'),
        ("(self, db):", "(self, db):\n        '''Does it.'''"),
        ("\n\n\n", "\n"),
        ("\n", "\r\n"),
        ('f"{1}"', "f'{1}'"),
    ],
)
def test_formatting_comments_and_docstrings_do_not_count(tmp_path, old, new):
    assert checksum(tmp_path, SOURCE.replace(old, new)) == checksum(tmp_path, SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"users"', '"user"'),
        ('"users"', 'b"users"'),
        ("def up", "async def up"),
        ("name=", "Name="),
        ('fill=f"{1}"', 'fill=f"{1!r}"'),
        ('fill=f"{1}"', "fill=1"),
        ('fill=f"{1}"', "fill=True"),
        (", fill=", ", *"),
        ("db):", "db=None):"),
        ('"users", ColumnDef(', 'ColumnDef("users", '),
    ],
)
def test_what_changes_the_meaning_counts(tmp_path, old, new):
    assert checksum(tmp_path, SOURCE.replace(old, new)) != checksum(tmp_path, SOURCE)


EVERY_SYNTAX = '''
from __future__ import annotations
"""x"""
class A(B, metaclass=M):
    """d"""
    x: int = -1
    def f(self, a, /, b=1, *c, d, e=2, **g) -> "x":
        return [f"{a!r:>{b}} x" "y", {**g, 'a': 1.5e300, None: ...}, lambda q: (q, *c),
                b'x', 1j, a[1:2, ::3], not a < b <= 3]
    async def g(self):
        async with a as b, c: pass
        try: yield
        except ValueError as e: raise X from e
        match a:
            case {"a": 1, **r} | [*_]: del a
        global z
        if (n := 3): print(x for x in y if x async for z in w)
'''


def test_the_checksum_names_its_algorithm_and_is_the_same_on_every_python(tmp_path):
    expected = "ast1:23c024c065fcc4858442a3defe9079c5"

    assert checksum(tmp_path, "\n" + EVERY_SYNTAX) == expected


def test_the_source_hash_sees_every_change_but_git_s_line_ends(tmp_path):
    file = MigrationFile.at(tmp_path / "a.py")
    hashes = []
    for text in (b"x = 1\n", b"x = 1\r\n", b"x = 1 \n"):
        file.path.write_bytes(text)
        hashes.append(fingerprint(file).source_hash)

    assert hashes[0] == hashes[1] != hashes[2]
