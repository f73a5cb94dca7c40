"""CSV as publishers really write it: text, delimiter and records, counted once more without the parser.

A parser that loses a record does so silently. So every file is counted by ``count_records``, a state machine that
knows quotes and line ends and nothing else, and ``read_records`` refuses the file when the two disagree.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from smartvest.ingest.records import SourceError

DELIMITERS = ";,\t|"
# Public keys in the charging register run over 13 lines; the longest real field seen has 1,100 characters. Python's own
# limit of 131,072 is far above that and stays: a lost closing quote then fails early instead of eating the file.
FIELD_LIMIT = 131_072

_MARK = re.compile(r'["\r\n]')
_CLOSING = re.compile(r'[^"]*+(?:""[^"]*+)*+"')


def decode(data: bytes, name: str = "file") -> str:
    """The text of a CSV file: by its byte order mark, else UTF-8, else Windows-1252; a broken byte becomes U+FFFD.

    Raises SourceError for an empty file, an HTML page (publishers answer a missing file with one) and binary bytes.
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise SourceError(f"{name} is empty")
    if looks_like_html(data):
        raise SourceError(f"{name} is an HTML page, not a dataset; open its address in a browser to see why")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        text = data.decode("utf-8-sig", "replace")
        # In Windows-1252 nearly every umlaut breaks UTF-8. One broken byte among many good umlauts is damage, and must
        # not turn every other umlaut, those of the column titles too, into two wrong letters.
        broken = text.count("\ufffd")
        if broken and not data.startswith(b"\xef\xbb\xbf") and broken >= sum(c > "\x7f" for c in text) - broken:
            text = data.decode("cp1252", "replace")
    if "\x00" in text:
        raise SourceError(f"{name} is not text (zip, xlsx or damaged?)")
    return text


def looks_like_html(data: bytes) -> bool:
    """Whether the leading bytes are those of a web page, whatever the Content-Type says."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<head", b"<body")) or start.startswith(b"<") and b"<html" in start


def find_delimiter(text: str) -> str:
    """The delimiter that most of the first 64 kB's lines agree on (``;`` if none is there).

    The number of fields in a line counts, not the number of characters: a preamble sentence with commas must not win
    over the header below it.
    """
    lines = [line for line in text[:65_536].splitlines()[:50] if line.strip()]

    def agreement(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        fields = {n: counts.count(n) for n in counts if n}
        if not fields:
            return (0, 0)
        most = max(fields, key=lambda n: (fields[n], n))
        return (fields[most], most)

    return max(DELIMITERS, key=agreement) if any(agreement(d) != (0, 0) for d in DELIMITERS) else ";"


def count_records(text: str, delimiter: str) -> int:
    """Records of ``text`` by RFC 4180: line ends outside quotes, blank lines left out, CR, LF and CRLF alike.

    A quote opens a field only at the field's start; inside, a doubled quote is a character of the field.
    """
    return _scan(text, delimiter)[0]


def _scan(text: str, delimiter: str) -> tuple[int, int]:
    """(records, where a quote opens that is never closed; -1 if all are)."""
    count = start = at = 0  # start: where the record under way begins
    while mark := _MARK.search(text, at):
        i = mark.start()
        at = i + 1
        if text[i] != '"':
            count += i > start
            start = at
        elif i == start or text[i - 1] == delimiter:
            closing = _CLOSING.search(text, at)
            if closing is None:
                return count + 1, i
            at = closing.end()
    return count + (start < len(text)), -1


def read_records(text: str, delimiter: str, name: str = "file") -> Iterator[list[str]]:
    """Every record as its list of fields, blank lines left out, in the file's order.

    Raises SourceError when a quote is never closed, a field is longer than 131,072 characters, or when the parser saw
    another number of records than ``count_records`` (after the last record: consume it whole before publishing).
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    csv.field_size_limit(FIELD_LIMIT)
    seen = 0
    try:
        for fields in reader:
            if fields:
                seen += 1
                yield fields
    except csv.Error as error:
        raise SourceError(f"{name}, line {reader.line_num}: {error} (a quote that is never closed?)") from None
    counted, opened = _scan(text, delimiter)
    if opened >= 0:  # the parser takes the rest of the file for one field and says nothing
        line = text.count("\n", 0, opened) + 1
        raise SourceError(f"{name}, line {line}: a quote is opened and never closed")
    if counted != seen:
        raise SourceError(f"{name}: {counted} records counted but {seen} read; its quotes are broken")
