"""What a migration file defines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from toasty_core.migrations.context import MigrationContext


class Migration:
    """One step of a schema's history, forth and back.

    `version` is the file's name without `.py`. `depends_on` names versions that must be applied before,
    whatever their timestamps say. Neither `up` nor `down` sees a database: they say what is to be done,
    and may be called at any time to find out. Work that depends on live data goes through `db.run(function)`.

    ```python
    class Migration_20250117_120000_add_user_email(Migration):
        version = "20250117_120000_add_user_email"

        def up(self, db: MigrationContext) -> None:
            db.add_column("users", ColumnDef(name="email", type="String", nullable=True))

        def down(self, db: MigrationContext) -> None:
            db.drop_column("users", "email")
    ```
    """

    version: ClassVar[str] = ""
    depends_on: ClassVar[Sequence[str]] = ()

    def up(self, db: MigrationContext) -> None:
        """Says what the migration does."""
        raise NotImplementedError

    def down(self, db: MigrationContext) -> None:
        """Says what takes it back; `db.irreversible("why")` when nothing can."""
        raise NotImplementedError
