"""JSON as sensor platforms write it: one document, an array, lines with blank ones between, or documents in a row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from smartvest.ingest.records import SourceError

NOT_JSON = object()  # stands for a record that can't be read
BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def text_of(data: bytes, what: str) -> bytes:
    """The bytes without mark and margins. Raises SourceError for an empty file or a web page."""
    data = data.removeprefix(b"\xef\xbb\xbf").strip()
    if not data:
        raise SourceError(f"the file is empty; {what} expected")
    if data.startswith(b"<"):
        raise SourceError(f"the file is a web page or XML, not {what}")
    return data


def whole(data: bytes) -> Any:
    """The single document in ``data``, or NOT_JSON."""
    try:
        return msgspec.json.decode(data)
    except BROKEN:
        return NOT_JSON


def lines_of(data: bytes) -> list[bytes]:
    return [line for line in data.split(b"\n") if line and not line.isspace()]


def messages(data: bytes, what: str) -> list[Any]:
    """Every record of the file in order, unreadable ones as NOT_JSON. Raises SourceError if nothing is readable."""
    data = text_of(data, what)
    document = whole(data)
    if document is not NOT_JSON:
        return document if isinstance(document, list) else [document]
    lines = lines_of(data)
    if not isinstance(whole(lines[0]), dict):
        in_a_row = list(_documents(data))
        if in_a_row and NOT_JSON not in in_a_row:
            return in_a_row
    read = [whole(line) for line in lines]
    if not any(isinstance(message, dict) for message in read):
        raise SourceError(f"the file holds no JSON messages; {what} expected")
    return read


def _documents(data: bytes) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    try:
        text = data.decode("utf-8")
        position = 0
        while position < len(text):
            message, end = decoder.raw_decode(text, position)
            yield message
            position = end
            while position < len(text) and text[position] in " \t\r\n,":
                position += 1
    except (ValueError, RecursionError):
        yield NOT_JSON
