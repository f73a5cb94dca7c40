"""CSV as publishers really write it: text, delimiter and records, counted once more without the parser.

A parser that loses a record does so silently. So every file is counted by ``count_records``, a state machine that
knows quotes and line ends and nothing else, and ``read_records`` refuses the file when the two disagree.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from smartvest.ingest.records import SourceError

DELIMITERS = ";,\t|"
# Public keys in the charging register run over 13 lines; the longest real field seen has 1,100 characters. Python's own
# limit of 131,072 is far above that and stays: a lost closing quote then fails early instead of eating the file.
FIELD_LIMIT = 131_072


def decode(data: bytes, name: str = "file") -> str:
    """The text of a CSV or fixed-width file: byte order mark, then UTF-8, else Windows-1252.

    Raises SourceError for an empty file, an HTML page (publishers answer a missing file with one) and binary bytes.
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise SourceError(f"{name} is empty")
    if looks_like_html(data):
        raise SourceError(f"{name} is an HTML page, not a dataset; open its address in a browser to see why")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252", "latin-1"]  # cp1252 has five undefined bytes, latin-1 has none
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise SourceError(f"{name} is not text (zip, xlsx or damaged?)")


def looks_like_html(data: bytes) -> bool:
    """Whether the leading bytes are those of a web page, whatever the Content-Type says."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<!--")) or b"<html" in start


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
    count, at_field_start, quoted, filled, i, end = 0, True, False, False, 0, len(text)
    while i < end:
        char = text[i]
        if quoted:
            closing = text.find('"', i)
            if closing < 0:
                break
            i = closing
            if text.startswith('""', i):
                i += 1
            else:
                quoted = False
        elif char in "\r\n":
            count += filled
            at_field_start, filled = True, False
        else:
            quoted = char == '"' and at_field_start
            at_field_start = char == delimiter
            filled = True
        i += 1
    return count + filled


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
    counted = count_records(text, delimiter)
    if counted != seen:
        raise SourceError(f"{name}: {counted} records counted but {seen} read; its quotes are broken")
