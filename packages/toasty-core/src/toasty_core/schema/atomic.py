"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def write_over(path: Path, text: str) -> None:
    """Writes `path`, in the place of what is there; a crash leaves the old file or the new one.

    Raises OSError, and leaves nothing behind then.
    """
    _write(path, text, os.replace)


def write_new(path: Path, text: str) -> None:
    """Writes `path`, which must not be there yet. Raises FileExistsError when it is, else OSError."""
    _write(path, text, _put_new)


def _write(path: Path, text: str, put: Callable[[Path, Path], None]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(draft, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        put(draft, path)
    finally:
        with suppress(OSError):
            draft.unlink()
    _sync_folder(path.parent)


def _put_new(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(f"{path} exists") from None
        os.replace(draft, path)


def _sync_folder(folder: Path) -> None:
    """Makes the new name last, too, where a folder can be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
