from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from smartvest import build, retention, snapshots, store
from smartvest.publishing import Publishing, PublishingError, load_publishing
from tests.published import TODAY, copy_of_data

THEN = datetime(2026, 1, 1, 12, tzinfo=UTC)


def publish(data: Path, days: int) -> str:
    prepared = {"x": snapshots.Prepared(pa.table({"n": [days]}), {})}
    return snapshots.publish(data, prepared, "test", THEN + timedelta(days=days))[0]


def test_the_newest_the_published_and_the_pinned_stay(tmp_path):
    known = [publish(tmp_path, day) for day in range(6)]
    snapshots.rollback(tmp_path, known[2])
    gone = retention.prune(tmp_path, Publishing(keep=2, pinned=[known[0]]), THEN + timedelta(days=9))
    assert gone == [known[1], known[3]]
    assert snapshots.ids(tmp_path) == [known[0], known[2], known[4], known[5]]
    assert snapshots.current_id(tmp_path) == known[2]
    assert retention.prune(tmp_path, Publishing(keep=2, pinned=[known[0]])) == []


def test_an_expired_id_explains_itself(tmp_path):
    known = [publish(tmp_path, day) for day in range(3)]
    retention.prune(tmp_path, Publishing(keep=1), THEN + timedelta(days=9))
    with pytest.raises(snapshots.ExpiredSnapshot, match=r"published on 2026-01-01, removed on 2026-01-10") as error:
        snapshots.open_snapshot(tmp_path, known[0])
    assert error.value.published_at == THEN and isinstance(error.value, snapshots.UnknownSnapshot)
    with pytest.raises(snapshots.UnknownSnapshot) as unknown:
        snapshots.open_snapshot(tmp_path, "2026-01-01-000000000000")
    assert not isinstance(unknown.value, snapshots.ExpiredSnapshot)
    publish(tmp_path, 4)
    retention.prune(tmp_path, Publishing(keep=1))
    assert set(snapshots.expired(tmp_path)) == set(known)  # older entries stay


def test_killed_half_way_it_goes_on_next_time(tmp_path, monkeypatch):
    known = [publish(tmp_path, day) for day in range(4)]
    real = os.rename
    calls = []

    def fails(*paths):
        calls.append(paths)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")
        real(*paths)

    monkeypatch.setattr(os, "rename", fails)
    with pytest.raises(OSError, match="Input/output"):
        retention.prune(tmp_path, Publishing(keep=1))
    monkeypatch.undo()
    assert snapshots.ids(tmp_path) == known[1:]
    snapshots.open_snapshot(tmp_path, known[1])  # named already, but whole: it is served
    retention.prune(tmp_path, Publishing(keep=1))
    assert snapshots.ids(tmp_path) == known[3:] and len(snapshots.expired(tmp_path)) == 3


def test_a_damaged_pointer_removes_nothing(tmp_path):
    known = [publish(tmp_path, day) for day in range(3)]
    (snapshots.folder(tmp_path) / "CURRENT").write_text("rubbish")
    assert retention.prune(tmp_path, Publishing(keep=1)) == [] and snapshots.ids(tmp_path) == known


def test_publishing_prunes_by_the_setting(tmp_path):
    data = copy_of_data(tmp_path)
    (data / "publishing.toml").write_text("keep = 1\n")
    first, _, _ = build.publish(data, TODAY, datetime(2027, 1, 1, tzinfo=UTC))
    path = data / "facts" / "open_data.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("120", "121"), encoding="utf-8")
    second, is_new, _ = build.publish(data, TODAY, datetime(2027, 1, 2, tzinfo=UTC))
    assert is_new and snapshots.ids(data) == [second]
    with pytest.raises(snapshots.ExpiredSnapshot):
        store.at(first, data)

    import warnings

    from starlette.applications import Starlette

    from smartvest.web.api import api_routes

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient

        answer = TestClient(Starlette(routes=api_routes(data))).get(f"/api/v1/queries/events?snapshot={first}")
    assert answer.status_code == 410 and "has expired" in answer.json()["detail"]
    assert answer.json()["allowed"] == [second]


@pytest.mark.parametrize("words", ["keep = 0", "keep = 'x'", "other = 1", "= ", 'public_url = "javascript:x"'])
def test_settings_that_make_no_sense_are_named(tmp_path, words):
    path = tmp_path / "publishing.toml"
    path.write_text(words)
    with pytest.raises(PublishingError, match=r"publishing\.toml"):
        load_publishing(path)
    assert load_publishing(tmp_path / "none.toml") == Publishing()
