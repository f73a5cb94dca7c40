"""How to quote a view: as text, BibTeX and RIS, with a link that opens exactly the data that was seen (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from smartvest.provenance import Provenance
from smartvest.texts import text

AUTHOR = "Kreis Recklinghausen"
SITE = "smartVEST"

# BibTeX of 1988 reads ASCII only; a brace group keeps a letter's case and works in every style
_LETTERS = {
    "ä": '{\\"a}', "ö": '{\\"o}', "ü": '{\\"u}', "Ä": '{\\"A}', "Ö": '{\\"O}', "Ü": '{\\"U}', "ß": "{\\ss}",
    "é": "{\\'e}", "è": "{\\`e}", "–": "--", "—": "---", "„": "{\\glqq}", "“": "{\\grqq}", "”": "''", "’": "'",
    "…": "{\\ldots}", "€": "{\\texteuro}", "²": "$^2$", "³": "$^3$", "·": "$\\cdot$", "≥": "$\\geq$", "≤": "$\\leq$",
    "\u00a0": "~", "\u202f": "\\,", "→": "$\\rightarrow$", "µ": "$\\mu$", "°": "{\\textdegree}",
    "\\": "{\\textbackslash}", "{": "\\{", "}": "\\}", "&": "\\&", "%": "\\%", "$": "\\$", "#": "\\#", "_": "\\_",
    "~": "{\\textasciitilde}", "^": "{\\textasciicircum}",
}  # fmt: skip


@dataclass(frozen=True)
class Citation:
    """One view as it was seen. ``link`` holds ``snapshot=``; ``published`` is the day its data was published."""

    title: str
    link: str
    snapshot_id: str
    published: date
    accessed: date
    sources: tuple[str, ...] = ()
    author: str = AUTHOR
    lang: str = "de"

    @property
    def key(self) -> str:
        return f"smartvest-{self.snapshot_id}"

    def as_text(self) -> str:
        """Kreis Recklinghausen (2026): Glasfaser in Marl. smartVEST, Datenstand 2026-…. <link> (abgerufen am …)."""
        when = text("export.cite_accessed", self.lang, date=day(self.accessed, self.lang))
        words = (
            f"{self.author} ({self.published.year}): {self.title.rstrip('.')}. "
            f"{text('export.snapshot', self.lang)} {self.snapshot_id}. {self.link} ({when})."
        )
        if self.sources:
            words += (
                " " + text("export.cite_data", self.lang, source="; ".join(s.rstrip(".") for s in self.sources)) + "."
            )
        return words

    def as_bibtex(self) -> str:
        note = f"{text('export.snapshot', self.lang)} {self.snapshot_id}"
        if self.sources:
            note += ". " + text("export.cite_data", self.lang, source="; ".join(s.rstrip(".") for s in self.sources))
        fields = {
            "author": "{" + escaped(self.author) + "}",  # braces: an office, not a person called Recklinghausen, Kreis
            "title": "{" + escaped(self.title) + "}",
            "year": str(self.published.year),
            "publisher": escaped(SITE),
            "version": self.snapshot_id,
            "url": _url(self.link),
            "urldate": self.accessed.isoformat(),
            "note": escaped(note),
            "language": "english" if self.lang == "en" else "ngerman",
        }
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        return f"@misc{{{self.key},\n{lines}\n}}\n"

    def as_ris(self) -> str:
        lines = [
            ("TY", "DATA"),
            ("AU", self.author),
            ("TI", self.title),
            ("PY", str(self.published.year)),
            ("DA", f"{self.published:%Y/%m/%d}/"),
            ("PB", SITE),
            ("ET", self.snapshot_id),
            ("UR", self.link),
            ("Y2", f"{self.accessed:%Y/%m/%d}/"),
            ("LA", "en" if self.lang == "en" else "de"),
            *(("N1", source) for source in self.sources),
            ("ID", self.key),
            ("ER", ""),
        ]
        return "".join(f"{tag}  - {_flat(value)}\r\n" for tag, value in lines)


def cite(told: Provenance, title: str, accessed: date, lang: str = "de", author: str = AUTHOR) -> Citation:
    """The citation of the view that ``told`` describes."""
    return Citation(
        title=_flat(title),
        link=told.link,
        snapshot_id=told.snapshot_id,
        published=told.published_at.date(),
        accessed=accessed,
        sources=tuple(_flat(d.citation) for d in told.datasets),
        author=author,
        lang=lang,
    )


def permanent_link(address: str, snapshot_id: str) -> str:
    """``address`` of a view with ``snapshot=<id>`` as its first parameter (and only once)."""
    parts = urlsplit(address)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "snapshot"]
    return urlunsplit(parts._replace(query=urlencode([("snapshot", snapshot_id), *query]), fragment=""))


def day(when: date, lang: str) -> str:
    return f"{when.day} {when:%B} {when.year}" if lang == "en" else f"{when:%d.%m.%Y}"


def escaped(words: str) -> str:
    """Text for a BibTeX field: specials escaped, umlauts as accents; what has no ASCII form is written as ``?``."""
    return "".join(_LETTERS.get(char, char if char.isascii() and char.isprintable() else "?") for char in _flat(words))


def _url(link: str) -> str:
    """An address in a ``url`` field is taken literally; only what would end the field must go."""
    return re.sub(r"[{}\\\s]", lambda found: f"%{ord(found[0]):02X}", link)


def _flat(words: str) -> str:
    """One line: a line end inside a value would start a new field in RIS."""
    return " ".join(str(words).split())
