"""data/publishing.toml: how many snapshots stay, which stay for good, and the public address of this site."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smartvest.snapshots import SnapshotError


class PublishingError(SnapshotError):
    """publishing.toml can't be used; the message names the field."""


class Publishing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    keep: int = Field(default=60, ge=1)
    pinned: list[str] = Field(default_factory=list)
    public_url: str = Field(default="", pattern=r"^(https?://[A-Za-z0-9.\-:\[\]]+)?$")


def load_publishing(path: Path) -> Publishing:
    """Read publishing.toml; without the file the defaults hold. Raises PublishingError."""
    try:
        return Publishing(**tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Publishing()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PublishingError(f"{path}: not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PublishingError(f"{path}: {where}: {first['msg']}") from None
