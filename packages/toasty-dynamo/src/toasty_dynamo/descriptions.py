"""What botocore knows of AWS: descriptions of services, and the regions."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


def described() -> Any:
    """A session of botocore's, with the descriptions of services that the process has read."""
    from botocore.session import Session

    inner = Session()
    inner.register_component("data_loader", _descriptions(inner.get_config_variable("data_path")))
    return inner


@lru_cache(maxsize=1)
def _descriptions(path: str | None) -> Any:
    """botocore's descriptions of services: read once in a process, as that is most of what a client costs."""
    from botocore.loaders import create_loader

    return create_loader(path)


def regions() -> list[str]:
    """The regions that the installed boto3 knows, those of governments and of China included."""
    inner = described()
    return [
        region
        for partition in inner.get_available_partitions()
        for region in inner.get_available_regions("dynamodb", partition)
    ]


__all__ = ["described", "regions"]
