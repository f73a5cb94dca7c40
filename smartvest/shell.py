"""Stand-in for the frame: navigation over pages/ and nothing else (the lead's shell replaces it)."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from smartvest.addresses import PAGES, language

ROOT = Path(__file__).resolve().parent.parent
lang = language(st.query_params.get("lang"))
st.set_page_config(page_title="smartVEST", layout="wide")
chosen = st.navigation(
    [
        st.Page(
            ROOT / "pages" / f"{name}.py",
            title=path.strip("/") or "start",
            url_path=path.strip("/"),
            default=path == "/",
        )
        for name, path in PAGES.items()
    ],
    position="top",
)
st.html(
    f'<a href="?lang={"de" if lang == "en" else "en"}" target="_self">{"Deutsch" if lang == "en" else "English"}</a>'
)
chosen.run()
