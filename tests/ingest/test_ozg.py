from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartvest.contracts import load_sources
from smartvest.imports import settle
from smartvest.ingest import ozg
from smartvest.ingest.records import Raw, SourceError
from smartvest.ingest.xlsx_rows import rows as xlsx_rows
from smartvest.towns import TOWNS

SOURCES = load_sources(Path(__file__).resolve().parents[2] / "data" / "sources.toml")
WHEN = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEAD = "leika_key;leika_name;ars;ars_name;url;online_status;aktiv\n"
MARL = "055620024024"


def raw(tmp_path: Path, content: bytes | str) -> Raw:
    path = tmp_path / "export"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Raw(path.name, path, WHEN)


def test_regional_keys_are_those_of_destatis(recorded):
    keys = {}
    for row in xlsx_rows(recorded("destatis/AuszugGV2QAktuell.xlsx"), 1):
        if row[0] == "60" and row[2:5] == ("05", "5", "62"):
            keys["".join(row[2:5]) + row[6]] = "".join(row[2:7])
    assert keys == {ags: ozg.ars_of(ags) for ags in TOWNS}
    assert ozg.ars_of("05562004") == "055620004004" and ozg.ars_of("05562") == "055620000000"


def test_csv(tmp_path):
    text = (
        HEAD
        + (
            f"99001001000000;Anmeldung;{MARL};Marl;https://a;online;true\n"
            f"99001001000000;Anmeldung;{MARL};Marl;https://b;online;true\n"  # a second address of the same service
            f'00001001000000;"Null; vorn";{MARL[1:]};Marl;https://c;online;true\n'  # lost its zero
            f"99001001000001;Ummeldung;{MARL};Marl;;offline;true\n"
            f"99001001000002;Abmeldung;{MARL};Marl;https://d;online;false\n"
            f"9.9001E+13;Kaputt;{MARL};Marl;https://e;online;true\n"
            "99001001000003;Land;050000000000;NRW;https://f;online;true\n"
            "zu;kurz\n"
        )
    )
    shaped = ozg.shape(raw(tmp_path, text))
    tables, counts, _ = settle(shaped, SOURCES, date(2026, 11, 23))
    assert tables["online_services"].to_pylist() == [{"ags": "05562024", "as_of": date(2026, 11, 20), "services": 2}]
    assert (counts.records_in, counts.published, counts.out_of_scope, counts.duplicates, counts.quarantined) == (
        8, 2, 3, 1, 2
    )  # fmt: skip
    assert counts.reasons == {"bad_service_key": 1, "no_record": 1}
    assert shaped.notes == ["1 regional keys had lost their leading zero"]


def test_json_pages(tmp_path):
    def page(*keys, total):
        content = [{"leika_key": key, "ars": MARL, "url": "https://x", "aktiv": None} for key in keys]
        return json.dumps({"content": content, "totalElements": total, "last": True})

    shaped = ozg.shape(raw(tmp_path, page("99001001000000", total=2) + "\n" + page("99001001000001", total=2)))
    assert shaped.tables["online_services"].column("services").to_pylist() == [2]
    with pytest.raises(SourceError, match="2 of 3"):
        ozg.shape(raw(tmp_path, page("99001001000000", "99001001000001", total=3)))


def test_nothing_online_is_no_row(tmp_path):
    shaped = ozg.shape(raw(tmp_path, HEAD + f"99001001000001;Ummeldung;{MARL};Marl;;offline;true\n"))
    assert shaped.tables["online_services"].num_rows == 0 and shaped.out_of_scope == 1


@pytest.mark.parametrize(
    "content", [b"", b"<html>x</html>", b"a;b;c\n1;2;3\n", b"{}", b'{"content": 3}', b"PK\x03\x04\x00"]
)
def test_other_files_are_refused(tmp_path, content):
    with pytest.raises(SourceError):
        ozg.shape(raw(tmp_path, content))


@settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=200)
    | st.binary(max_size=200).map(lambda tail: HEAD.encode() + tail)
    | st.lists(st.tuples(st.sampled_from(["99001001000000", "x", ""]), st.sampled_from([MARL, "05", MARL[1:]]))).map(
        lambda rows: (HEAD + "".join(f"{key};n;{ars};m;u;o;a\n" for key, ars in rows)).encode()
    )
)
def test_any_bytes_are_refused_or_add_up(tmp_path_factory, content):
    try:
        shaped = ozg.shape(raw(tmp_path_factory.mktemp("x"), content))
    except SourceError:
        return
    _, counts, _ = settle(shaped, SOURCES, date(2026, 11, 23))
    assert counts.records_in == counts.published + counts.out_of_scope + counts.duplicates + counts.quarantined


def test_too_large_for_csv_is_asked_as_pages(tmp_path):
    asked = []

    class Session:
        def get_json(self, url, params):
            asked.append(params["page"])
            element = {"leika_key": f"9900100100000{params['page']}", "ars": MARL, "url": "u"}
            return {"content": [element], "totalElements": 3, "last": params["page"] == "2"}

    found = ozg._paged(Session(), f"https://x/{MARL}", MARL, tmp_path)
    assert asked == ["0", "1", "2"]
    assert ozg.shape(found).tables["online_services"].column("services").to_pylist() == [3]
