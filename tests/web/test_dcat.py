from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import DCAT, DCTERMS, RDF, Graph, Namespace, URIRef

from smartvest.web.api.dcat import LICENCES, catalogue, licence_uri

SHAPES = Path(__file__).parent / "dcat_ap_3.0.0_shacl.ttl"
DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
SPDX = Namespace("http://spdx.org/rdf/terms#")
GEO = "http://dcat-ap.de/def/politicalGeocoding/"


@pytest.fixture(scope="module")
def graph(client) -> Graph:
    return Graph().parse(data=client.get("/api/v1/catalog.ttl").content, format="turtle")


def test_every_form_is_the_same_graph(client, graph):
    from rdflib.compare import isomorphic

    for ext, form in (("rdf", "xml"), ("jsonld", "json-ld")):
        answer = client.get(f"/api/v1/catalog.{ext}")
        assert answer.status_code == 200
        assert isomorphic(Graph().parse(data=answer.content, format=form), graph)


def test_shapes_of_dcat_ap(graph):
    import pyshacl

    shapes = Graph().parse(SHAPES, format="turtle")
    conforms, _, words = pyshacl.validate(graph, shacl_graph=shapes, advanced=False)
    assert conforms, words[:3000]
    graph_without = Graph()
    for triple in graph:
        if triple[1] != DCTERMS.title:
            graph_without.add(triple)
    assert not pyshacl.validate(graph_without, shacl_graph=shapes)[0]  # the shapes do look


def test_what_the_german_profile_demands(graph, served):
    """DCAT-AP.de 3.0: mandatory and our own promises, dataset by dataset."""
    datasets = {
        str(graph.value(d, DCTERMS.identifier)).rpartition("/")[2]: d for d in graph.subjects(RDF.type, DCAT.Dataset)
    }
    assert set(datasets) == set(served.sources)
    for name, dataset in datasets.items():
        assert {t.language for t in graph.objects(dataset, DCTERMS.title)} == {"de", "en"}
        assert graph.value(dataset, DCTERMS.publisher) and graph.value(dataset, DCAT.contactPoint)
        theme = str(graph.value(dataset, DCAT.theme))
        assert theme.startswith("http://publications.europa.eu/resource/authority/data-theme/"), name
        places = set(map(str, graph.objects(dataset, DCTERMS.spatial)))
        assert f"{GEO}districtKey/05562" in places
        if "ags" in served.sources[name].columns:
            assert f"{GEO}municipalityKey/05562016" in places and len(places) == 11
        entry = served.manifest.datasets.get(name)
        distributions = list(graph.objects(dataset, DCAT.distribution))
        assert len(distributions) == (2 if entry else 0)
        for distribution in distributions:
            assert str(graph.value(distribution, DCTERMS.license)).startswith(LICENCES)
            assert graph.value(distribution, DCATDE.licenseAttributionByText)
            assert served.snapshot_id in str(graph.value(distribution, DCAT.downloadURL))
        if entry:
            checksums = [graph.value(d, SPDX.checksum) for d in distributions]
            values = {str(graph.value(c, SPDX.checksumValue)) for c in checksums if c}
            assert values == {entry.sha256}


def test_download_addresses_work(client, graph):
    for address in list(graph.objects(None, DCAT.downloadURL))[:6]:
        assert client.head(str(address)).status_code == 200


def test_addresses_lead_somewhere(client, graph, served):
    """The name of a dataset is an address of ours, and its landing page opens that dataset on the page Daten."""
    for dataset in graph.subjects(RDF.type, DCAT.Dataset):
        told = client.get(str(dataset)).json()
        assert str(dataset).endswith(f"/{told['id']}") and str(graph.value(dataset, DCTERMS.identifier)) == str(dataset)
        assert str(graph.value(dataset, DCAT.landingPage)) == f"https://vest.example/daten?datensatz={told['id']}"
    samples = [name for name, entry in served.manifest.datasets.items() if entry.sample]
    titles = [
        str(t) for t in graph.objects(URIRef(f"https://vest.example/api/v1/datasets/{samples[0]}"), DCTERMS.title)
    ]
    assert any("Beispieldaten" in title for title in titles) and any("Sample data" in title for title in titles)


def test_the_contributor_stands_in_it_once_it_is_assigned(served, graph):
    given = "http://dcat-ap.de/def/contributors/kreisRecklinghausen"
    found = catalogue(served, "https://vest.example", contributor=given)
    assert set(found.objects(None, DCATDE.contributorID)) == {URIRef(given)}
    assert not set(graph.objects(None, DCATDE.contributorID))


def test_temporal(graph):
    fibre = URIRef("https://vest.example/api/v1/datasets/fibre_coverage")
    period = graph.value(fibre, DCTERMS.temporal)
    assert str(graph.value(period, DCAT.endDate)) == "2021-06-30"


def test_licences_have_uris(served):
    assert licence_uri("dl-de/by-2-0") == f"{LICENCES}dl-by-de/2.0"
    assert licence_uri("CC BY 4.0") == f"{LICENCES}cc-by/4.0"
    assert licence_uri("noch offen") == f"{LICENCES}other-closed"
    open_ones = [
        s for s in served.sources.values() if s.licence not in ("noch offen", "je Betreiber, siehe sensor_places")
    ]
    assert all(licence_uri(s.licence) != f"{LICENCES}other-closed" for s in open_ones), "a licence without a URI"
    assert URIRef(licence_uri("dl-de/by-2-0"))
