"""The commands as a steward types them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from smartvest import cli, imports, snapshots, store
from smartvest.ingest.records import RECORD, Raw, Rejected, Shaped, SourceError
from smartvest.paths import ROOT
from tests.core.tiny import people_csv, people_table, sensors_table

AGS = "05562016"


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(cli.app, list(arguments))
    assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
    assert "Traceback" not in result.output
    return result


def sentence(*arguments: str, code: int = 1) -> str:
    """The one line a failing command prints."""
    result = run(*arguments, code=code)
    lines = result.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), result.stderr
    return lines[0]


def shape(raw: Raw) -> Shaped:
    """A loader of its own: the file's number is the value; 'bug', 'html' and 'lie' misbehave."""
    content = raw.read().decode()
    if content == "bug":
        raise KeyError("[/bold] no such key")
    if content == "html":
        raise SourceError("an HTML page, not a table [/]; download the file itself")
    table = sensors_table(float(content)).append_column(RECORD, [[1, 2, 3]])
    rejected = [Rejected(4, "unreadable_value", detail="[/red] [bold]x")]
    return Shaped(7, {"sensors": table}, 1, 2, rejected, ["a note [/]"])


def shape_people(raw: Raw) -> Shaped:
    return Shaped(10, {"people": people_table(5).append_column(RECORD, [list(range(1, 11))])})


def fetch_people(source, into: Path) -> Raw:
    path = into / "p.csv"
    path.write_text("5")
    return Raw("p.csv", path, datetime(2026, 1, 1, tzinfo=UTC))


def fetch_nothing(source, into: Path) -> Raw:
    raise ConnectionError("the publisher's server [/] hung up")


@pytest.fixture
def loaders(data, monkeypatch) -> dict:
    known = {
        "people": SimpleNamespace(shape=shape_people, fetch=fetch_people),
        "sensors": SimpleNamespace(shape=shape, fetch=fetch_nothing),
    }
    monkeypatch.setattr(cli, "loaders", lambda: known)
    path = data / "sources.toml"
    path.write_text(path.read_text("utf-8").replace("loader =", 'fetch_url = "https://x"\nloader ='), encoding="utf-8")
    return known


def file(data: Path, content: str, name: str = "f.csv") -> str:
    (data.parent / name).write_text(content)
    return str(data.parent / name)


def test_build_check_snapshots_rollback(data):
    first = run("build").stdout.split()[1]
    assert run("build").stdout == f"unchanged: {first}\n"
    (data / "facts" / "people.csv").write_text(people_csv(2000), encoding="utf-8")
    second = run("build").stdout.split()[1]
    listed = run("snapshots").stdout
    assert first in listed and f"● │ {second}" in listed
    assert run("rollback", first).stdout == f"published: {first}\n"
    assert f"● │ {first}" in run("snapshots").stdout
    assert "people" in run("check").stdout
    assert "does not exist" in sentence("rollback", "2026-01-01-000000000000")
    assert "must look like" in sentence("rollback", "../x[/]")


def test_check_tells_what_is_held_back_and_what_is_damaged(data):
    name = run("build").stdout.split()[1]
    (data / "facts" / "people.csv").write_text(people_csv(t05562008="05562008,[/],1,x"), encoding="utf-8")
    result = run("check", code=1)
    assert "quarantined: people (people.csv record 3): unreadable_value as_of [/]" in result.stdout
    assert "block: people town_missing ags 05562008" in result.stdout
    (snapshots.folder(data) / name / "people.parquet").write_bytes(b"")
    assert f"damaged: snapshot {name}: people.parquet is not what was published" in run("check", code=1).stderr
    assert "damaged" in run("snapshots").stdout


def test_a_blocked_dataset_is_told(data):
    run("build")
    (data / "facts" / "people.csv").write_text(people_csv().replace(",", ";"), encoding="utf-8")
    result = run("build")
    assert result.stderr.startswith("kept: people: facts_unreadable people.csv: the cells are separated by semicolons")
    assert result.stderr.endswith("the version published before stays\n") and result.stdout.startswith("published: ")


