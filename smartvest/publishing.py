"""data/publishing.toml: how many snapshots stay, which stay for good, and the public address of this site."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smartvest.snapshots import SnapshotError


class PublishingError(SnapshotError):
    """publishing.toml can't be used; the message names the field."""


class Publishing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    keep: int = Field(default=60, ge=1)
    pinned: list[str] = Field(default_factory=list)
    contributor_id: str = Field(default="", pattern=r"^(https?://[^\s<>\"]+)?$")
    public_url: str = Field(default="", pattern=r"^(https?://[A-Za-z0-9.\-:\[\]]+)?$")


def load_publishing(path: Path) -> Publishing:
    """Read publishing.toml; without the file the defaults hold. Raises PublishingError.

    An unchanged file is not read again: every answer of the API asks for the public address.
    """
    try:
        about = path.stat()
    except FileNotFoundError:
        return Publishing()
    return _read(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, changed_ns: int, size: int) -> Publishing:
    try:
        return Publishing(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PublishingError(f"{path}: not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PublishingError(f"{path}: {where}: {first['msg']}") from None
