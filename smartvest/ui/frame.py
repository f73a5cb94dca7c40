"""What stands around every page: language link, notices, footer. The skip link is Streamlit's own, in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from urllib.parse import urlencode

import streamlit as st

from smartvest import definitions, formats
from smartvest.paths import data_dir
from smartvest.snapshots import ExpiredSnapshot, SnapshotError, UnknownSnapshot
from smartvest.store import Store
from smartvest.texts import text
from smartvest.ui.view import View, today


def language_link(view: View, parameters: Mapping[str, str]) -> None:
    """A real link: only a new document can change ``<html lang>``, which screen readers speak by."""
    other = "de" if view.lang == "en" else "en"
    kept = {key: value for key, value in parameters.items() if key != "lang"}
    query = urlencode({**kept, "lang": other} if other != "de" else kept)
    href = f"/{view.page}" + (f"?{query}" if query else "")
    st.html(
        f'<nav class="sv-language" aria-label="{escape(view.t("frame.language_label"), quote=True)}">'
        f'<a href="{escape(href, quote=True)}" lang="{other}" hreflang="{other}" target="_self">'
        f"{escape(view.t('frame.other_language'))}</a></nav>",
        width="content",
    )


def print_header(view: View) -> None:
    """What a printed sheet says above its title: whose page, which town, printed when. Not on the screen."""
    printed = view.t("frame.printed", date=view.date(today()))
    st.html(f'<div class="sv-print"><span>smartVEST · {escape(view.area)}</span><span>{escape(printed)}</span></div>')


def notices(view: View, newest: Store, refused: list[str]) -> None:
    """Say what a visitor must know before reading a figure."""
    if view.store.snapshot_id != newest.snapshot_id:
        here, there = view.store.manifest.created_at, newest.manifest.created_at
        key = "frame.notice_newer" if there > here else "frame.notice_withdrawn"
        clock = ", %H:%M UTC" if here.date() == there.date() else ""  # two of one day differ by the hour
        dates = [view.date(when.date()) + (f"{when:{clock}}" if clock else "") for when in (here, there)]
        _notice(view, " ".join([view.t(key, date=dates[0], newest=dates[1]), *_then_and_now(view)]))
    elif refused:
        published = view.date(view.store.manifest.created_at.date())
        st.warning(view.t("frame.notice_damaged", date=published))


def _then_and_now(view: View) -> Iterator[str]:
    """On which day ages are counted, whose targets these are, and which figures would be computed differently today."""
    published = view.date(view.store.manifest.created_at.date())
    kept = definitions.of_snapshot(view.store.manifest, data_dir(), view.store.sources).as_published
    yield view.t("frame.notice_as_then" if kept else "frame.notice_definitions_unknown", date=published)
    others = definitions.changed(view.store.manifest)
    if others:
        yield view.t("frame.notice_computed_anew", queries=", ".join(others))


def cited_snapshot_missing(view: View, cited: str, error: SnapshotError) -> None:
    """Instead of a page whose data can't be opened: why, and the way to the newest data."""
    st.title(view.t("frame.snapshot_missing"), anchor="inhalt")
    dates = {}
    if isinstance(error, ExpiredSnapshot):
        key = "frame.snapshot_expired"
        dates = {"date": view.date(error.published_at.date()), "removed": view.date(error.removed_at.date())}
    elif isinstance(error, UnknownSnapshot):
        key = "frame.snapshot_unknown"
    else:
        key = "frame.snapshot_damaged"
        dates = {"date": formats.date(cited[:10], view.lang)}
    _notice(view, view.t(key, id=cited[:40], **dates))


def _notice(view: View, words: str) -> None:
    """A sentence with the way to the newest data: the same page with all else that was chosen."""
    query = urlencode({key: value for key, value in st.query_params.items() if key != "snapshot"})
    href = f"/{view.page}" + (f"?{query}" if query else "")
    st.html(
        f'<div class="sv-notice" role="status"><p>{escape(words)}</p><p><a href="{escape(href, quote=True)}" '
        f'target="_self">{escape(view.t("frame.to_newest"))}</a></p></div>'
    )


def nothing_to_show(lang: str) -> None:
    """There is no snapshot that could be opened: say so, in place of the page."""
    st.title(text("frame.no_snapshot_title", lang), anchor=False)
    st.html(f'<p class="sv-lead">{escape(text("frame.no_snapshot", lang))}</p>')


def footer(view: View, with_snapshot: bool = True) -> None:
    links = [
        ("ueber", "frame.footer_about", ""),
        ("ueber", "frame.footer_imprint", "#impressum"),
        ("ueber", "frame.footer_privacy", "#datenschutz"),
        ("barrierefreiheit", "frame.nav_accessibility", ""),
        ("leichte-sprache", "frame.nav_easy", ""),
        ("daten", "frame.footer_data", ""),
    ]
    items = "".join(
        f'<li><a href="{escape(view.link(path), quote=True)}{anchor}" target="_self">{escape(view.t(key))}</a></li>'
        for path, key, anchor in links
    )
    published = view.date(view.store.manifest.created_at.date())
    stand = escape(view.t("frame.footer_snapshot", id=view.store.snapshot_id, date=published))
    shown = f"<div>{stand}</div>" if with_snapshot else ""
    label = escape(view.t("frame.footer_label"), quote=True)
    st.html(f'<footer class="sv-footer"><nav aria-label="{label}"><ul>{items}</ul></nav>{shown}</footer>')
