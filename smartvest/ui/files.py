"""The files of one panel: what each is called and how it is made. Nothing is made before somebody clicks."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from smartvest import export
from smartvest.charts.frame import Drawing, Picture
from smartvest.citation import Citation
from smartvest.provenance import Provenance
from smartvest.questions import PLACES, Asked, Dataset, with_dataset, with_places
from smartvest.ui import finished
from smartvest.ui.view import View

Progress = Callable[[int, int | None], None]
Drawn = Picture | finished.Chart | Drawing
IMAGES: tuple[Literal["svg", "png", "pdf"], ...] = ("svg", "png", "pdf")
SLOW_ROWS = 20_000  # two seconds of XLSX: from here on it is made with a progress bar, and a dataset comes from the API
MIME = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "geojson": "application/geo+json",
    "bib": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
}


@dataclass(frozen=True)
class Shown:
    """One thing on a page that can be taken away: the questions it answers, and how it looks.

    ``picture`` may be a function, so that a picture nobody asks for is never made; ``rows`` is given where the table on
    the screen is not exactly the answer of the one question (filtered, or put together from several).
    """

    key: str
    title: str
    asked: Sequence[Asked]
    picture: Drawn | Callable[[], Drawn] | None = None
    rows: Callable[[], pd.DataFrame] | None = None
    places: bool = False

    def count(self) -> int:
        return len(self.rows()) if self.rows else self.asked[0].count()

    def table(self) -> pd.DataFrame | pa.Table:
        return self.rows() if self.rows else self.asked[0].rows()


@dataclass(frozen=True)
class File:
    """One download button. ``make`` runs in a thread of Streamlit's after the click.

    ``address`` is set where our own API gives the same file in pieces from the disk; ``slow`` where making it takes
    seconds and ``make_telling(done, total)`` says how far it is.
    """

    form: str
    name: str
    make: Callable[[], bytes]
    address: str = ""
    make_telling: Callable[[Progress], bytes] | None = None

    @property
    def mime(self) -> str:
        return MIME[Path(self.name).suffix[1:]]


def images(view: View, shown: Shown, told: Provenance) -> list[File]:
    """The chart or map as SVG, PNG and PDF."""
    if shown.picture is None:
        return []
    if shown.places:
        told = with_dataset(told, PLACES, view.store)
    return [File(fmt, _name(view, shown, fmt), partial(_image, view, shown, told, fmt)) for fmt in IMAGES]


def tables(view: View, shown: Shown, told: Provenance, count: int) -> list[File]:
    """The rows in every format for tables, and as GeoJSON where they lie on a map; ``count`` is how many there are."""
    makers: dict[str, Callable[[pd.DataFrame | pa.Table], Iterator[bytes] | bytes]] = {
        "csv_de": lambda rows: export.table_csv(rows, "de"),
        "csv_plain": lambda rows: export.table_csv(rows, "plain"),
        "xlsx": lambda rows: _workbook(rows, told, view.lang),
        "parquet": lambda rows: _parquet(rows, told, view.lang),
        "json": lambda rows: export.table_json(rows, told),
    }

    def made(form: str) -> bytes:
        return _joined(makers[form](export.flagged(shown.table(), told)))

    def placed() -> bytes:
        return _joined(export.geojson(*with_places(export.flagged(shown.table(), told), told, view.store)))

    def workbook(progress: Progress) -> bytes:
        return _workbook(export.flagged(shown.table(), told), told, view.lang, progress)

    files = [File(form, _name(view, shown, form), partial(made, form)) for form in makers]
    if count > SLOW_ROWS:
        files = [replace(file, make_telling=workbook) if file.form == "xlsx" else file for file in files]
        if isinstance(shown.asked[0], Dataset) and not shown.rows:
            files = [replace(file, address=_streamed(told, file.form)) for file in files]
    if count > export.MAX_ROWS:  # a workbook would be refused, JSON would have to be held in memory whole
        files = [file for file in files if file.form not in ("xlsx", "json")]
    return [*files, File("geojson", _name(view, shown, "geojson"), placed)] if shown.places else files


def citations(view: View, shown: Shown, citation: Citation) -> list[File]:
    """The citation for reference managers."""
    texts = {"bib": citation.as_bibtex(), "ris": citation.as_ris()}
    return [File(form, _name(view, shown, form), partial(str.encode, words)) for form, words in texts.items()]


def _image(view: View, shown: Shown, told: Provenance, fmt: Literal["svg", "png", "pdf"]) -> bytes:
    picture = shown.picture() if callable(shown.picture) else shown.picture
    assert picture is not None
    return export.chart_image(
        finished.drawable(picture), fmt, told, title=picture.title, subtitle=picture.subtitle, lang=view.lang,
        mode=view.mode,
    )  # fmt: skip


def _streamed(told: Provenance, form: str) -> str:
    """Where the API has a whole dataset in this form; empty where it has not."""
    parquet = told.datasets[0].parquet
    csv = parquet.replace(".parquet?", ".csv?")
    return {"parquet": parquet, "csv_plain": csv, "csv_de": f"{csv}&dialect=de"}.get(form, "")


def _workbook(rows: Any, told: Provenance, lang: str, progress: Progress | None = None) -> bytes:
    with tempfile.TemporaryDirectory() as temp:
        return export.table_xlsx(rows, told, Path(temp) / "table.xlsx", lang, progress).read_bytes()


def _parquet(rows: Any, told: Provenance, lang: str) -> bytes:
    out = io.BytesIO()
    export.table_parquet(rows, told, out, lang)
    return out.getvalue()


def _joined(content: Iterator[bytes] | bytes) -> bytes:
    return content if isinstance(content, bytes) else b"".join(content)


def _name(view: View, shown: Shown, form: str) -> str:
    """smartvest_glasfaser_karte-fttbh-1000_haltern-am-see_2021-06-30.svg; the two dialects of CSV differ by a word.

    The date is the one asked for, else the latest one of the data, else the day they were published.
    """
    params = {name: value for asked in shown.asked for name, value in asked.params.items()}
    as_of = params.get("as_of")
    values = [str(v) for name, v in params.items() if name not in ("ags", "as_of") and isinstance(v, str | int | float)]
    what = "-".join([shown.key, *values] if len(shown.asked) == 1 else [shown.key])
    when = as_of if isinstance(as_of, date) else _latest(view, shown)
    ext = "csv" if form.startswith("csv") else form
    return export.file_name(view.page or "start", f"{what}-plain" if form == "csv_plain" else what, view.ags, when, ext)


def _latest(view: View, shown: Shown) -> str:
    datasets = {name for asked in shown.asked for name in asked.datasets()}
    entries = [view.store.manifest.datasets.get(name) for name in datasets if name != PLACES or len(datasets) == 1]
    days = [entry.as_of_max for entry in entries if entry and entry.as_of_max]
    return max(days, default=view.store.snapshot_id[:10])
