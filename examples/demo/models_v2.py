"""The second version: a rename, a new column that must have a value, another type, a new table."""

from datetime import date

from toasty_core import field, key, model, reference


@model
class Author:
    id: int = key(auto=True)
    full_name: str = field(type="String(100)", renamed_from="name")
    email: str = field(type="String(255)")


@model
class Book:
    id: int = key(auto=True)
    author_id: int = reference(Author, on_delete="cascade")
    title: str = field(type="String(200)", index=True)
    pages: int | None = None


@model
class Loan:
    id: int = key(auto=True)
    book_id: int = reference(Book, on_delete="restrict")
    reader: str = field(type="String(100)")
    due: date
