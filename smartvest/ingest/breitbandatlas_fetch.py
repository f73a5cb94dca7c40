"""Finding the newest Breitbandatlas file: the links of the publisher's index page, then the configured address.

File names carry the date and move with every half-year; a missing file is answered with 200 and a web page. So every
candidate is tried from the newest on until one has the bytes it should have.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from smartvest.contracts import Source
from smartvest.ingest import http
from smartvest.ingest.breitbandatlas_dates import date_in
from smartvest.ingest.records import Raw, SourceError

MAX_PAGE_BYTES = 5_000_000
MAX_TRIES = 4


def newest(source: Source, into: Path, name: str, *, magic: bytes, max_bytes: int, deadline_s: float) -> Raw:
    """Download the newest file whose name matches ``name`` and whose first bytes are ``magic``.

    Raises SourceError naming every address tried. Only hosts of ``source.hosts`` are asked.
    """
    failures: list[str] = []
    links: list[str] = []
    if source.index_url:
        try:
            with http.Session(source.hosts, deadline_s=60, max_bytes=MAX_PAGE_BYTES) as session:
                page = session.get(source.index_url, accept="text/html")
            links = links_in(page.decode("utf-8", "replace"), source.index_url)
        except SourceError as error:
            failures.append(f"index page: {error}")
    found = candidates([*links, source.fetch_url], name, source.hosts)
    for url in found[:MAX_TRIES]:
        try:
            raw = http.download(
                url, hosts=source.hosts, max_bytes=max_bytes, deadline_s=deadline_s, into=into, name=_file_name(url)
            )
        except SourceError as error:
            failures.append(f"{url}: {error}")
            continue
        with raw.path.open("rb") as file:
            start = file.read(len(magic))
        if start == magic:
            return raw
        failures.append(f"{url} sent another kind of file")
        raw.path.unlink(missing_ok=True)
    if not found:
        failures.append(f"no link to a file named like {name} on {source.index_url or 'any index page'}")
    raise SourceError(
        f"{source.id}: no file could be had ({'; '.join(failures)}); "
        "download it by hand and run `python -m smartvest import`, or set fetch_url in data/sources.toml"
    )


def links_in(html: str, base: str) -> list[str]:
    """Every link of a page as a full address, in the page's order."""
    parser = _Links()
    parser.feed(html)
    parser.close()
    links = []
    for href in parser.hrefs:
        with suppress(ValueError):  # https://[broken
            links.append(urljoin(base, href))
    return links


def candidates(urls: list[str], name: str, hosts: list[str]) -> list[str]:
    """The https addresses on allowed hosts whose file name matches, newest first, each once."""
    dated: dict[str, date] = {}
    for url in urls:
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        file = _file_name(url)
        safe = parts.scheme == "https" or parts.hostname in http.LOOPBACK
        if safe and parts.hostname in hosts and re.fullmatch(name, file, re.IGNORECASE):
            dated.setdefault(url.split("#")[0], date_in(file) or date.min)
    return sorted(dated, key=lambda url: dated[url], reverse=True)


def _file_name(url: str) -> str:
    return PurePosixPath(unquote(urlsplit(url).path)).name


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.hrefs += [value for key, value in attrs if key == "href" and value]
