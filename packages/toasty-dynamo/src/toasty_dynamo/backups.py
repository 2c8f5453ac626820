"""Backups before what cannot be taken back.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Backup-and-Restore.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from toasty_dynamo.errors import NO_SUCH_CALL, code_of
from toasty_dynamo.statements import Call, Does, DynamoStatement

if TYPE_CHECKING:
    from toasty_dynamo.waiting import Waiter

_RECENT = 100


def backup_call(name: str) -> Call:
    """The call that backs a table up."""
    return Call("CreateBackup", {"TableName": name, "BackupName": backup_name(name)}, Does.BACKUP)


def backup_name(name: str) -> str:
    """What backups of Toasty's are called: DynamoDB tells those of one name apart by their times."""
    return f"toasty-{name}"[:255]


def back_up(client: Any, waiter: Waiter, name: str) -> None:
    """Backs a table up, and waits until the backup can be used; nothing to do where there is no table."""
    if waiter.ready(name) is None:
        return
    made = client.create_backup(TableName=name, BackupName=backup_name(name))
    arn = made["BackupDetails"]["BackupArn"]
    waiter.until(f"{name}: the backup is being made", lambda: _is_available(client, arn))


def _is_available(client: Any, arn: str) -> bool:
    said = client.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]
    return bool(said["BackupStatus"] == "AVAILABLE")


def knows_backups(client: Any) -> bool:
    """Does the service have backups? DynamoDB Local does not."""
    from botocore.exceptions import ClientError

    try:
        client.list_backups(Limit=1)
    except ClientError as error:
        if code_of(error) != NO_SUCH_CALL:
            raise
        return False
    return True


def can_go_back(client: Any, name: str) -> bool:
    """Can the table be restored as it is now? True also for a table that is not there, or a service without backups."""
    from botocore.exceptions import ClientError

    try:
        said = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    except ClientError as error:
        if code_of(error) in (NO_SUCH_CALL, "TableNotFoundException", "ResourceNotFoundException"):
            return True
        raise
    recovery = said.get("PointInTimeRecoveryDescription", {})
    return bool(recovery.get("PointInTimeRecoveryStatus") == "ENABLED")


@frozen
class HasWayBack(DynamoStatement):
    """A question: can this table, of which something will be lost, be restored?"""

    table: str

    def __str__(self) -> str:
        return str(Call("DescribeContinuousBackups", {"TableName": self.table}))


__all__ = ["HasWayBack", "back_up", "backup_call", "can_go_back", "knows_backups"]
