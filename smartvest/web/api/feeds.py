"""Atom feeds: what changed between snapshots, one sentence a change, for the county and for every town.

/feed/kreis.atom (or /feed/kreis-recklinghausen.atom) and /feed/<town>.atom, German; ``?lang=en`` for English.
"""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from smartvest import definitions, formats, snapshots
from smartvest.changes import changes
from smartvest.contracts import load_sources
from smartvest.kpis import Kpi, KpiError, assess_series, load_kpis, series
from smartvest.manifest import Manifest
from smartvest.paths import queries_dir
from smartvest.snapshots import SnapshotError
from smartvest.store import QueryError, Store
from smartvest.texts import text
from smartvest.towns import AREAS, COUNTY_AGS, slug
from smartvest.web.api.endpoint import Answer, Ask
from smartvest.web.api.problems import Problem
from smartvest.web.api.queries import etag_of

ENTRIES = 15  # snapshots in a feed; readers poll, nobody scrolls
KEPT = 200  # snapshots whose figures are remembered: about 100 numbers each
ATOM = "http://www.w3.org/2005/Atom"
SLUGS = {"kreis": COUNTY_AGS} | {slug(ags): ags for ags in AREAS}

Figure = tuple[float | None, date | None]


@dataclass(frozen=True)
class Entry:
    """One snapshot in a feed."""

    snapshot_id: str
    published: datetime
    sentences: list[str]


def feed(ask: Ask) -> Answer:
    """GET /feed/<slug>.atom"""
    ask.only("lang")
    lang = ask.choice("lang", ["de", "en"])
    name = ask.path["file"]
    ags = SLUGS.get(name.removesuffix(".atom")) if name.endswith(".atom") else None
    if ags is None:
        raise Problem(404, f"there is no feed {name[:80]!r}", allowed=[f"{known}.atom" for known in SLUGS])
    body = atom(entries(ask.data, ags, lang), ags, lang, ask.base)
    return Answer(body, "application/atom+xml", etag_of(body))


def entries(data: Path, ags: str, lang: str) -> list[Entry]:
    """The newest snapshots first, each with what it changed for the area. A damaged snapshot is passed over."""
    found: list[Entry] = []
    known = snapshots.ids(data)
    published = snapshots.current_id(data)
    if published in known:  # after a rollback the later ones are not what is shown
        known = known[: known.index(published) + 1]
    known = known[-(ENTRIES + 1) :]
    previous: tuple[Manifest, dict[str, dict[str, Figure]]] | None = None
    for snapshot_id in known:
        try:
            now = snapshots.manifest(data, snapshot_id), figures(data, snapshot_id)
        except (SnapshotError, QueryError, KpiError):
            continue
        if previous is None:
            sentences = [text("feeds.first", lang)]
        else:
            sentences = [] if ags != COUNTY_AGS else dataset_sentences(now[0], previous[0], lang)
            sentences += figure_sentences(_kpis(data), now[1], previous[1], ags, lang)
            sentences += target_sentences(_as_published(data, now[0]), _as_published(data, previous[0]), lang)
        if sentences:
            found.append(Entry(snapshot_id, now[0].created_at, sentences))
        previous = now
    return found[::-1][:ENTRIES]


def dataset_sentences(new: Manifest, old: Manifest, lang: str) -> list[str]:
    """What happened to datasets, in words."""
    sentences = []
    for change in changes(new, old):
        described = (new.datasets.get(change.dataset) or old.datasets[change.dataset]).source.get("title", {})
        title = described.get(lang, change.dataset)
        if change.kind == "added":
            sentences.append(text("feeds.added", lang, title=title, rows=change.rows))
        elif change.kind == "removed":
            sentences.append(text("feeds.removed", lang, title=title))
        elif change.kind == "newer":
            key = "feeds.newer" if change.as_of_before else "feeds.newer_first"
            words = {"as_of": _day(change.as_of, lang), "before": _day(change.as_of_before, lang)}
            sentences.append(text(key, lang, title=title, **words))
        else:
            sentences.append(text("feeds.revised", lang, title=title, rows=change.rows, before=change.rows_before))
    return sentences


def figure_sentences(
    kpis: list[Kpi], new: dict[str, dict[str, Figure]], old: dict[str, dict[str, Figure]], ags: str, lang: str
) -> list[str]:
    """Which indicators have another latest figure for the area than before."""
    sentences = []
    for kpi in kpis:
        value, as_of = new.get(kpi.id, {}).get(ags, (None, None))
        before, as_of_before = old.get(kpi.id, {}).get(ags, (None, None))
        if (value, as_of) == (before, as_of_before):
            continue
        words = {
            "title": kpi.title[lang],
            "value": formats.with_unit(value, kpi.unit[lang], lang, kpi.digits(as_of)),
            "before": formats.with_unit(before, kpi.unit[lang], lang, kpi.digits(as_of_before)),
            "as_of": _day(as_of, lang),
            "as_of_before": _day(as_of_before, lang),
        }
        if (value is None and before is None) or (words["value"], as_of) == (words["before"], as_of_before):
            continue  # a change that the shown decimals do not show is none to report
        if before is None:
            key = "kpi_new"
        elif value is None:
            key = "kpi_gone"
        else:
            key = "kpi_revised" if as_of == as_of_before else "kpi_changed"
        sentences.append(text(f"feeds.{key}", lang, **words))
    return sentences


