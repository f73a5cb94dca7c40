"""The 100 m grid of the Breitbandatlas (GeoPackage or CSV, also zipped), cut to the cells of the ten towns.

Each cell keeps its published id and gets its south-west corner: in metres of its own system (``epsg`` 25832 or 3035)
and in degrees. A cell is a square of 100 m in that system. No cell is ever made up: without an imported file the
dataset is empty.
"""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from smartvest.contracts import Source
from smartvest.ingest.breitbandatlas_dates import date_in
from smartvest.ingest.breitbandatlas_fetch import newest
from smartvest.ingest.breitbandatlas_grid_files import Progress, read_gpkg, read_grid_csv
from smartvest.ingest.breitbandatlas_grid_rows import Cells
from smartvest.ingest.csv_records import looks_like_html
from smartvest.ingest.records import Raw, Shaped, SourceError

DATASETS = ("fibre_grid",)
MAX_BYTES = 1_000_000_000  # the zip of 12/2025 has 307 MB
MAX_UNPACKED_BYTES = 8_000_000_000
FILE_NAME = r"Versorgungsdaten_Gitterzellen_Stand_20[0-9]{6}_gpkg\.zip"
_SQLITE, _ZIP = b"SQLite format 3\x00", b"PK\x03\x04"


def fetch(source: Source, into: Path) -> Raw:
    """The newest Versorgungsdaten_Gitterzellen_Stand_JJJJMMTT_gpkg.zip; about 300 MB."""
    return newest(source, into, FILE_NAME, magic=_ZIP, max_bytes=MAX_BYTES, deadline_s=3600)


def shape(raw: Raw, progress: Progress | None = None) -> Shaped:
    """Grid file -> cells of the ten towns. ``progress(done, total)`` is called with bytes now and then.

    Raises SourceError for a file that can't be used at all. Records of other counties are counted by their key alone.
    """
    report = progress or (lambda done, total: None)
    with raw.path.open("rb") as file:
        start = file.read(1024)
    if looks_like_html(start):
        raise SourceError(f"{raw.name} is an HTML page, not a dataset; open its address in a browser to see why")
    if start.startswith(_ZIP):
        return _from_zip(raw, report)
    return _from_file(raw.path, raw.name, report)


def _from_file(path: Path, name: str, report: Progress) -> Shaped:
    cells = Cells()
    stated = None
    with path.open("rb") as file:
        is_database = file.read(16) == _SQLITE
        if not is_database:
            file.seek(0)
            read_grid_csv(file, name, cells, report, path.stat().st_size)
    if is_database:
        stated = read_gpkg(path, name, cells, report)
    as_of = stated or date_in(Path(name).stem)
    if as_of is None:
        raise SourceError(f"{name} doesn't say when it was measured; put the date into its name, like Stand_20251231")
    return cells.shaped(as_of)


def _from_zip(raw: Raw, report: Progress) -> Shaped:
    """Unpack the one grid file of an archive to a temporary directory: a database needs random access."""
    try:
        with zipfile.ZipFile(raw.path) as archive, tempfile.TemporaryDirectory() as temp:
            found = [one for one in archive.infolist() if one.filename.lower().endswith((".gpkg", ".csv"))]
            if len(found) != 1:
                names = ", ".join(one.filename for one in found) or "none"
                raise SourceError(f"{raw.name} should hold one .gpkg or .csv file, it holds: {names}")
            target = Path(temp, "grid")
            written = 0
            with archive.open(found[0]) as packed, target.open("wb") as unpacked:
                while piece := packed.read(1 << 20):
                    written += len(piece)
                    if written > MAX_UNPACKED_BYTES:
                        raise SourceError(f"{raw.name} unpacks to more than {MAX_UNPACKED_BYTES:,} bytes")
                    unpacked.write(piece)
            inner = PurePosixPath(found[0].filename).name
            return _from_file(target, inner if date_in(inner) else f"{Path(raw.name).stem}_{inner}", report)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise SourceError(f"{raw.name} is not a readable zip archive: {error}") from None
