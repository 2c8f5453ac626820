"""The first version of a small library's models."""

from toasty_core import field, key, model, reference


@model
class Author:
    id: int = key(auto=True)
    name: str = field(type="String(100)")


@model
class Book:
    id: int = key(auto=True)
    author_id: int = reference(Author, on_delete="cascade")
    title: str = field(type="String(200)")
    pages: str | None = None