def target_sentences(new: list[Kpi], old: list[Kpi], lang: str) -> list[str]:
    """Which indicators have another target than before."""
    before = {kpi.id: kpi for kpi in old}
    sentences = []
    for kpi in new:
        was = before.get(kpi.id)
        if was and (was.target, was.target_date) != (kpi.target, kpi.target_date):
            words = {"title": kpi.title[lang], "target": _target(kpi, lang), "before": _target(was, lang)}
            sentences.append(text("feeds.target", lang, **words))
    return sentences


def _target(kpi: Kpi, lang: str) -> str:
    if kpi.target is None:
        return text("feeds.target_none", lang)
    value = formats.with_unit(kpi.target, kpi.unit[lang], lang, kpi.decimals)
    return text("feeds.target_by", lang, value=value, date=_day(kpi.target_date, lang)) if kpi.target_date else value


def _as_published(data: Path, manifest: Manifest) -> list[Kpi]:
    """The snapshot's own indicators; none where it did not keep them."""
    if not manifest.kpis:
        return []
    found = definitions.of_snapshot(manifest, data, load_sources(data / "sources.toml"))
    return found.kpis if found.as_published else []


_figures: OrderedDict[tuple[Path, str], dict[str, dict[str, Figure]]] = OrderedDict()
_lock = threading.Lock()


def figures(data: Path, snapshot_id: str) -> dict[str, dict[str, Figure]]:
    """kpi -> ags -> (latest value, its date) in a snapshot; computed once, snapshots do not change.

    Opens the snapshot for itself: the store keeps only four open, and a feed must not close the one a visitor cites.
    """
    with _lock:
        if (data, snapshot_id) in _figures:
            _figures.move_to_end((data, snapshot_id))
            return _figures[(data, snapshot_id)]
        store = Store(snapshots.open_snapshot(data, snapshot_id), load_sources(data / "sources.toml"))
        found: dict[str, dict[str, Figure]] = {}
        for kpi in _kpis(data):
            results = assess_series(kpi, series(kpi, store), None, store.manifest.created_at.date())
            found[kpi.id] = {r.ags: (r.value, r.as_of) for r in results}
        _figures[(data, snapshot_id)] = found
        while len(_figures) > KEPT:
            _figures.popitem(last=False)
        return found


def atom(found: list[Entry], ags: str, lang: str, base: str) -> bytes:
    """The feed as XML."""
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": lang})
    page = f"{base}/?ags={ags}&lang={lang}" if ags == COUNTY_AGS else f"{base}/stadt?ags={ags}&lang={lang}"
    own = f"{base}/feed/{slug(ags)}.atom" + ("?lang=en" if lang == "en" else "")
    _add(root, "id", _name(ags, lang))
    _add(root, "title", text("feeds.title", lang, area=AREAS[ags]))
    _add(root, "updated", _stamp(found[0].published) if found else "1970-01-01T00:00:00Z")
    _add(root, "link", "", rel="self", href=own, type="application/atom+xml")
    _add(root, "link", "", rel="alternate", href=page, type="text/html")
    author = ET.SubElement(root, f"{{{ATOM}}}author")
    _add(author, "name", "smartVEST, Kreis Recklinghausen")
    for one in found:
        entry = ET.SubElement(root, f"{{{ATOM}}}entry")
        _add(entry, "id", _name(ags, lang, one.snapshot_id))
        _add(entry, "title", text("feeds.entry", lang, date=_day(one.published.date(), lang)))
        _add(entry, "updated", _stamp(one.published))
        joiner = "&" if "?" in page else "?"
        _add(entry, "link", "", rel="alternate", href=f"{page}{joiner}snapshot={one.snapshot_id}", type="text/html")
        _add(entry, "content", "\n".join(one.sentences), type="text")
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _name(*parts: str) -> str:
    """An id that never changes: not with the host by which the feed was asked for, nor when the site moves."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("smartvest", "feed", *parts))).urn


def _kpis(data: Path) -> list[Kpi]:
    return load_kpis(data / "kpis.toml", load_sources(data / "sources.toml"), queries_dir())


def _add(parent: ET.Element, name: str, words: str, **attributes: str) -> None:
    child = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    child.text = "".join(c for c in words if c.isprintable() or c == "\n") or None


def _stamp(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(value: date | str | None, lang: str) -> str:
    if not value:
        return text("feeds.undated", lang)
    return formats.date(date.fromisoformat(value) if isinstance(value, str) else value, lang)
