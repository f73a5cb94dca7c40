from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from smartvest import build
from smartvest.contracts import load_sources
from smartvest.kpis import load_kpis
from smartvest.paths import queries_dir
from smartvest.web.api import feeds
from smartvest.web.api.feeds import atom, entries
from tests.published import TODAY, copy_of_data

NS = {"a": feeds.ATOM}


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """Two snapshots: in the second one solar power of Marl (2024) is corrected and a date of Datteln taken out."""
    folder = copy_of_data(tmp_path_factory.mktemp("changed"))
    then = datetime(2027, 1, 1, 12, tzinfo=UTC)
    build.publish(folder, TODAY, then)
    path = folder / "facts" / "solar_capacity.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    last = max(i for i, line in enumerate(lines) if "05562024" in line)
    columns = lines[0].split(",")
    cells = lines[last].split(",")
    at = columns.index("pv_kw")
    cells[at] = str(float(cells[at]) + 5000)
    lines[last] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    new, is_new, _ = build.publish(folder, TODAY, then + timedelta(days=1))
    assert is_new
    return folder, new


def test_the_town_that_changed_says_so_in_a_sentence(changed):
    folder, new = changed
    found = entries(folder, "05562024", "de")
    assert found[0].snapshot_id == new and len(found[0].sentences) == 1
    assert "berichtigt auf" in found[0].sentences[0] and "31.12.2024" in found[0].sentences[0]
    assert "corrected for" in entries(folder, "05562024", "en")[0].sentences[0]


def test_a_town_that_did_not_change_has_no_entry(changed):
    folder, new = changed
    assert new not in [entry.snapshot_id for entry in entries(folder, "05562008", "de")]


def test_another_target_is_told(changed):
    folder, _ = changed
    kpis = load_kpis(folder / "kpis.toml", load_sources(folder / "sources.toml"), queries_dir())
    fibre = kpis[0]
    moved = [fibre.model_copy(update={"target": 95.0, "target_date": date(2035, 12, 31)}), *kpis[1:]]
    told = feeds.target_sentences(moved, kpis, "de")
    assert len(told) == 1 and "95,0" in told[0] and "31.12.2035" in told[0] and "31.12.2030" in told[0]
    assert feeds.target_sentences(kpis, kpis, "de") == feeds.target_sentences(kpis, [], "de") == []


def test_the_county_hears_of_the_dataset(changed):
    folder, _ = changed
    sentences = entries(folder, "05562", "de")[0].sentences
    assert any("Installierte Photovoltaik: Zahlen berichtigt" in s for s in sentences)
    assert len(sentences) == 2  # and the county's own figure


def test_atom_is_valid_enough_to_read(changed):
    folder, new = changed
    root = ET.fromstring(atom(entries(folder, "05562024", "de"), "05562024", "de", "https://vest.example"))
    assert root.tag == f"{{{feeds.ATOM}}}feed"
    for name in ("id", "title", "updated", "author"):
        assert root.find(f"a:{name}", NS) is not None
    ids = [entry.findtext("a:id", "", NS) for entry in root.findall("a:entry", NS)]
    assert len(ids) == len(set(ids)) and all(one.startswith("urn:uuid:") for one in ids)
    elsewhere = ET.fromstring(atom(entries(folder, "05562024", "de"), "05562024", "de", "http://10.0.0.1:8501"))
    assert [entry.findtext("a:id", "", NS) for entry in elsewhere.findall("a:entry", NS)] == ids, (
        "another host, same ids"
    )
    english = ET.fromstring(atom(entries(folder, "05562024", "en"), "05562024", "en", "https://vest.example"))
    assert english.findtext("a:id", "", NS) != root.findtext("a:id", "", NS), "another feed"
    own = [node.get("href") for node in root.findall("a:link", NS) if node.get("rel") == "self"]
    assert own == ["https://vest.example/feed/marl.atom"]
    for node in [root, *root.findall("a:entry", NS)]:
        datetime.fromisoformat(node.findtext("a:updated", "", NS))
    link = root.find("a:entry/a:link", NS)
    assert link is not None and link.get("href") == f"https://vest.example/stadt?ags=05562024&lang=de&snapshot={new}"


def test_routes(client):
    for name in ("kreis", "kreis-recklinghausen", "castrop-rauxel", "haltern-am-see"):
        answer = client.get(f"/feed/{name}.atom?lang=en")
        assert answer.status_code == 200 and answer.headers["content-type"] == "application/atom+xml"
        ET.fromstring(answer.content)


def test_robots_and_sitemap(client):
    robots = client.get("/robots.txt").text
    assert "Sitemap: https://vest.example/sitemap.xml" in robots
    root = ET.fromstring(client.get("/sitemap.xml").content)
    places = [node.text for node in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert "https://vest.example/stadt?lang=de&ags=05562016" in places and len(places) == len(set(places)) > 20
