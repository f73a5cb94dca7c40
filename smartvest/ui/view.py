"""One page run seen from a page: language, town, snapshot, words and figures, all from the same snapshot."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from smartvest import basemap, formats, store
from smartvest.questions import Columns, Dataset, Listing, Question
from smartvest.texts import text
from smartvest.towns import AREAS, COUNTY_AGS

_VIEW = "_view"


@dataclass(frozen=True)
class View:
    """What every page needs. ``today`` is a parameter of the run, never asked for further down: the day from which ages
    are counted, of an older snapshot than the published one the day it was published on.
    """

    lang: str
    ags: str
    mode: str  # "light" or "dark"
    page: str  # the path of the page, "" for the overview
    store: store.Store
    today: date
    snapshot: str = ""  # the snapshot the address asks for; empty: whatever is published

    @property
    def area(self) -> str:
        return AREAS[self.ags]

    @property
    def is_county(self) -> bool:
        return self.ags == COUNTY_AGS

    @property
    def basemap(self) -> str:
        """The address of the map's ground, empty while the operator has switched none on."""
        return basemap.address()

    def t(self, key: str, **values: Any) -> str:
        return text(key, self.lang, **values)

    def query(self, name: str, **params: Any) -> pd.DataFrame:
        return self.store.query(name, **params)

    def ask(self, name: str, **params: Any) -> Question:
        """The same question, to be asked when somebody wants its rows or origin."""
        return Question(self.store, name, params)

    def dataset(self, name: str) -> Dataset:
        return Dataset(self.store, name)

    def listing(self) -> Listing:
        return Listing(self.store)

    def columns(self, dataset: str) -> Columns:
        return Columns(self.store, dataset)

    def number(self, value: float | None, digits: int = 0) -> str:
        return formats.number(value, self.lang, digits)

    def date(self, value: Any) -> str:
        return formats.date(value, self.lang)

    def cite(self, *datasets: str) -> str:
        """The citations of datasets in one line, for the foot of a chart."""
        return "; ".join(dict.fromkeys(self.store.sources[name].citation for name in datasets))

    def link(self, path: str, **params: str) -> str:
        """An address inside the app that keeps language, town and snapshot."""
        keep = {
            "snapshot": self.snapshot,
            "ags": self.ags if not self.is_county else None,
            "lang": self.lang if self.lang != "de" else None,
        }
        given = {k: v for k, v in {**keep, **params}.items() if v}
        return f"/{path}" + ("?" + "&".join(f"{k}={v}" for k, v in given.items()) if given else "")


def begin(page: str, lang: str, snapshot: str = "") -> View:
    """Called once a run by the shell: decide snapshot and day for everything drawn in it.

    Raises snapshots.SnapshotError when the snapshot asked for can't be opened: never other data than was cited.
    """
    mode = st.context.theme.type or "light"
    ags = st.session_state.get("ags", COUNTY_AGS)
    seen = store.at(snapshot) if snapshot else store.current()
    older = snapshot and seen.snapshot_id != store.current().snapshot_id
    day = seen.manifest.created_at.date() if older else today()
    return _keep(View(lang, ags, mode, page, seen, day, snapshot))


def today() -> date:
    """The day of the calendar. ``SMARTVEST_TODAY`` (2027-12-31) moves it, to see what a page will say by then."""
    wished = os.environ.get("SMARTVEST_TODAY")
    return date.fromisoformat(wished) if wished else date.today()


def renew(seen: View, ags: str) -> View:
    """The same view for another town."""
    return _keep(replace(seen, ags=ags))


def view() -> View:
    """The view of this run."""
    return st.session_state[_VIEW]


def _keep(seen: View) -> View:
    st.session_state[_VIEW] = seen
    return seen
