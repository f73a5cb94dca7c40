"""A cited snapshot keeps its targets, its sources' words and the day its ages were counted on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from smartvest import build, definitions, queries, snapshots, store
from smartvest.paths import queries_dir
from tests.pages.test_pages import opened
from tests.published import copy_of_data

FIRST, SECOND = datetime(2026, 12, 1, tzinfo=UTC), datetime(2032, 3, 1, tzinfo=UTC)
TARGET = "target = 100\ntarget_date = 2030-12-31"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Two snapshots of the same figures: in the second the fibre target, a publisher's citation and an age limit differ."""
    data = copy_of_data(tmp_path_factory.mktemp("definitions"))
    old, _, _ = build.publish(data, FIRST.date(), FIRST)
    for name, before, after in (
        ("kpis.toml", TARGET, "target = 95\ntarget_date = 2035-12-31"),
        ("sources.toml", 'publisher = "Statistisches Bundesamt (Destatis)"', 'publisher = "Amt für Zahlen"'),
    ):
        words = (data / name).read_text()
        assert before in words
        (data / name).write_text(words.replace(before, after))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMARTVEST_DATA", str(data))
        patch.setenv("SMARTVEST_TODAY", str(SECOND.date()))
        new, is_new, _ = build.publish(data, SECOND.date(), SECOND)
        assert is_new and new != old, "other targets are another snapshot, though every figure is the same"
        yield old, new


def page(name: str, snapshot: str = "", **more: str) -> str:
    app = opened(name, "05562016", **({"snapshot": snapshot} if snapshot else {}), **more).run()
    assert not app.exception
    return " ".join(element.proto.body for element in app.get("html"))


def test_a_cited_view_has_the_target_it_was_cited_with(two: tuple[str, str]) -> None:
    old, new = two
    then, now = page("kpis", old), page("kpis")
    assert "100 % bis 31.12.2030" in then or "100\u202f% bis 31.12.2030" in then, then[:3000]
    assert "31.12.2035" not in then
    assert "31.12.2035" in now and "31.12.2030" not in now
    year, month, day = old[:10].split("-")  # the shipped snapshot, where its figures are those of today's files
    assert f"die vom {day}.{month}.{year}" in then, "the notice says whose targets these are"
    assert "31.12.2035" in page("kpis", new) and "sv-notice" not in page("kpis", new)


def test_links_of_a_cited_view_keep_to_its_snapshot(two: tuple[str, str]) -> None:
    """What is drawn once for everybody must not be: the newest snapshot is seen with and without being named."""
    _, new = two
    unnamed, named = page("overview"), page("overview", new)
    assert f"snapshot={new}" not in unnamed and f"/stadt?snapshot={new}" in named


def test_ages_are_counted_on_the_day_of_the_cited_snapshot(two: tuple[str, str]) -> None:
    old, _ = two
    assert "vor 5 Jahren" in page("fibre", old) and "vor 10 Jahren" in page("fibre")


def test_sources_are_named_as_they_were(two: tuple[str, str]) -> None:
    old, _ = two
    then, now = page("catalogue", old), page("catalogue")
    assert "Statistisches Bundesamt (Destatis)" in then and "Amt für Zahlen" not in then
    assert "Amt für Zahlen" in now


def test_the_api_says_the_same(two: tuple[str, str]) -> None:
    from tests.published import api

    old, new = two
    answers = {name: api().get(f"/api/v1/kpis?ags=05562016&snapshot={name}").json() for name in two}
    targets = {name: answer["kpis"][0]["target_date"] for name, answer in answers.items()}
    assert targets == {old: "2030-12-31", new: "2035-12-31"}


def test_a_snapshot_without_definitions_says_so(two: tuple[str, str]) -> None:
    manifest = store.current().manifest.model_copy(update={"kpis": "", "queries": {}})
    found = definitions.of_snapshot(manifest, snapshots_data(), store.current().sources)
    assert not found.as_published and found.kpis
    assert definitions.changed(manifest) == []


def test_another_sql_is_noticed_and_another_comment_is_not(tmp_path: Path, two: tuple[str, str]) -> None:
    manifest = store.current().manifest
    assert set(manifest.queries) == set(queries.query_names()) and definitions.changed(manifest) == []
    for name in ("towns", "events"):
        (tmp_path / f"{name}.sql").write_text((queries_dir() / f"{name}.sql").read_text())
    (tmp_path / "towns.sql").write_text("-- a better comment\n" + (tmp_path / "towns.sql").read_text())
    (tmp_path / "events.sql").write_text((tmp_path / "events.sql").read_text() + "\nlimit 3")
    assert definitions.changed(manifest, tmp_path) == ["events"]


def test_wrong_indicators_are_not_published(tmp_path: Path) -> None:
    data = copy_of_data(tmp_path)
    (data / "kpis.toml").write_text((data / "kpis.toml").read_text() + '\n[[kpi]]\nid = "x"\n')
    before = snapshots.current_id(data)
    with pytest.raises(snapshots.SnapshotError, match=r"nothing was published.*\[\[kpi\]\] x"):
        build.publish(data, date(2026, 12, 1))
    assert snapshots.current_id(data) == before


def snapshots_data() -> Path:
    from smartvest.paths import data_dir

    return data_dir()
