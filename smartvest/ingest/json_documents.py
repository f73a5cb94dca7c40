"""JSON answers of an API as a file: one document, or the pages of a search one after another."""

from __future__ import annotations

import json
from typing import Any

from smartvest.ingest.csv_records import decode
from smartvest.ingest.records import SourceError

MAX_DOCUMENTS = 10_000


def documents(content: bytes, name: str) -> list[Any]:
    """Every JSON document in ``content``, blanks and line ends between them. Raises SourceError."""
    text = decode(content, name)
    decoder = json.JSONDecoder()
    found: list[Any] = []
    at = 0
    while True:
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
        if at == len(text):
            break
        if len(found) == MAX_DOCUMENTS:
            raise SourceError(f"{name} holds more than {MAX_DOCUMENTS:,} JSON documents")
        try:
            document, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            raise SourceError(f"{name} is not valid JSON (page {len(found) + 1})") from None
        found.append(document)
    if not found:
        raise SourceError(f"{name} is empty")
    return found


def unwrapped(value: Any) -> Any:
    """A value that JSON was put into as text: ``'["a"]'`` -> ``["a"]``; anything else as it is."""
    if isinstance(value, str) and value[:1] in ("[", "{", '"'):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