def test_import_tells_what_became_of_every_record(data, loaders):
    result = run("import", "sensors", file(data, "21"))
    sums = "7 records = 3 published + 1 out of scope + 2 duplicates + 1 quarantined"
    assert (
        sums in result.stdout and "  unreadable_value: 1\n" in result.stdout and "note: a note [/]\n" in result.stdout
    )
    assert result.stdout.splitlines()[-1].endswith("1 records quarantined (python -m smartvest check)")
    assert "quarantined: sensors (f.csv record 4): unreadable_value [/red] [bold]x\n" in run("check").stdout


def test_import_json_is_one_object_that_adds_up(data, loaders):
    good, html, bug = file(data, "21"), file(data, "html", "h.csv"), file(data, "bug", "b.csv")
    empty, gone = file(data, "", "e.csv"), str(data.parent / "gone.csv")
    result = run("import", "--json", "sensors", good, html, bug, empty, gone, str(data), code=1)
    report = json.loads(result.stdout)
    assert result.stdout.count("\n") == 1 and result.stderr == ""
    assert report["source"] == "sensors" and report["reasons"] == {"unreadable_value": 1}
    for counts in (report, *report["files"]):
        parts = ("published", "out_of_scope", "duplicates", "quarantined")
        assert counts["records_in"] == sum(counts[part] for part in parts)
    assert report["records_in"] == 7 and report["snapshot"] == snapshots.current_id(data)
    assert [entry["file"] for entry in report["files"]] == [good, html, bug, empty, gone, str(data)]
    errors = [entry.get("error", "") for entry in report["files"]]
    assert errors[0] == "" and errors[1].startswith("an HTML page")
    assert errors[2].startswith("unexpected KeyError in test_cli.py:") and errors[2].endswith("please report it")
    assert errors[3] == "the file is empty; get it again from its publisher"
    assert errors[4].startswith("No such file or directory") and errors[5] == "is a directory; name the files in it"
    assert len(run("import", "sensors", html, bug, empty, code=1).stderr.splitlines()) == 3


def test_import_json_stays_one_object_when_nothing_can_be_published(data, loaders, monkeypatch):
    def full(*args, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshots, "publish", full)
    result = run("import", "--json", "sensors", file(data, "21"), code=1)
    report = json.loads(result.stdout)
    assert report["snapshot"] is None and report["error"] == "No space left on device" and report["published"] == 3


def test_an_unreadable_file_is_a_sentence(data, loaders, monkeypatch):
    real, path = Path.open, file(data, "21")

    def refuse(self, *args, **kwargs):
        if str(self) == path:
            raise PermissionError(13, "Permission denied", path)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    assert run("import", "sensors", path, code=1).stderr == f"error: {path}: Permission denied: {path}\n"


def test_unknown_names_are_named(data, loaders):
    assert sentence("import", "nobody[/]", "x") == "error: unknown source 'nobody[/]' (known: people, sensors)"
    assert sentence("update", "nobody") == "error: unknown source 'nobody' (known: people, sensors)"
    run("build")
    assert "unknown query 'nobody' (known: all_people," in sentence("query", "nobody")
    assert "'x' is missing" in sentence("query", "echo")
    assert "unknown parameter 'y[/]'" in sentence("query", "echo", "x=1", "y[/]=2")
    assert "'novalue' is not key=value" in sentence("query", "echo", "novalue", code=2)
    assert run("nocommand", code=2).stdout == ""


def test_update_publishes_the_others_and_exits_1(data, loaders):
    result = run("update", code=1)
    assert "✓ people: 10 records = 10 published" in result.stdout and "published: " in result.stdout
    assert result.stderr == "✗ sensors: the publisher's server [/] hung up\n"
    assert store.query("all_people").people.tolist() == [5] * 10
    assert "✓ people" in run("update", "people").stdout
    del loaders["sensors"]
    assert "unknown source 'sensors'" in run("update", code=1).stderr
    loaders["sensors"] = SimpleNamespace(shape=shape)
    assert "nothing to fetch" in run("update", "sensors", code=1).stderr


def test_sources_are_told_in_full_in_a_pipe(data):
    path = data / "sources.toml"
    long = "Ministerium für ganz besonders lange Namen und Bezeichnungen des Landes Nordrhein-Westfalen " * 3
    path.write_text(path.read_text("utf-8").replace('"Amt"', f'"{long}[/]"', 1), encoding="utf-8")
    assert f"{long}[/]" in run("sources").stdout and "…" not in run("sources").stdout


