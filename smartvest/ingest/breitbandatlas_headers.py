"""What a column of the Breitbandatlas measures: whom (households, businesses, schools), by which technology, how fast.

Known from recorded files and from the publisher's answer printed in the repository hhilbig/broadband
(docs/old/email.md): ``verf_100`` wired, ``verf_200`` wireless, ``verf_300`` all technologies; the last number is the
speed class; ``DSL_16``, ``CATV_400``. Known from other public programs that read the files of 2025: the grid's
``down_fn_hh_<alle|ftthb|ftth|fttb|fttc|hfc|sonst>_<speed>`` and the workbook's sheet names.
Our reading, stated nowhere: FTTC is carried on as ``dsl`` (copper from the cabinet on), "mobile Technologien", LTE and
5G as ``wireless``; FTTH alone, FTTB alone and "Sonstige" have no counterpart in our series and are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

HOUSEHOLDS, BUSINESSES, BUSINESS_PARKS, SCHOOLS = "households", "businesses", "business_parks", "schools"

LEFT_OUT = "left out"  # a technology we know and do not carry

_TECHNOLOGIES = {
    "any": ["alle", "all", "any", "gesamt", "300", "alletechnologien"],
    "wired": ["leitungsg", "leitungsgebunden", "leitungsgebundene", "leitungsgebundenen", "lg", "wired", "100"],
    "wireless": ["mobile", "mobil", "drahtlos", "drahtlose", "drahtlosen", "wireless", "200", "lte", "4g", "5g",
                 "lte5g", "mobilfunk"],
    "fttbh": ["ftthb", "fttbh", "ftthfttb", "fttbftth", "ftthundfttb", "glasfaser", "glasfaserftthb", "glasfaserfttbh",
              "fibre", "fiber"],
    "hfc": ["catv", "hfc", "catvhfc", "hfccatv", "kabel", "kabelhfc", "hfckabel", "kabelnetz"],
    "dsl": ["dsl", "vdsl", "xdsl", "fttc", "fttcvdsl", "fttcdsl", "dslfttc", "dslfttcvdsl", "vdslfttc", "vectoring"],
    LEFT_OUT: ["ftth", "fttb", "sonst", "sonstige", "sonstiges"],
}  # fmt: skip
_BY_NAME = {name: technology for technology, names in _TECHNOLOGIES.items() for name in names}

_KINDS = {
    "priv": HOUSEHOLDS, "privat": HOUSEHOLDS, "hh": HOUSEHOLDS, "haushalte": HOUSEHOLDS,
    "privathaushalte": HOUSEHOLDS,
    "gew": BUSINESSES, "gewerbe": BUSINESSES, "unternehmen": BUSINESSES, "gewerblich": BUSINESSES,
    "gwg": BUSINESS_PARKS, "gewerbegebiete": BUSINESS_PARKS,
    "schule": SCHOOLS, "schulen": SCHOOLS,
}  # fmt: skip

# "FTTH/B ≥ 1000 Mbit/s" and whatever "≥" became on its way: >=, ?, the three bytes of UTF-8 read as cp1252 or latin-1.
_SPEED = re.compile(
    r"(?P<sign>[>=\u2265?\ufffd\s]|\u00e2..|\bab\b|\bmind(?:estens|\.)?|\bgtoe\b)*?"
    r"(?P<number>[0-9]{1,3}(?:[. \u00a0][0-9]{3})+|[0-9]+)\s*(?P<unit>[MG])\s?bit(?:/?s|ps)?\b\.?(?:/s)?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_TRAIL = re.compile(
    r"(?:[>=\u2265?\ufffd_|:,;-]|\u00e2..|\s|\bab|\bmind(?:estens|\.)?|\bgtoe)+$", re.IGNORECASE | re.DOTALL
)
_UNIT = re.compile(r"[\s,;:-]*[\[(]?\s*(?:in\s+)?(?:%|prozent)\s*[\])]?$", re.IGNORECASE)
_CODE = re.compile(r"^[a-z0-9äöüß/]+(?:_[a-z0-9äöüß/]+)+$", re.IGNORECASE)
_UPLOAD = re.compile(r"up(?:load|stream|link)|^up_", re.IGNORECASE)


@dataclass(frozen=True)
class Measure:
    """One measured column. ``technology`` is a value of our contract, LEFT_OUT, or empty where it is unknown to us."""

    technology: str
    min_mbit_s: int
    kind: str = ""  # empty: as the file or sheet says
    label: str = ""


def technology(text: str) -> str:
    """Our name of a technology as the atlas writes it, LEFT_OUT, or an empty text where it is unknown."""
    plain = text.lower().replace("technologien", "").replace("technologie", "")
    return _BY_NAME.get(re.sub(r"[^a-z0-9äöüß]", "", plain), "")


@lru_cache(maxsize=4096)
def measure(header: str, group: str = "") -> Measure | None:
    """What a column with this header measures, or None where it is no coverage column (a name, a date, an upload).

    ``group`` is the technology written once above a block of columns that repeat the same speeds.
    """
    label = " ".join(f"{group} {header}".split())
    text = _UNIT.sub("", " ".join(header.split()))
    if _UPLOAD.search(label):
        return None
    if _CODE.match(text):
        return _coded(text, label)
    match = _SPEED.search(text)
    if match is None:
        return None
    speed = int(re.sub(r"[^0-9]", "", match["number"])) * (1000 if match["unit"].lower() == "g" else 1)
    name = text[: match.start()]
    while (shorter := _TRAIL.sub("", name)) != name:
        name = shorter
    if not 1 <= speed <= 100_000:
        return None
    return Measure(technology(name or group), speed, "", label)


def _coded(text: str, label: str) -> Measure | None:
    """``verf_300_50``, ``100_1``, ``DSL_16``, ``priv_dsl_100``, ``dsl_gtoe_16_mbits``, ``down_fn_hh_ftthb_1000``."""
    words = text.lower().split("_")
    if words[-1] in ("mbits", "mbit", "mbit/s"):
        words.pop()
    if not words[-1].isdecimal() or len(words) < 2:
        return None
    if re.fullmatch(r"20[0-9]{2}", words[-1]) and words[-2].isdecimal() and len(words) > 2:
        return None  # verf_300_50_2010: a year of the older series, which is never joined with this one
    speed = int(words.pop())
    kind = ""
    names = []
    for word in words:
        if word in _KINDS:
            kind = _KINDS[word]
        elif word not in ("verf", "down", "fn", "mf", "tech", "technologien", "gtoe"):
            names.append(word)
    if not names or not 1 <= speed <= 100_000:
        return None
    return Measure(technology("".join(names)), speed, kind, label)


def kind_of(name: str) -> str:
    """Whom a file or sheet of this name is about; empty where it doesn't say."""
    plain = name.lower()
    if "gwg" in plain or "gewerbegebiet" in plain:
        return BUSINESS_PARKS
    if "schul" in plain:
        return SCHOOLS
    if re.search(r"(?<![a-zäöü])gew(?![a-zäöü])|gewerb|unternehm", plain):
        return BUSINESSES
    if re.search(r"(?<![a-zäöü])hh(?![a-zäöü])|privat|haushalt", plain):
        return HOUSEHOLDS
    return ""
