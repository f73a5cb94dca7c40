"""Open datasets by publisher from CKAN portals (GovData, open.nrw, opendata.ruhr): package_search, paged.

A record is one package. Counted are packages that a town or the county itself published; the same dataset is listed
on several portals, so each portal is counted for itself and the KPI takes the largest. A portal without a single
dataset of a town gives no row: nothing found is not zero.

CKAN writes times without a zone; they are UTC (CKAN stores utcnow). The count's own date is the day it was fetched.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from smartvest.contracts import Source
from smartvest.ingest.json_documents import documents, unwrapped
from smartvest.ingest.records import WEIGHT, Raw, Rejected, Shaped, SourceError
from smartvest.towns import COUNTY_AGS, COUNTY_NAME, TOWNS

log = logging.getLogger(__name__)

DATASETS = ("open_data",)
SCHEMA = pa.schema(
    [
        ("ags", pa.string()),
        ("as_of_text", pa.string()),
        ("portal", pa.string()),
        ("datasets", pa.int64()),
        ("source", pa.string()),
        (WEIGHT, pa.int64()),
    ]
)
PORTALS = {"ckan.govdata.de": "GovData", "ckan.open.nrw.de": "open.nrw", "opendata.ruhr": "opendata.ruhr"}
ADDRESS = "https://{host}/api/3/action/package_search"
TRIES = 3  # a portal that harvests while it is read shifts its pages; a package would be lost or come twice
PAGE = 500
MAX_PAGES = 200  # 100,000 packages; GovData as a whole has 150,000, ours are some hundreds
AMBIGUOUS = {"recklinghausen"}  # the town or the county?
ELSEWHERE = {"marl"}  # also a municipality in Lower Saxony: only "Stadt Marl" is ours


def fetch(source: Source, into: Path) -> list[Raw]:
    """One file a portal (the hosts of the source's block): the answers of its search, page after page.

    A portal that fails is logged and left out; SourceError when all of them do.
    """
    from smartvest.ingest.http import Session

    found: list[Raw] = []
    errors: list[str] = []
    for host in source.hosts:
        try:
            with Session([host], deadline_s=180, max_bytes=200_000_000) as session:
                pages = _search(session, ADDRESS.format(host=host))
        except SourceError as error:
            log.warning("%s: %s", host, error)
            errors.append(str(error))
            continue
        into.mkdir(parents=True, exist_ok=True)
        path = into / f"ckan_{host}.json"
        path.write_text("\n".join(json.dumps(page, ensure_ascii=False) for page in pages) + "\n", encoding="utf-8")
        found.append(Raw(path.name, path, datetime.now(UTC).replace(microsecond=0), ADDRESS.format(host=host)))
    if not found:
        raise SourceError("; ".join(errors) or "no hosts in sources.toml for the loader ckan")
    return found


def _search(session: Any, url: str) -> list[Any]:
    """All pages of the search for our names. The sort keeps pages from overlapping while the portal harvests."""
    names = [COUNTY_NAME, *(f"Stadt {name}" for name in TOWNS.values())]
    query = {"q": " OR ".join(f'"{name}"' for name in names), "rows": str(PAGE), "sort": "name asc"}
    for _ in range(TRIES):
        pages: list[Any] = []
        counts: set[int | None] = set()
        start = 0
        while len(counts) < 2:
            if len(pages) == MAX_PAGES:
                raise SourceError(f"{url}: more than {MAX_PAGES} pages")
            page = session.get_json(url, {**query, "start": str(start)})
            results, count = _results(page, url)
            pages.append(page)
            counts.add(count)
            start += len(results)
            if len(counts) == 1 and (not results or start >= (count or 0)):
                return pages
        log.info("%s: its number of packages changed while it was read; reading again", url)
    raise SourceError(f"{url}: its number of packages changed during each of {TRIES} readings; try again later")


def shape(raw: Raw) -> Shaped:
    """package_search answers (one or several pages), or package_show -> table ``open_data``. Raises SourceError.

    Packages of other publishers, private ones and other types are out of scope; a package seen before is a duplicate;
    one that names only "Recklinghausen" could be the town's or the county's and is rejected.
    """
    pages = documents(raw.read(), raw.name)
    shaped = Shaped(records_in=0)
    counted: Counter[str] = Counter()
    seen: set[str] = set()
    promised: int | None = None
    newest: datetime | None = None
    for page in pages:
        packages, count = _results(page, raw.name)
        promised = max(promised or 0, count) if count is not None else promised
        for package in packages:
            shaped.records_in += 1
            number = shaped.records_in
            if not isinstance(package, dict) or not isinstance(package.get("id"), str):
                shaped.rejected.append(Rejected(number, "no_package", _excerpt(package)))
                continue
            if package["id"] in seen:
                shaped.duplicates += 1
                continue
            seen.add(package["id"])
            publisher = publisher_of(package)
            ags = ags_of(publisher)
            if package.get("private") or package.get("state", "active") != "active":
                shaped.out_of_scope += 1
            elif package.get("type", "dataset") != "dataset" or ags is None:
                shaped.out_of_scope += 1
            elif ags == "":
                shaped.rejected.append(Rejected(number, "ambiguous_publisher", _excerpt(publisher), "ags"))
            else:
                counted[ags] += 1
                changed = moment(package.get("metadata_modified"))
                newest = max(filter(None, (newest, changed)), default=None)
    if promised is not None and promised > shaped.records_in:
        raise SourceError(f"{raw.name} holds {shaped.records_in} of {promised} packages: pages are missing")
    portal = _portal(raw, pages)
    when = raw.fetched_at.astimezone(UTC).date().isoformat()
    rows = [
        {"ags": ags, "as_of_text": when, "portal": portal, "datasets": n, "source": f"{portal}, CKAN package_search",
         WEIGHT: n}
        for ags, n in sorted(counted.items())
    ]  # fmt: skip
    shaped.tables["open_data"] = pa.Table.from_pylist(rows, SCHEMA)
    missing = [name for ags, name in TOWNS.items() if ags not in counted]
    if missing:
        shaped.notes.append(f"{portal}: no datasets found of {', '.join(missing)}")
    if newest:
        shaped.notes.append(f"{portal}: last changed {newest:%Y-%m-%d %H:%M} UTC")
    return shaped


def publisher_of(package: dict[str, Any]) -> str:
    """Who published it: ``publisher_name`` of the extras (it may be JSON inside a string), else the organisation."""
    extras = package.get("extras")
    for extra in extras if isinstance(extras, list) else []:
        if isinstance(extra, dict) and extra.get("key") == "publisher_name":
            value = unwrapped(extra.get("value"))
            value = value[0] if isinstance(value, list) and value else value
            value = value.get("name") if isinstance(value, dict) else value
            if isinstance(value, str) and value.strip():
                return value
    organisation = package.get("organization")
    title = organisation.get("title") if isinstance(organisation, dict) else None
    for value in (title, package.get("author"), package.get("maintainer")):
        if isinstance(value, str) and value.strip():
            return value
    return ""


def ags_of(publisher: str) -> str | None:
    """The key of the town or county a publisher's name stands for, None for others, "" where it can't be told."""
    name = re.sub(r"\s+", " ", re.sub(r"\(.*?\)|[,;].*$", " ", publisher)).strip().casefold()
    if name in (COUNTY_NAME.casefold(), "kreisverwaltung recklinghausen"):
        return COUNTY_AGS
    for ags, town in TOWNS.items():
        plain = town.casefold()
        if name in (f"stadt {plain}", f"stadtverwaltung {plain}"):
            return ags
        if name == plain and re.search(r",\s*stadt\b", publisher.casefold()):
            return ags
        if name == plain and plain not in ELSEWHERE:
            return "" if plain in AMBIGUOUS else ags
    return None


def moment(text: Any) -> datetime | None:
    """A CKAN time; without a zone it is UTC."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _results(page: Any, name: str) -> tuple[list[Any], int | None]:
    """The packages of one answer and how many the portal says there are in all (None for package_show)."""
    if not isinstance(page, dict) or "result" not in page:
        raise SourceError(f"{name} is no answer of a CKAN portal")
    if page.get("success") is not True:
        error = page.get("error")
        raise SourceError(f"{name}: the portal reports an error: {_excerpt(error)}")
    result = page["result"]
    if isinstance(result, dict) and isinstance(result.get("results"), list):
        count = result.get("count")
        return result["results"], count if isinstance(count, int) and not isinstance(count, bool) else None
    if isinstance(result, dict) and "id" in result:
        return [result], None
    raise SourceError(f"{name} is neither package_search nor package_show")


def _portal(raw: Raw, pages: list[Any]) -> str:
    """The portal's name, from the address it was fetched from or from the ``help`` link in the answer."""
    addresses = [raw.url, *(page.get("help", "") for page in pages if isinstance(page, dict))]
    for address in addresses:
        try:
            host = urlsplit(address).hostname if isinstance(address, str) else None
        except ValueError:
            continue
        if host:
            return PORTALS.get(host, re.sub(r"[^a-z0-9.\-]", "?", host)[:80])
    raise SourceError(f"{raw.name} does not say which portal it is from")


def _excerpt(value: Any) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(value))[:80]
