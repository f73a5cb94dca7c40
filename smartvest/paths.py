"""Where things lie on disk."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """The data directory: ``$SMARTVEST_DATA``, else ``data/`` of the checkout."""
    return Path(os.environ.get("SMARTVEST_DATA") or ROOT / "data").resolve()


def queries_dir() -> Path:
    """The named queries: ``$SMARTVEST_QUERIES``, else ``queries/`` of the checkout."""
    return Path(os.environ.get("SMARTVEST_QUERIES") or ROOT / "queries").resolve()
