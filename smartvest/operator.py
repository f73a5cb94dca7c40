"""data/operator.toml: who runs this site. A missing or empty field is shown as still to be filled in."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError


class OperatorError(Exception):
    """operator.toml can't be used; the message names the field."""


class Operator(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = ""
    street: str = ""
    town: str = ""
    represented_by: str = ""
    phone: str = ""
    email: str = ""
    data_protection_officer: str = ""
    accessibility_contact: str = ""
    accessibility_form: str = ""
    enforcement_body: str = ""
    basemap: Literal["", "basemap.de"] = ""


def load_operator(path: Path) -> Operator:
    """Read operator.toml; without the file every field is empty. Raises OperatorError."""
    try:
        return Operator(**tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Operator()
    except tomllib.TOMLDecodeError as error:
        raise OperatorError(f"{path}: not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise OperatorError(f"{path}: {first['loc'][0]}: {first['msg']}") from None
