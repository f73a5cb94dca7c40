"""Facts as stewards really save them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from smartvest.facts import FactsError, read_facts
from tests.core.test_contracts import source

CONTRACT = source(
    {
        "k": {"type": "text"},
        "n": {"type": "number"},
        "i": {"type": "integer"},
        "d": {"type": "date"},
        "t": {"type": "timestamp"},
        "b": {"type": "boolean"},
    },
    ["k"],
)
GOOD = "k,n,i,d,t,b\nGröße,1.5,7,2025-12-31,2025-12-31T10:00:00+02:00,true\n"


def read(tmp_path, content):
    path = tmp_path / "f.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_facts(path, CONTRACT)


def fault(tmp_path, content) -> str:
    with pytest.raises(FactsError) as raised:
        read(tmp_path, content)
    assert str(raised.value).startswith("f.csv: ") and "\n" not in str(raised.value)
    return str(raised.value)


def test_every_type(tmp_path):
    row = {"k": "Größe", "n": 1.5, "i": 7, "d": date(2025, 12, 31), "t": datetime(2025, 12, 31, 8), "b": True}
    assert read(tmp_path, GOOD).table.to_pylist() == [row]


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode("utf-8-sig"),
        GOOD.replace("\n", "\r\n"),
        GOOD.rstrip("\n"),
        GOOD + ",,,,,\n\n , ,,,,\n",
        GOOD.replace("Größe", '"Größe"').replace("true", "TRUE"),
        "b,t,d,i,n,k\n" + ",".join(reversed(GOOD.splitlines()[1].split(","))),
    ],
    ids=["BOM", "CRLF", "no last newline", "empty lines", "quoted, TRUE", "other order"],
)
def test_harmless_ways_to_save(tmp_path, content):
    facts = read(tmp_path, content)
    assert facts.table.equals(read(tmp_path, GOOD).table) and facts.lines == [2] and facts.unreadable == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            GOOD.encode("cp1252"),
            "not a CSV file in UTF-8; save it as 'CSV UTF-8', separated by commas",
        ),
        (GOOD.encode("utf-16"), "not a CSV file in UTF-8"),
        (GOOD.replace(",", ";"), "the cells are separated by semicolons; save it as 'CSV UTF-8'"),
        (GOOD.replace(",", "\t"), "the cells are separated by tabs"),
        ("", "must name exactly these columns: k, n, i, d, t, b (missing: 'k', 'n'"),
        (GOOD.replace("k,n,i", "k,m,i"), "(missing: 'n'; unknown: 'm')"),
        (GOOD.replace("k,n,i", "k,n,i,k"), "(twice: 'k')"),
        (GOOD.replace("Größe", '"Größe'), "not a well-formed CSV file"),
        (GOOD.replace("Größe", "\0"), "not a CSV file in UTF-8"),
        ("<!DOCTYPE html>\n<html>", "must name exactly these columns"),
    ],
)
def test_files_that_can_not_be_used_say_what_to_do(tmp_path, content, says):
    assert says in fault(tmp_path, content)


def test_missing_and_unopenable_files(tmp_path):
    with pytest.raises(FactsError, match="f.csv: the file is missing"):
        read_facts(tmp_path / "f.csv", CONTRACT)
    (tmp_path / "f.csv").mkdir()
    with pytest.raises(FactsError, match="f.csv: can't be read: Is a directory"):
        read_facts(tmp_path / "f.csv", CONTRACT)


@pytest.mark.parametrize(
    ("line", "reason", "column", "detail"),
    [
        ('x,"1,5",,,,', "unreadable_value", "n", "1,5 (write a decimal point)"),
        ('x,"1.234,5",,,,', "unreadable_value", "n", "1.234,5 (write a decimal point)"),
        ("x,1,5,7,,,", "wrong_number_of_cells", "", "7 cells instead of 6"),
        ("x", "wrong_number_of_cells", "", "1 cells instead of 6"),
        ("x,,7.0,,,", "unreadable_value", "i", "7.0"),
        ("x,,1_0,,,", "unreadable_value", "i", "1_0"),
        ("x,1_0,,,,", "unreadable_value", "n", "1_0"),
        (f"x,,{10**30},,,", "unreadable_value", "i", "1" + "0" * 30),
        ("x,,,31.12.2025,,", "unreadable_value", "d", "31.12.2025"),
        ("x,,,2025-02-30,,", "unreadable_value", "d", "2025-02-30"),
        ("x,,,,gestern,", "unreadable_value", "t", "gestern"),
        ("x,,,,,WAHR", "unreadable_value", "b", "WAHR"),
        ("x,#DIV/0!,,,,", "unreadable_value", "n", "#DIV/0!"),
    ],
)
def test_a_bad_line_is_held_back_and_the_others_stay(tmp_path, line, reason, column, detail):
    facts = read(tmp_path, f"{GOOD}{line}\nlast,,,,,\n")
    assert facts.table["k"].to_pylist() == ["Größe", "last"] and facts.lines == [2, 4]
    [(number, finding)] = facts.unreadable
    assert (number, finding.reason, finding.column, finding.detail) == (3, reason, column, detail)
