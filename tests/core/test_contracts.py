"""Every rule of a contract, and the contracts and facts that are shipped."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartvest.contracts import ARROW, ContractError, Finding, Source, check, check_whole, load_sources
from smartvest.facts import read_facts
from smartvest.paths import ROOT
from tests.core.tiny import SOURCES_TOML, TODAY, people_table

SHIPPED = load_sources(ROOT / "data" / "sources.toml")
W = {"de": "x", "en": "x"}


def source(columns: dict[str, dict], grain: list[str], **settings) -> Source:
    columns = {name: {"meaning": W, **column} for name, column in columns.items()}
    plain = {key: "x" for key in ("publisher", "publisher_url", "licence", "citation")}
    words = {key: W for key in ("title", "description", "as_of_rule")}
    return Source.model_validate({"id": "d", "grain": grain, "columns": columns, **plain, **words, **settings})


def reasons(column: dict, values: list, required_key: bool = False) -> list[list[str]]:
    """What check says of every value of one column."""
    contract = source({"k": {"type": "integer"}, "v": column}, ["v"] if required_key else ["k"])
    table = pa.table(
        {"k": range(len(values)), "v": pa.array(values, ARROW[column["type"]])}, schema=contract.arrow_schema()
    )
    found = check(table, contract, TODAY)
    assert all(f.severity == "reject" and f.dataset == "d" for f in found)
    return [[f.reason for f in found if f.row == row] for row in range(len(values))]


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ({"type": "text", "required": True}, ["x"], {"missing_value": [None, "", " \t"]}),
        ({"type": "text"}, [None, "", "x"], {}),
        ({"type": "integer", "required": True}, [0, -1], {"missing_value": [None]}),
        ({"type": "integer", "minimum": 1, "maximum": 3}, [None, 1, 3], {"below_minimum": [0, -(2**62)]}),
        ({"type": "number"}, [None, 1e308], {"not_finite": [math.nan, math.inf, -math.inf]}),
        ({"type": "number", "minimum": 0.5, "maximum": 1.5}, [0.5, 1.5], {"above_maximum": [1.51, 1e300]}),
        ({"type": "text", "values": ["ä", "b"]}, [None, "ä"], {"unknown_value": ["c", "", "Ä", "b "]}),
        ({"type": "text", "pattern": "5|6[0-9]"}, [None, "5", "61"], {"wrong_form": ["5\n", "x5", "51", "6", ""]}),
        ({"type": "date"}, [None, TODAY, date(1800, 1, 1)], {"in_the_future": [TODAY + timedelta(1)]}),
        ({"type": "date", "future": True}, [date(2999, 1, 1)], {}),
        ({"type": "timestamp"}, [None, datetime(2026, 11, 23, 23, 59)], {"in_the_future": [datetime(2026, 11, 24)]}),
        ({"type": "timestamp", "future": True}, [datetime(2999, 1, 1)], {}),
        ({"type": "boolean", "required": True}, [True, False], {"missing_value": [None]}),
    ],
)  # fmt: skip
def test_each_rule(column, good, bad):
    assert reasons(column, good) == [[] for _ in good]
    for reason, values in bad.items():
        assert all(reason in found for found in reasons(column, values)), (reason, reasons(column, values))


def test_a_key_is_required_even_if_the_column_does_not_say_so():
    assert reasons({"type": "text"}, ["a", None], required_key=True) == [[], ["missing_value"]]


def test_of_rows_with_one_key_the_first_good_one_stays():
    contract = source({"k": {"type": "text"}, "v": {"type": "integer", "minimum": 0}}, ["k"])
    table = pa.table({"k": ["a", "a", "b", "a"], "v": [-1, 2, 3, 4]}, schema=contract.arrow_schema())
    assert [(f.row, f.reason) for f in check(table, contract, TODAY)] == [(0, "below_minimum"), (3, "duplicate_key")]


def test_a_missing_or_mistyped_column_blocks():
    contract = source({"k": {"type": "text"}, "v": {"type": "integer"}}, ["k"])
    assert check(pa.table({"k": ["a"]}), contract, TODAY) == [Finding("d", "block", "column_missing", "v")]
    found = check(pa.table({"k": ["a"], "v": ["1"]}), contract, TODAY)
    assert [(f.severity, f.reason, f.detail) for f in found] == [("block", "column_type", "string instead of int64")]


def test_the_whole_table(sources):
    people = sources["people"]
    assert check_whole(people_table(1), people) == []
    missing = check_whole(people_table(1, rows=9), people, people_table(1))
    assert [(f.severity, f.reason, f.detail) for f in missing] == [("block", "town_missing", "05562036")]
    lost = check_whole(people_table(1, rows=4), people, people_table(1))
    assert ("block", "rows_lost", "4 rows instead of 10") in [(f.severity, f.reason, f.detail) for f in lost]
    assert len(check_whole(people_table(1, rows=0), people)) == 10, "an empty table lacks every town"
    older = people_table(1).set_column(1, "as_of", pa.array([date(2020, 1, 1)] * 10, pa.date32()))
    found = check_whole(older, people, people_table(1))
    assert [(f.severity, f.reason) for f in found] == [("warn", "older_than_published")]


def test_a_strong_revision_is_reported_not_refused(sources):
    def revised(old, new):
        return [f.detail for f in check(people_table(new), sources["people"], TODAY, people_table(old))]

    assert revised(100, 110) == [] and revised(100, 90) == [] and revised(0, 50) == []
    assert revised(100, 111) == ["100 -> 111"] * 10
    assert check(people_table(5), sources["people"], TODAY, people_table(1).drop_columns(["as_of"])) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c", "ä", "", " ", None, "a\n"]),
            st.one_of(st.none(), st.floats(-3, 3), st.sampled_from([math.nan, math.inf, -math.inf])),
            st.one_of(st.none(), st.dates(date(2026, 11, 1), date(2026, 12, 1))),
        ),
        max_size=12,
    )
)
def test_every_row_is_accepted_or_rejected_as_plain_python_would(rows):
    contract = source(
        {
            "k": {"type": "text", "pattern": "[a-cä]"},
            "v": {"type": "number", "minimum": -1, "maximum": 2},
            "d": {"type": "date", "required": True},
        },
        ["k"],
    )
    table = pa.Table.from_pylist([dict(zip("kvd", row, strict=True)) for row in rows], schema=contract.arrow_schema())
    found = check(table, contract, TODAY)
    assert all(f.severity == "reject" and 0 <= f.row < len(rows) for f in found)
    expected, seen = set(), set()
    for i, (k, v, d) in enumerate(rows):
        good = k is not None and re.fullmatch("[a-cä]", k) and d is not None and d <= TODAY
        good = good and (v is None or (math.isfinite(v) and -1 <= v <= 2)) and k not in seen
        if good:
            seen.add(k)
        else:
            expected.add(i)
    assert {f.row for f in found} == expected


BLOCK = SOURCES_TOML[: SOURCES_TOML.index("[sensors]")]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('publisher = "Amt"\n', "", "[people] publisher: Field required"),
        ('publisher = "Amt"', "publisher = 5", "[people] publisher: "),
        ("licence =", "license =", "[people] licence: Field required"),
        ('licence = "CC0"', 'licence = "CC0"\ncolour = 1', "[people] colour: Extra inputs are not permitted"),
        ('type = "date"', 'type = "dat"', "[people] columns.as_of.type: Input should be 'text'"),
        ("maximum = 200000", 'maximum = "viel"', "[people] columns.people.maximum: "),
        ("minimum = 0", "minimum = 0.5", "[people] columns.people: minimum of an integer column must be"),
        ('type = "date", ', 'type = "date", minimum = 1, ', "[people] columns.as_of: minimum is for integer and"),
        ('type = "integer", ', 'type = "integer", pattern = "x", ', "[people] columns.people: pattern is for text"),
        ("05562[0-9]{3}", "05562(", "[people] columns.ags: pattern: Invalid regular expression"),
        ('grain = ["ags", "as_of"]', 'grain = ["ags", "day"]', "[people] grain names unknown columns: day"),
        ('grain = ["ags", "as_of"]', "grain = []", "[people] grain must name the columns that identify a row"),
        ("all_towns = true", 'private = ["phone"]', "[people] private names unknown columns: phone"),
        ("people", "quarantine", "[quarantine] the name quarantine is taken"),
        ("people", '"../people"', "[../people] id: "),
        ('facts = "people.csv"', 'facts = "../people.csv"', "[people] facts: String should match pattern"),
        ('loader = "people"', 'loader = "people"\nid = "people"', "[people] id: the block's name is the id"),
        ("[people]\n", "stray = 3\n[people]\n", "[stray] must be a block of settings"),
        ("all_towns = true", "all_towns = yes", "not valid TOML: "),
        ("all_towns = true", "all_towns = true\nall_towns = true", "not valid TOML: "),
    ],
)  # fmt: skip
def test_a_mistake_in_sources_toml_names_block_and_field(tmp_path, old, new, says):
    assert old in BLOCK
    path = tmp_path / "sources.toml"
    text = BLOCK.replace(f"[{old}", f"[{new}") if old == "people" else BLOCK.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as raised:
        load_sources(path)
    assert says in str(raised.value) and str(path) in str(raised.value) and "\n" not in str(raised.value)


def test_sources_toml_that_can_not_be_read(tmp_path):
    path = tmp_path / "sources.toml"
    with pytest.raises(ContractError, match="does not exist"):
        load_sources(path)
    path.mkdir()
    with pytest.raises(ContractError, match="can't be read: Is a directory"):
        load_sources(path)
    (tmp_path / "latin.toml").write_bytes(BLOCK.encode("cp1252"))
    with pytest.raises(ContractError, match="not valid TOML"):
        load_sources(tmp_path / "latin.toml")
    (tmp_path / "bom.toml").write_text(BLOCK, encoding="utf-8-sig")
    assert list(load_sources(tmp_path / "bom.toml")) == ["people"]


def test_all_shipped_datasets_have_a_contract():
    named = {"towns", "population", "households", "fibre_coverage", "fibre_reports", "broadband_history"}
    named |= {"solar_capacity", "charging_points", "sensor_deployments", "stations", "events", "targets", "open_data"}
    assert named <= SHIPPED.keys()
    for block in SHIPPED.values():
        assert block.citation and block.licence and block.as_of_rule.de and block.title.de and block.title.en


WITH_FACTS = sorted(name for name, block in SHIPPED.items() if block.facts)


def test_every_facts_file_belongs_to_a_dataset():
    files = {p.name for p in (ROOT / "data" / "facts").glob("*.csv")}
    assert files == {SHIPPED[name].facts for name in WITH_FACTS}


@pytest.mark.parametrize("name", WITH_FACTS)
def test_shipped_facts_pass_without_a_finding(name):
    block = SHIPPED[name]
    facts = read_facts(ROOT / "data" / "facts" / block.facts, block)
    assert facts.unreadable == [] and facts.table.num_rows > 0
    assert check(facts.table, block, TODAY) == []
    assert check_whole(facts.table, block) == []
    assert block.accessed is not None, "facts say when they were taken from the publication"


def test_shipped_households_are_population_by_persons_per_household():
    block = SHIPPED["households"]
    for row in read_facts(ROOT / "data" / "facts" / block.facts, block).table.to_pylist():
        assert row["households"] == round(row["population"] / row["persons_per_household"]), row


def test_shipped_population_is_men_and_women():
    block = SHIPPED["population"]
    for row in read_facts(ROOT / "data" / "facts" / block.facts, block).table.to_pylist():
        if row["male"] is not None and row["female"] is not None:
            assert row["population"] == row["male"] + row["female"], row
