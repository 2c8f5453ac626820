"""Messages as parts of file names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toasty_core.migrations.files import VERSION
from toasty_core.migrations.slugs import slug


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("add email to users", "add_email_to_users"),
        ("my_changes", "my_changes"),
        ("Add E-Mail", "add_e_mail"),
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\temp\\x.py", "c_temp_x_py"),
        ("größer Café straße", "grosser_cafe_strasse"),
        ("добавить почту", "changes"),
        ("", "changes"),
        ("...", "changes"),
        ("a\x00b\nc", "a_b_c"),
        ("x" * 300, "x" * 40),
        (
            "add the new column for the billing address to users",
            "add_the_new_column_for_the_billing",
        ),
    ],
)
def test_a_message_becomes_a_safe_part_of_a_name(message, expected):
    assert slug(message) == expected


@given(st.text())
def test_every_message_gives_a_good_file_name(message):
    assert VERSION.fullmatch(f"20250117_120000_{slug(message)}")
    assert len(slug(message)) <= 40
