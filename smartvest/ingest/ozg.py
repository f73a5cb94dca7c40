"""Online services per town from the federal dashboard's open API (dashboard-daten.digitale-verwaltung.de), by ARS.

A record is one line of the CSV export, or one element of the JSON pages: a service (LeiKa key, 14 digits, always text)
in an area (ARS, 12 digits) with its address. Counted are the different services of the area itself that have an
address and are not marked inactive. Services that the Land or the Bund offers everywhere carry another ARS and are out
of scope: they say nothing about the town.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from smartvest.contracts import Source
from smartvest.ingest.csv_records import count_records, decode, find_delimiter, read_records
from smartvest.ingest.json_documents import documents
from smartvest.ingest.records import WEIGHT, Raw, Rejected, Shaped, SourceError
from smartvest.towns import COUNTY_AGS, TOWNS

log = logging.getLogger(__name__)

DATASETS = ("online_services",)
SCHEMA = pa.schema([("ags", pa.string()), ("as_of", pa.date32()), ("services", pa.int64()), (WEIGHT, pa.int64())])
COLUMNS = {  # our name -> what the API's CSV and JSON call it, lower case without separators
    "key": ("leikakey", "leikaschluessel", "leikaschlüssel", "leistungsschluessel", "leistungsschlüssel"),
    "ars": ("ars", "regionalschluessel", "regionalschlüssel"),
    "url": ("url", "link", "onlinediensturl"),
    "active": ("aktiv", "active"),
}
INACTIVE = {"false", "nein", "0", "no", "inaktiv"}
KEY = re.compile(r"[0-9]{14}")
ARS = re.compile(r"[0-9]{11,12}")
PAGE = 500
MAX_PAGES = 100


def ars_of(ags: str) -> str:
    """The 12-digit regional key: ``05562004`` -> ``055620004004``.

    Land, Regierungsbezirk and Kreis (5 digits), association (4), municipality (3). A town that belongs to no
    association has its own number as the association's; the county has zeros.
    """
    if len(ags) == 5:
        return f"{ags}0000000"
    return f"{ags[:5]}0{ags[5:]}{ags[5:]}"


AREAS_BY_ARS = {ars_of(ags): ags for ags in (COUNTY_AGS, *TOWNS)}


def fetch(source: Source, into: Path) -> list[Raw]:
    """One file for the county's and each town's own services.

    The CSV export needs ``Accept: application/octet-stream``. For an area with too many rows the server answers 413;
    then the same is asked as JSON, page after page. An area that fails is logged and keeps its last import; SourceError
    when all of them do.
    """
    from smartvest.ingest.http import Session

    found: list[Raw] = []
    errors: list[str] = []
    with Session(source.hosts, deadline_s=600, max_bytes=100_000_000) as session:
        for ars in AREAS_BY_ARS:
            url = f"{source.fetch_url.rstrip('/')}/{ars}"
            try:
                found.append(_area(session, url, ars, into))
            except SourceError as error:
                log.warning("%s: %s", ars, error)
                errors.append(str(error))
    if not found:
        raise SourceError("; ".join(dict.fromkeys(errors)))
    return found


def _area(session: Any, url: str, ars: str, into: Path) -> Raw:
    try:
        wanted = f"{url}?filetype=csv&includeAbove=false&includeBelow=false"
        return session.download(wanted, into, accept="application/octet-stream", name=f"ozg_{ars}.csv")
    except SourceError as error:
        if "status 413" not in str(error):
            raise
    return _paged(session, url, ars, into)


def _paged(session: Any, url: str, ars: str, into: Path) -> Raw:
    pages = []
    seen = 0
    for number in range(MAX_PAGES):
        options = {"page": str(number), "size": str(PAGE), "includeAbove": "false", "includeBelow": "false"}
        page = session.get_json(url, options)
        pages.append(page)
        content = page.get("content") if isinstance(page, dict) else None
        if not isinstance(content, list) or not content:
            break
        seen += len(content)
        total = page.get("totalElements")
        if page.get("last", not isinstance(total, int) or seen >= total):
            break
    else:
        raise SourceError(f"{url}: more than {MAX_PAGES} pages")
    into.mkdir(parents=True, exist_ok=True)
    path = into / f"ozg_{ars}.json"
    path.write_text("\n".join(json.dumps(page, ensure_ascii=False) for page in pages) + "\n", encoding="utf-8")
    return Raw(path.name, path, datetime.now(UTC).replace(microsecond=0), url)


def shape(raw: Raw) -> Shaped:
    """A CSV export or JSON pages -> table ``online_services`` (one row an area). Raises SourceError.

    The date of the count is the day the file was fetched (UTC): the export names none.
    """
    shaped = Shaped(records_in=0)
    services: dict[str, set[str]] = {}
    shortened = 0
    for entry in _entries(raw):
        shaped.records_in += 1
        number = shaped.records_in
        if entry is None:
            shaped.rejected.append(Rejected(number, "no_record"))
            continue
        ars, key = entry["ars"].strip(), entry["key"].strip()
        if not ARS.fullmatch(ars):
            shaped.rejected.append(Rejected(number, "bad_ars", _excerpt(ars), "ags"))
            continue
        shortened += len(ars) == 11
        ags = AREAS_BY_ARS.get(ars.zfill(12))
        if ags is None:
            shaped.out_of_scope += 1
        elif not KEY.fullmatch(key):  # 9.9001E+13: a spreadsheet made a number of it
            shaped.rejected.append(Rejected(number, "bad_service_key", _excerpt(key), "services"))
        elif not entry["url"].strip() or entry["active"].strip().casefold() in INACTIVE:
            shaped.out_of_scope += 1
        elif key in services.setdefault(ags, set()):
            shaped.duplicates += 1
        else:
            services[ags].add(key)
    when = raw.fetched_at.astimezone(UTC).date()
    rows = [
        {"ags": ags, "as_of": when, "services": len(keys), WEIGHT: len(keys)}
        for ags, keys in sorted(services.items())
        if keys
    ]
    shaped.tables["online_services"] = pa.Table.from_pylist(rows, SCHEMA)
    if shortened:
        shaped.notes.append(f"{shortened} regional keys had lost their leading zero")
    return shaped


def _entries(raw: Raw) -> Iterator[dict[str, str] | None]:
    """key, ars, url and active of every record; None for one that is no record at all."""
    content = raw.read()
    text = decode(content, raw.name)
    if text.lstrip()[:1] in ("{", "["):
        yield from _from_json(content, raw.name)
        return
    delimiter = find_delimiter(text)
    records = read_records(text, delimiter, raw.name)
    header = next(records, None)
    places = _places(header or [], raw.name)
    if count_records(text, delimiter) < 1:
        raise SourceError(f"{raw.name} is empty")
    width = len(header or [])
    for fields in records:
        if len(fields) != width:
            yield None
        else:
            yield {name: fields[at] if at is not None else "" for name, at in places.items()}


def _from_json(content: bytes, name: str) -> Iterator[dict[str, str] | None]:
    promised: int | None = None
    seen = 0
    for page in documents(content, name):
        if isinstance(page, list):
            elements = page
        elif isinstance(page, dict) and isinstance(page.get("content"), list):
            elements = page["content"]
            total = page.get("totalElements")
            promised = total if isinstance(total, int) and not isinstance(total, bool) else promised
        else:
            raise SourceError(f"{name} is no answer of the OZG dashboard")
        for element in elements:
            seen += 1
            if not isinstance(element, dict):
                yield None
                continue
            values = {_plain(key): value for key, value in element.items()}
            yield {
                ours: next((_text(values[theirs]) for theirs in names if theirs in values), "")
                for ours, names in COLUMNS.items()
            }
    if promised is not None and promised > seen:
        raise SourceError(f"{name} holds {seen} of {promised} records: pages are missing")


def _places(header: list[str], name: str) -> dict[str, int | None]:
    plain = [_plain(title) for title in header]
    places: dict[str, int | None] = {}
    for ours, names in COLUMNS.items():
        places[ours] = next((plain.index(theirs) for theirs in names if theirs in plain), None)
    missing = [ours for ours in ("key", "ars", "url") if places[ours] is None]
    if missing:
        raise SourceError(f"{name}: no column for {', '.join(missing)} (has: {_excerpt(', '.join(header))})")
    return places


def _plain(title: Any) -> str:
    return re.sub(r"[\s_\-.]", "", str(title)).casefold()


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _excerpt(value: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in value)[:80]
