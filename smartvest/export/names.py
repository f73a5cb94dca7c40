"""File names by content: ``smartvest_glasfaser_fttbh_haltern-am-see_2021-06-30.svg``."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from smartvest.towns import AREAS, slug

GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "ae", "Ö": "oe", "Ü": "ue"})
MAX_PART = 60  # file systems allow 255 bytes for the whole name


def file_name(view: str, what: str = "", area: str = "", when: str | date = "", ext: str = "csv") -> str:
    """The name of a file: view (``/glasfaser`` or ``glasfaser``), what it shows, where (AGS or a name), and when.

    Empty parts are left out. Only a-z, 0-9, ``-`` inside a part, ``_`` between parts: safe on every system and in a
    Content-Disposition header.
    """
    place = slug(area) if area in AREAS else area
    parts = [_part(str(part)) for part in ("smartvest", view, what, place, when)]
    return "_".join(part for part in parts if part) + "." + (_part(ext) or "bin")


def _part(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words.translate(GERMAN)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:MAX_PART].strip("-")
