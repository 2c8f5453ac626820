"""The light value through which Toasty calls its plug-ins; without plug-ins every call is a no-op.

Runner, plan, checks and commands receive a `Hooks` as an argument. They never see pluggy, which
is not even imported when no plug-in is installed.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from toasty_core.errors import PluginError, ToastyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pluggy import PluginManager

    from toasty_core.backends import Backend, Statement
    from toasty_core.operations import Operation
    from toasty_core.plugins.entry_points import EntryPoint
    from toasty_core.schema import SchemaSnapshot

__all__ = ["Hooks"]


class Hooks:
    """One method for each hook of `toasty_core.plugins.specs`, which says what each one means.

    An exception inside a plug-in becomes a PluginError with its file and line; a ToastyError that
    a plug-in raises on purpose, such as to veto a migration, passes as it is.
    """

    __slots__ = ("_manager", "installed")

    def __init__(
        self,
        manager: PluginManager | None = None,
        installed: tuple[EntryPoint, ...] | None = None,
    ) -> None:
        self._manager = manager
        self.installed = installed
        """The entry points among which the plug-ins were found, backends too; None: nobody has looked."""

    @property
    def names(self) -> tuple[str, ...]:
        """The plug-ins that listen."""
        pairs = self._manager.list_name_plugin() if self._manager else []
        return tuple(sorted(name for name, plugin in pairs if plugin is not None))

    def backend(self, scheme: str) -> Backend | None:
        """The backend that a plug-in offers for a URL scheme, if one does."""
        if self._manager is None:
            return None
        with _translated("toasty_backend"):
            backend: Backend | None = self._manager.hook.toasty_backend(scheme=scheme)
        return backend

    def model_source(self, target: str) -> SchemaSnapshot | None:
        """The schema that a plug-in reads from what `--models` names, if one does."""
        if self._manager is None:
            return None
        with _translated("toasty_model_source"):
            schema: SchemaSnapshot | None = self._manager.hook.toasty_model_source(target=target)
        return schema

    def operations(
        self, operations: Sequence[Operation], old: SchemaSnapshot, new: SchemaSnapshot
    ) -> tuple[Operation, ...]:
        """The operations of a diff, after each plug-in in turn has had its say."""
        if self._manager is None:
            return tuple(operations)
        with _translated("toasty_operations"):
            return _rewritten(self._manager, tuple(operations), old, new)

    def check(self, plan: object) -> tuple[object, ...]:
        """What the plug-ins find wrong with a plan."""
        if self._manager is None:
            return ()
        with _translated("toasty_check"):
            found = self._manager.hook.toasty_check(plan=plan)
            return tuple(finding for findings in found for finding in findings)

    def before_migration(self, step: object) -> None:
        """A migration is about to run."""
        if self._manager is not None:
            with _translated("toasty_before_migration"):
                self._manager.hook.toasty_before_migration(step=step)

    @property
    def awaits_records(self) -> bool:
        """Is there a plug-in that wants to hear of a migration when it is recorded?"""
        manager = self._manager
        return manager is not None and bool(manager.hook.toasty_after_migration.get_hookimpls())

    def after_migration(self, step: object, seconds: float) -> None:
        """A migration has run and is recorded."""
        if self._manager is not None:
            with _translated("toasty_after_migration"):
                self._manager.hook.toasty_after_migration(step=step, seconds=seconds)

    def before_statement(self, statement: Statement, step: object) -> None:
        """A statement is about to be sent."""
        if self._manager is not None:
            with _translated("toasty_before_statement"):
                self._manager.hook.toasty_before_statement(statement=statement, step=step)

    def after_statement(self, statement: Statement, step: object, seconds: float) -> None:
        """A statement has been carried out."""
        if self._manager is not None:
            with _translated("toasty_after_statement"):
                self._manager.hook.toasty_after_statement(
                    statement=statement, step=step, seconds=seconds
                )

    def error(self, step: object, error: BaseException) -> None:
        """A migration failed. A plug-in that fails here is warned of, lest it hide the error."""
        if self._manager is None:
            return
        try:
            with _translated("toasty_error"):
                self._manager.hook.toasty_error(step=step, error=error)
        except ToastyError as failure:
            warnings.warn(str(failure), RuntimeWarning, stacklevel=2)

    def commands(self, group: object) -> None:
        """Let the plug-ins add their commands to the click group."""
        if self._manager is not None:
            with _translated("toasty_commands"):
                self._manager.hook.toasty_commands(group=group)


def _rewritten(
    manager: PluginManager,
    operations: tuple[Operation, ...],
    old: SchemaSnapshot,
    new: SchemaSnapshot,
) -> tuple[Operation, ...]:
    """Ask plug-in after plug-in, in pluggy's order, each with what the one before it gave."""
    listeners = [impl.plugin for impl in reversed(manager.hook.toasty_operations.get_hookimpls())]
    for plugin in listeners:
        others = [other for other in listeners if other is not plugin]
        ask = manager.subset_hook_caller("toasty_operations", others)
        for answer in ask(operations=operations, old=old, new=new):
            operations = _as_operations(answer, manager.get_name(plugin))
    return operations


def _as_operations(answer: object, plugin: str | None) -> tuple[Operation, ...]:
    if isinstance(answer, (list, tuple)):
        return tuple(answer)
    raise PluginError(
        f"The plug-in '{plugin}' gave a {type(answer).__name__} from toasty_operations.",
        hint="return a list of operations, or None to leave them as they are",
    )


@contextmanager
def _translated(hook: str) -> Iterator[None]:
    """Turn what a plug-in raises into a PluginError that says where."""
    try:
        yield
    except ToastyError:
        raise
    except Exception as error:
        raise PluginError(
            f"A plug-in failed in {hook}: {type(error).__name__}: {error}",
            where=_origin(error),
            hint="mend it, or leave it out by naming the others in TOASTY_PLUGINS",
        ) from error


def _origin(error: Exception) -> str | None:
    """File and line where the exception was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else None