def test_a_wide_result_is_not_cut_in_a_pipe(data):
    columns = ", ".join(f"'{'x' * 30}{i}[/]' as column_with_a_long_name_{i}" for i in range(12))
    (data.parent / "queries" / "wide.sql").write_text(f"select {columns}", encoding="utf-8")
    run("build")
    result = run("query", "wide").stdout
    assert all(f"{'x' * 30}{i}[/]" in result and f"column_with_a_long_name_{i} " in result for i in range(12))


ODD = """select * from (values
 (1, 0.1::double + 0.2::double, date '2024-02-29', 'Müll, "x"', true, timestamp '2024-01-01 12:30:00', [1, 2]),
 (null, null, null, null, null, null, null)) t(i, n, d, s, b, t, l)"""


def test_every_format_reopens_to_the_same_rows(data):
    (data.parent / "queries" / "odd.sql").write_text(ODD, encoding="utf-8")
    run("build")
    [first, second] = json.loads(run("query", "odd", "--format", "json").stdout)
    assert first == {
        "i": 1,
        "n": 0.1 + 0.2,
        "d": "2024-02-29",
        "s": 'Müll, "x"',
        "b": True,
        "t": "2024-01-01T12:30:00",
        "l": [1, 2],
    }
    assert set(second.values()) == {None}
    frame = pd.read_csv(io.StringIO(run("query", "odd", "--format", "csv").stdout))
    assert frame.n[0] == 0.1 + 0.2 and frame.s[0] == 'Müll, "x"' and frame.d[0] == "2024-02-29"
    assert frame.loc[1].isna().all()
    frame = pd.read_parquet(
        io.BytesIO(CliRunner().invoke(cli.app, ["query", "odd", "--format", "parquet"]).stdout_bytes)
    )
    assert frame.d[0] == date(2024, 2, 29) and frame.n[0] == 0.1 + 0.2 and frame.loc[1].drop("l").isna().all()
    assert 'Müll, "x"' in run("query", "odd").stdout
    listed = run("query", "people/some", "ags_list=05562004,05562016", "--format", "csv").stdout
    assert listed.splitlines()[1:] == ["05562004,2025-12-31,1000", f"{AGS},2025-12-31,1004"]
    assert run("query", "people/by_town", f"ags={AGS}", "as_of=2025-12-31", "--format", "csv").stdout.count("\n") == 2
    assert "by_town" in sentence("query", "people/by_town", f"ags={AGS}", "as_of=31.12.2025")


def test_without_a_snapshot_and_with_a_typo(data):
    assert "run `python -m smartvest build`" in sentence("query", "all_people")
    path = data / "sources.toml"
    path.write_text(path.read_text("utf-8").replace('"integer"', '"whole [/]"'), encoding="utf-8")
    for command in ("build", "check", "sources", "update"):
        assert "[people] columns.people.type: Input should be" in sentence(command)


def process(data: Path, *arguments: str) -> subprocess.CompletedProcess:
    env = {**os.environ, "SMARTVEST_DATA": str(data), "COLUMNS": "40"}
    return subprocess.run([sys.executable, "-m", "smartvest", *arguments], cwd=ROOT, env=env, capture_output=True)


def test_as_a_process_with_the_data_directory_moved(data):
    before = sorted((ROOT / "data").rglob("*"))
    run("build")
    answer = process(data, "query", "all_people", "--format", "parquet")
    assert (answer.returncode, answer.stderr) == (0, b"") and len(pd.read_parquet(io.BytesIO(answer.stdout))) == 10
    failed = process(data, "rollback", "x")
    assert failed.returncode == 1 and failed.stdout == b"" and failed.stderr.count(b"\n") == 1
    assert b"Traceback" not in failed.stderr and failed.stderr.startswith(b"error: ")
    assert sorted((ROOT / "data").rglob("*")) == before


def test_help_lists_every_command(data):
    said = run("--help").stdout
    for command in ("update", "import", "build", "check", "snapshots", "rollback", "sources", "query"):
        assert f" {command} " in said
    assert imports.KEPT_REJECTS == 10_000
