"""Byte ranges of a file (RFC 9110): what of a Range header is answered, before Starlette sends the bytes.

Starlette answers a header it can't read with 400 and one beyond the end with 416, both as plain text and without our
headers. Here what means nothing is passed over, as the RFC has it, and 416 is a problem like every other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from smartvest.web.api.problems import Problem

ONE = re.compile(r"(\d{1,18})-(\d{0,18})|-(\d{1,18})", re.ASCII)
MOST = 20  # ranges in one request; whoever wants more gets the whole file

Header = tuple[bytes, bytes]


def settled(headers: Sequence[Header], method: str, size: int, etag: str) -> list[Header]:
    """The request's headers with the ranges that are in the file; without a Range that means nothing, and of another
    version (If-Range), so that the whole file is sent. Raises Problem 416 where none of the ranges is in the file.
    """
    kept = [(name, value) for name, value in headers if name not in (b"range", b"if-range")]
    wanted = [value.decode("latin-1") for name, value in headers if name == b"range"]
    version = [value.decode("latin-1") for name, value in headers if name == b"if-range"]
    spans = _spans(wanted[0]) if method == "GET" and len(wanted) == 1 and version in ([], [etag]) else None
    if not spans:
        return kept
    real = [span for span in spans if (span[1] and size if span[0] is None else span[0] < size)]
    if not real:
        allowed = f"bytes=0-{size - 1}" if size else "no range: the file is empty"
        raise Problem(416, f"the file has {size} bytes; none of these are in it", parameter="Range", allowed=allowed)
    written = ",".join(f"{'' if first is None else first}-{'' if last is None else last}" for first, last in real)
    return [*kept, (b"range", f"bytes={written}".encode("latin-1"))]


def _spans(header: str) -> list[tuple[int | None, int | None]] | None:
    """(first, last) of every range, (None, n) for the last n bytes; None for a header that can't be read."""
    unit, _, text = header.strip().partition("=")
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if unit.strip().lower() != "bytes" or not 0 < len(parts) <= MOST:
        return None
    spans: list[tuple[int | None, int | None]] = []
    for part in parts:
        found = ONE.fullmatch(part)
        if not found:
            return None
        first, last, suffix = found.groups()
        if first is None:
            spans.append((None, int(suffix)))
            continue
        if last and int(last) < int(first):
            return None
        spans.append((int(first), int(last) if last else None))
    return spans
