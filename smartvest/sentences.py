"""One figure in one plain sentence, in German and English, with the grammar that a share of households needs. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

from smartvest import formats
from smartvest.texts import text
from smartvest.towns import AREAS, COUNTY_AGS


def coverage(
    ags: str, share: float | None, as_of: Any, lang: str = "de", technology: str = "fttbh", speed: int = 1000
) -> str:
    """ "In Dorsten konnten Mitte 2021 rund 5 von 100 Haushalten Glasfaser … bekommen." ``share`` in % or None."""
    what = text(f"sentences.{technology}", lang, speed=formats.number(speed, lang))
    if formats.is_missing(share):
        return text("sentences.no_figure", lang, where=where(ags, lang), what=what)
    assert share is not None
    return text(
        f"sentences.could_{'one' if singular(share) else 'many'}",
        lang,
        where=where(ags, lang),
        when=when(as_of, lang),
        households=households(share, lang),
        what=what,
    )


def before(share: float, as_of: Any, lang: str = "de") -> str:
    """ "Mitte 2019 waren es rund 2 von 100." – the earlier figure beside the one just said."""
    key = "sentences.before_one" if singular(share) else "sentences.before_many"
    said = text(key, lang, when=when(as_of, lang), households=households(share, lang, short=True))
    return said[0].upper() + said[1:]


def households(share: float, lang: str = "de", short: bool = False) -> str:
    """ "rund 88 von 100 Haushalten"; never "0" or "100 von 100" for a share that is only nearly so."""
    suffix = "_short" if short else ""
    if share <= 0:
        return text(f"sentences.none{suffix}", lang)
    if share >= 100:
        return text(f"sentences.all{suffix}", lang)
    if share < 1:
        return text(f"sentences.below_one{suffix}", lang)
    if share > 99:
        return text(f"sentences.above_99{suffix}", lang)
    return text(f"sentences.about{suffix}", lang, n=_half_up(share))


def singular(share: float) -> bool:
    """Whether the subject is one household: none, fewer than 1, about 1."""
    return share < 1 or (share < 99 and _half_up(share) == 1)


def where(ags: str, lang: str = "de") -> str:
    """ "In Marl", "Im Kreis Recklinghausen"."""
    return text("sentences.in_county", lang) if ags == COUNTY_AGS else text("sentences.in_town", lang, town=AREAS[ags])


def when(as_of: Any, lang: str = "de") -> str:
    """ "Mitte 2021" / "in mid-2021"; "am 03.05.2022" for a day that is no half-year."""
    day = formats.as_date(as_of)
    assert isinstance(day, date)
    if (day.month, day.day) in ((6, 30), (12, 31)):
        key = "sentences.when_middle" if day.month == 6 else "sentences.when_end"
        return text(key, lang, year=day.year)
    return text("sentences.when_day", lang, date=formats.date(day, lang))


def _half_up(share: float) -> int:
    return int(share + 0.5)  # round() would make 2.5 a 2
