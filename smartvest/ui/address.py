"""What a visitor has chosen, kept in the session and in the address: every view can be linked.

Streamlit's own ``bind="query-params"`` writes the *label* into the address ("Haltern am See"), which changes with the
language; these are the machine values (``ags=05562016``). Links of the navigation bar drop all parameters, so the
session answers for what the address no longer says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

_WRITTEN = "_written_to_address"  # parameter -> the value we last put there


def settle(key: str, allowed: Sequence[str], default: str) -> str:
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


def _page() -> str:
    """The path of the page the visitor is on (empty outside a browser)."""
    return urlsplit(st.context.url or "").path
