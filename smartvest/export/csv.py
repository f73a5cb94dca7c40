"""CSV in two dialects, whole columns at a time.

- ``de``: for Excel with German settings: UTF-8 with a byte order mark, ``;``, decimal comma, dates as 31.12.2023.
- ``plain``: for programs: UTF-8, ``,``, decimal point, dates as 2023-12-31, times in UTC as 2023-12-31T13:05:00Z.

Both: CRLF, one header line, quotes only where needed, an empty field for a missing value and ``""`` for an empty text.
A *text* that begins with = + - @ tab or CR gets an apostrophe in front, so that no spreadsheet runs it; a negative
number is a number and keeps its sign. There are no comment lines, they break parsers: attribution travels in the
sibling ``<file>-metadata.json`` (W3C CSV on the Web), to which the API points with a Link header.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from smartvest.export.rows import Rows, batches, schema_of
from smartvest.provenance import Provenance

Dialect = Literal["de", "plain"]
DELIMITER = {"de": ";", "plain": ","}
LINE_END = "\r\n"
DANGEROUS = "^[=+\\-@\t\r]"
SPECIAL = (
    '[;,\t"\r\n]'  # quoted in both dialects: a program that splits at the other one's delimiter would start a cell
)

_CSVW = {"string": "string", "int64": "integer", "double": "number", "date32[day]": "date", "bool": "boolean"}


def table_csv(rows: Rows, dialect: Dialect = "plain") -> Iterator[bytes]:
    """The table as CSV, a piece of at most 10,000 rows at a time."""
    delimiter = DELIMITER[dialect]
    names = pa.array(schema_of(rows).names, pa.string())
    head = delimiter.join(_text(names).to_pylist()) + LINE_END
    yield (b"\xef\xbb\xbf" if dialect == "de" else b"") + head.encode()
    for batch in batches(rows):
        if batch.num_rows and batch.num_columns:
            yield _lines(batch, dialect, delimiter)


def csv_metadata(rows: Rows, told: Provenance, file: str, dialect: Dialect = "plain", lang: str = "de") -> bytes:
    """The CSV on the Web description of ``file``: its dialect, columns, sources and licences."""
    columns = []
    for field in schema_of(rows):
        datatype: dict[str, str] = {"base": _CSVW.get(str(field.type), "string")}
        if dialect == "de" and datatype["base"] == "number":
            datatype = {"base": "number", "format": {"decimalChar": ","}}  # type: ignore[dict-item]
        elif dialect == "de" and datatype["base"] == "date":
            datatype["format"] = "dd.MM.yyyy"
        columns.append({"name": field.name, "titles": field.name, "datatype": datatype})
    described = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": lang}],
        "url": file,
        "dialect": {
            "delimiter": DELIMITER[dialect],
            "encoding": "utf-8",
            "lineTerminators": [LINE_END],
            "quoteChar": '"',
            "header": True,
        },
        "dc:source": told.attribution(lang),
        "dc:license": sorted({d.licence_url or d.licence for d in told.datasets}),
        "dc:publisher": sorted({d.publisher for d in told.datasets}),
        "dc:isVersionOf": told.link,
        "dc:date": told.as_of,
        "tableSchema": {"columns": columns},
        "notes": [told.as_json()],
    }
    return json.dumps(described, ensure_ascii=False, indent=1).encode()


def _lines(batch: pa.RecordBatch, dialect: Dialect, delimiter: str) -> bytes:
    fields = [_written(column, dialect) for column in batch.columns]
    lines = fields[0]
    if len(fields) > 1:
        lines = pc.binary_join_element_wise(*fields, delimiter, null_handling="replace", null_replacement="")
    else:  # a missing value alone on its line would be no record at all
        lines = pc.fill_null(lines, '""')
    whole = pc.binary_join(pa.LargeListArray.from_arrays([0, len(lines)], lines), LINE_END)
    return whole[0].as_buffer().to_pybytes() + LINE_END.encode()


def _written(values: pa.Array, dialect: Dialect) -> pa.Array:
    """A column as its CSV fields. Names, sources and days repeat: each different one is written once, which halves the
    time of a whole table; numbers seldom do."""
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_date(kind):
        encoded = values.dictionary_encode()
        if len(encoded.dictionary) * 2 < len(values):
            return _fields(encoded.dictionary, dialect).take(encoded.indices)
    return _fields(values.dictionary_decode() if pa.types.is_dictionary(kind) else values, dialect)


def _fields(values: pa.Array, dialect: Dialect) -> pa.Array:
    kind = values.type
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        written = pc.cast(values, pa.string())
        return pc.replace_substring(written, ".", ",") if dialect == "de" else written
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return pc.cast(values, pa.string())
    if pa.types.is_date(kind):
        return pc.strftime(values, "%d.%m.%Y") if dialect == "de" else pc.cast(values, pa.string())
    if pa.types.is_timestamp(kind):
        whole = pc.cast(values, pa.timestamp("s"), safe=False)
        return pc.strftime(whole, "%d.%m.%Y %H:%M:%S" if dialect == "de" else "%Y-%m-%dT%H:%M:%SZ")
    if pa.types.is_large_string(kind) or not pa.types.is_string(kind):
        values = _as_text(values)
    return _text(values)


def _text(values: pa.Array) -> pa.Array:
    odd = pc.match_substring_regex(values, f"^$|{DANGEROUS}|{SPECIAL}")
    if not pc.any(odd).as_py():
        return values
    dangerous = pc.match_substring_regex(values, DANGEROUS)
    if pc.any(dangerous).as_py():
        values = pc.if_else(dangerous, pc.binary_join_element_wise("'", values, ""), values)
    special = pc.match_substring_regex(values, f"^$|{SPECIAL}")
    if pc.any(special).as_py():
        doubled = pc.replace_substring(values, '"', '""')
        values = pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), values)
    return values


def _as_text(values: pa.Array) -> pa.Array:
    """Text of any other kind of column (lists, structs): as JSON."""
    if pa.types.is_large_string(values.type) or str(values.type) == "string_view":
        return values.cast(pa.string())
    written = [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in values.to_pylist()]
    return pa.array(written, pa.string())
