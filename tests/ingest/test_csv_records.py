"""CSV text, delimiter and the second, independent count."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smartvest.ingest.csv_records import count_records, decode, find_delimiter, read_records
from smartvest.ingest.records import SourceError

FIELDS = st.lists(st.lists(st.text(alphabet='a;,"\n\r Ä', max_size=5), min_size=2, max_size=4), max_size=6)


@given(FIELDS, st.sampled_from([";", ","]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_what_a_writer_wrote_is_counted_and_read(rows, delimiter, quoting):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n", quoting=quoting).writerows(rows)
    assert count_records(out.getvalue(), delimiter) == len(rows)
    assert list(read_records(out.getvalue(), delimiter)) == rows


@given(st.text(alphabet='ab;,"\n\r\x0b\x85\u2028', max_size=60))
@example('a;b"c\nd;"e""\nf";g\n')
def test_any_text_is_read_whole_or_refused(text):
    counted = count_records(text, ";")
    try:
        assert len(list(read_records(text, ";"))) == counted
    except SourceError:
        pass


def test_lf_inside_quotes_is_one_record_and_blank_lines_are_none():
    text = 'id;key\r\n\r\n1;"3059 3013\n0607 2a86\n"\r\n2;"a""b"\r\n\r\n'
    assert count_records(text, ";") == 3
    assert list(read_records(text, ";")) == [["id", "key"], ["1", "3059 3013\n0607 2a86\n"], ["2", 'a"b']]


def test_a_quote_open_at_the_end_is_refused_with_its_line():
    with pytest.raises(SourceError, match="line 2: a quote"):
        list(read_records('a;b\n1;"2\n3;4\n', ";"))
    assert count_records('a;b\n1;"2\n3;4\n', ";") == 2


def test_line_separators_of_unicode_end_no_record():
    assert list(read_records("a;b\u2028c\x85d\n", ";")) == [["a", "b\u2028c\x85d"]]


def test_a_giant_field_from_a_lost_quote_is_refused():
    with pytest.raises(SourceError, match="never closed"):
        list(read_records('a;"' + "b;c\n" * 50_000, ";"))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfL\xc3\xa4nge;1", "Länge;1"),
        ("Länge;1".encode("cp1252"), "Länge;1"),
        ("Straße €;1".encode("cp1252"), "Straße €;1"),
        ("Länge\t1".encode("utf-16"), "Länge\t1"),
        (b"a\x81b", "a\ufffdb"),
        ("Länge;Straße;M".encode() + b"\xffrl", "Länge;Straße;M\ufffdrl"),
        (b"\xef\xbb\xbfM\xffrl", "M\ufffdrl"),
    ],
)
def test_decode(data, text):
    assert decode(data) == text


@pytest.mark.parametrize(
    "data", [b"", b" \r\n", b"\x00" * 9, b"<!DOCTYPE html><p>404", b"  <HTML>", b"PK\x03\x04\x00\x00"]
)
def test_what_is_no_text_is_refused(data):
    with pytest.raises(SourceError):
        decode(data, "register.csv")


def test_find_delimiter():
    preamble = "Hinweis, mit Komma, und noch einem;;\n"
    assert find_delimiter(preamble + "a;b;c\n1,5;2,5;3,5\n2,5;3,5;4,5\n") == ";"
    assert find_delimiter("a,b\n1.5,2\n") == ","
    assert find_delimiter("a\tb\n1\t2\n") == "\t"
    assert find_delimiter("nothing here\n") == ";"
