"""What a visitor has chosen, kept in the session and in the address: every view can be linked.

Streamlit's own ``bind="query-params"`` writes the *label* into the address ("Haltern am See"), which changes with the
language; these are the machine values (``ags=05562016``). Links of the navigation bar drop all parameters, so the
session answers for what the address no longer says.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st

from smartvest.citation import permanent_link
from smartvest.paths import data_dir
from smartvest.publishing import load_publishing
from smartvest.ui.view import View

_WRITTEN = "_written_to_address"  # parameter -> the value we last put there


def settle(key: str, allowed: Container[str], default: str) -> str:
    """The value of ``key`` for this run, before its widget is drawn.

    The address wins when it says something new (a cold link, the back button); an unknown value is ignored; a missing
    one on the same page means the visitor went back to where nothing was chosen.
    """
    written = st.session_state.setdefault(_WRITTEN, {})
    asked = st.query_params.get(key)
    here = _page()
    last_page, last_value = written.get(key, (None, None))
    if asked in allowed and asked != last_value:
        st.session_state[key] = asked
    elif asked is None and last_value is not None and last_page == here and last_value != default:
        st.session_state[key] = default
    if st.session_state.get(key) not in allowed:
        st.session_state[key] = default
    return st.session_state[key]


class AnyText:
    """Allows every value that could once have been an id: what it leads to is found out later, and said."""

    def __contains__(self, value: object) -> bool:
        return isinstance(value, str) and len(value) <= 100


def write(key: str, default: str) -> None:
    """Put the value of ``key`` into the address; a default is left out so that short links stay short."""
    value = st.session_state[key]
    if value != default:
        if st.query_params.get(key) != value:
            st.query_params[key] = value
    elif key in st.query_params:
        del st.query_params[key]
    st.session_state.setdefault(_WRITTEN, {})[key] = (_page(), value if value != default else None)


def choice(
    label: str,
    key: str,
    options: Sequence[str],
    default: str,
    name: Callable[[str], str],
    widget: Callable[..., Any] = st.selectbox,
    **more: Any,
) -> str:
    """A widget whose machine value lives in the address. Returns the chosen option."""
    settle(key, options, default)
    value = widget(label, options, key=key, format_func=name, **more)
    if value is None:  # a segmented control can be clicked empty
        value = default
    write(key, default)
    return value


def permanent(view: View) -> tuple[str, str]:
    """The public address of this site, and of this view with the snapshot it shows."""
    seen = urlsplit(st.context.url or "")
    base = load_publishing(data_dir() / "publishing.toml").public_url or f"{seen.scheme}://{seen.netloc}".strip(":/")
    query = urlencode({key: value for key, value in st.query_params.items() if key != "snapshot"})
    return base, permanent_link(f"{base}/{view.page}" + (f"?{query}" if query else ""), view.store.snapshot_id)


def _page() -> str:
    """The path of the page the visitor is on (empty outside a browser)."""
    return urlsplit(st.context.url or "").path
