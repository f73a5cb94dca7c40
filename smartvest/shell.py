"""The frame around every page: navigation, town and language, notices, footer. Streamlit's main script.

It lies in smartvest/ because a folder ``pages/`` beside the main script would switch on Streamlit's old automatic
navigation, and a cold deep link would run a page without this frame.
"""

from __future__ import annotations

import logging

import streamlit as st

from smartvest import store
from smartvest.addresses import IN_FOOTER, LANGUAGES, PAGES
from smartvest.paths import ROOT
from smartvest.snapshots import SnapshotError
from smartvest.texts import text
from smartvest.towns import AREAS, COUNTY_AGS
from smartvest.ui import address, frame
from smartvest.ui.turns import turn
from smartvest.ui.view import begin, renew

log = logging.getLogger("smartvest")


def run() -> None:
    lang = address.settle("lang", LANGUAGES, "de")
    pages = [
        st.Page(
            ROOT / "pages" / f"{name}.py",
            title=text(f"frame.nav_{name}", lang),
            url_path=path[1:],
            default=path == "/",
            visibility="hidden" if name in IN_FOOTER else "visible",
        )
        for name, path in PAGES.items()
    ]
    page = st.navigation(pages, position="top")
    st.set_page_config(f"{page.title} – smartVEST", layout="wide", initial_sidebar_state="collapsed")
    here = page.url_path
    cited = address.settle("snapshot", address.AnyText(), "")
    missing = None
    try:
        try:
            view = begin(here, lang, cited)
        except SnapshotError as error:
            view, missing = begin(here, lang), error
    except (SnapshotError, OSError) as error:
        log.error("no snapshot can be served: %s", error)
        frame.nothing_to_show(lang)
        return
    address.write("lang", "de")
    address.write("snapshot", "")
    with st.container(horizontal=True, key="phone_navigation"):
        for one in pages[: -len(IN_FOOTER)]:
            st.page_link(one)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ags = address.choice(view.t("frame.town"), "ags", list(AREAS), COUNTY_AGS, AREAS.__getitem__)
        view = renew(view, ags)
        frame.language_link(view, dict(st.query_params))
    if missing:
        frame.cited_snapshot_missing(view, cited, missing)  # and no page: no figure on it is the one that was cited
        frame.footer(view, with_snapshot=False)
        return
    frame.print_header(view)
    frame.notices(view, store.current(), store.refused())
    page.run()
    frame.footer(view)


with turn:
    run()
