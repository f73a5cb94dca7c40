"""JSON as sensor platforms write it: one document, an array, lines with blank ones between, or documents in a row.

What is not quite JSON is read too where it is clear: NaN and Infinity (Python's and Java's writers), integers of any
length, UTF-16, text that is not UTF-8 inside strings, gzip and zip.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from smartvest.ingest.csv_records import looks_like_html
from smartvest.ingest.packed import unpacked
from smartvest.ingest.records import SourceError

NOT_JSON = object()  # stands for a record that can't be read
BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
_BETWEEN = re.compile(r"[\s,\]\x1e]*")  # a comma or the end of an array that was cut off at its beginning
_NEXT = re.compile(r"\n(?=[{\[])")
_EVENT_STREAM = re.compile(rb"^data: ?", re.MULTILINE)


def text_of(data: bytes, what: str) -> bytes:
    """UTF-8 without mark and margins, unpacked. Raises SourceError for an empty file or a web page."""
    data = unpacked(data)
    encoding = json.detect_encoding(data[:4])
    if encoding not in ("utf-8", "utf-8-sig") and data.strip(b"\x00 \t\r\n"):
        data = data.decode(encoding, "replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf").strip(b"\x00\x1e \t\r\n")
    if data.startswith(b"data:"):
        data = _EVENT_STREAM.sub(b"", data).strip(b"\x00\x1e \t\r\n")
    if not data:
        raise SourceError(f"the file is empty; {what} expected")
    if data.startswith(b"<") or looks_like_html(data):
        raise SourceError(f"the file is a web page or XML, not {what}")
    return data.replace(b"\n\x1e", b"\n") if b"\n\x1e" in data else data  # RFC 7464


def looks_like_json(data: bytes) -> bool:
    """Whether an unpacked file begins an object or an array, in whatever encoding."""
    return data[:16].translate(None, b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] in (b"[", b"{")


def whole(data: bytes) -> Any:
    """The single document in ``data``, or NOT_JSON."""
    try:
        return msgspec.json.decode(data)
    except BROKEN:
        pass
    try:
        return _LENIENT.decode(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return NOT_JSON


def document(data: bytes, what: str) -> Any:
    """The document of a file, or the list of its documents when there are several (pages appended to one file).

    Raises SourceError when it is no JSON object or array.
    """
    data = text_of(data, what)
    found = whole(data)
    if found is NOT_JSON:
        pages = list(_in_a_row(data.decode("utf-8", "replace")))
        found = NOT_JSON if NOT_JSON in pages else pages
    if found is NOT_JSON and data[:1] in b"{[":
        raise SourceError(f"the JSON is damaged or cut off; get the file again ({what} expected)")
    if not isinstance(found, dict | list):
        raise SourceError(f"the file is no JSON; {what} expected")
    return found


def lines_of(data: bytes) -> list[bytes]:
    return [line for line in data.split(b"\n") if line and not line.isspace()]


def messages(data: bytes, what: str) -> list[Any]:
    """Every record of the file in order, unreadable ones as NOT_JSON. Raises SourceError if nothing is readable."""
    data = text_of(data, what)
    found = whole(data)
    if found is not NOT_JSON:
        return found if isinstance(found, list) else [found]
    if data.startswith(b"["):  # an array that was cut off: its whole elements are read
        data = data[1:].lstrip()
    records: list[Any] = []
    read = [_in_line(line) for line in lines_of(data)]
    if any(isinstance(line[0], dict | list) for line in read):
        records = [message for line in read for message in line]
    else:
        records = list(_in_a_row(data.decode("utf-8", "replace")))
    records = [m for record in records for m in (record if isinstance(record, list) else [record])]
    if not any(isinstance(message, dict) for message in records):
        raise SourceError(f"the file holds no JSON messages; {what} expected")
    return records


def typed(data: bytes, what: str, kind: type) -> Iterator[Any]:
    """Every record of the file as ``kind`` (a msgspec Struct), or why it is none: "not_json" or "unknown_layout".

    Raises SourceError if nothing is readable. One message a line, the usual form, never becomes Python dicts.
    """
    data = text_of(data, what)
    decode: Any = msgspec.json.Decoder(kind).decode
    lines = lines_of(data)
    try:
        decode(lines[0])
    except BROKEN:
        yield from (_as(kind, message) for message in messages(data, what))
        return
    for line in lines:
        try:
            yield decode(line)
        except BROKEN:
            for message in _in_line(line):
                yield from (_as(kind, m) for m in (message if isinstance(message, list) else [message]))


def said(document: Any) -> str:
    """What an API's error document says, fit for a one-line error of ours; "" if nothing."""
    if not isinstance(document, dict):
        return ""
    text = next((v for k in ("message", "detail", "error") if isinstance(v := document.get(k), str)), "")
    return " ".join(text.encode("ascii", "replace").decode().split())[:60]


def _as(kind: type, message: Any) -> Any:
    if message is NOT_JSON:
        return "not_json"
    try:
        return msgspec.convert(message, kind)
    except msgspec.ValidationError:
        return "unknown_layout"


def _in_line(line: bytes) -> list[Any]:
    """The records of one line: several if it is whole documents and nothing else, one NOT_JSON if anything is wrong.

    A line that is indented is a piece of a longer document.
    """
    if line[:1] not in b"{[":
        return [NOT_JSON]
    found = whole(line)
    if found is not NOT_JSON:
        return [found]
    several = list(_in_a_row(line.decode("utf-8", "replace")))
    return several if all(isinstance(message, dict | list) for message in several) else [NOT_JSON]


def _in_a_row(text: str) -> Iterator[Any]:
    """Documents one after another; what can't be read is one NOT_JSON up to the next line that begins a document."""
    position = 0
    while position < len(text):
        try:
            message, position = _LENIENT.raw_decode(text, position)
            yield message
        except (ValueError, RecursionError):
            yield NOT_JSON
            following = _NEXT.search(text, position)
            position = following.end() if following else len(text)
        between = _BETWEEN.match(text, position)
        position = between.end() if between else position


def _integer(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:  # more than 4,300 digits
        return float("inf")


_LENIENT = json.JSONDecoder(parse_int=_integer)
