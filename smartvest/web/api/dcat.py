"""The catalogue for open.nrw and GovData: DCAT-AP.de 3.0 as an RDF graph (pure but for rdflib).

One dcat:Dataset per block of sources.toml. Addresses are permanent: the dataset's does not change with a snapshot, its
distributions name one. dcatde:contributorID is assigned by GovData: it stands in data/publishing.toml once it is known.
How often a dataset comes is left out, because no publisher promises it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from smartvest.contracts import Source
from smartvest.provenance import dataset_note
from smartvest.store import Store
from smartvest.texts import text
from smartvest.towns import COUNTY_AGS, TOWNS

if TYPE_CHECKING:
    from rdflib import Graph

LICENCES = "http://dcat-ap.de/def/licenses/"
# Our names of licences -> the German vocabulary. What may be used with attribution, but under no licence with a name,
# is "other-open"; what nobody has decided is "other-closed", which is also GovData's own answer to an unknown licence.
LICENCE_URIS = {
    "dl-de/by-2-0": "dl-by-de/2.0",
    "dl-de/zero-2-0": "dl-zero-de/2.0",
    "CC BY 4.0": "cc-by/4.0",
    "CC BY-SA 4.0": "cc-by-sa/4.0",
    "CC0 1.0": "cc-zero",
    "ODbL 1.0": "odbl",
    "GeoNutzV": "geonutz/20130319",
    "Nutzung frei mit Quellenangabe": "other-open",
    "Nutzung frei mit Quellenangabe und Änderungshinweis": "other-open",
    "Vervielfältigung und Verbreitung, auch auszugsweise, mit Quellenangabe gestattet": "other-open",
    "Einzelwerte, mit Quellenangabe": "other-open",
    "Amtliche Werke, Einzelwerte mit Quellenangabe": "other-open",
}
GEOCODING = "http://dcat-ap.de/def/politicalGeocoding/"
EU = "http://publications.europa.eu/resource/authority/"
IANA = "http://www.iana.org/assignments/media-types/"
FORMATS = {
    "parquet": (f"{EU}file-type/PARQUET", f"{IANA}application/vnd.apache.parquet"),
    "csv": (f"{EU}file-type/CSV", f"{IANA}text/csv"),
}
SERIALISED = {
    "ttl": ("turtle", "text/turtle"),
    "jsonld": ("json-ld", "application/ld+json"),
    "rdf": ("xml", "application/rdf+xml"),
}


def licence_uri(licence: str) -> str:
    """The licence's URI in the German vocabulary; the closed one for a licence we can't name."""
    return LICENCES + LICENCE_URIS.get(licence, "other-closed")


def catalogue(
    store: Store, base: str, publisher: str = "Kreis Recklinghausen", email: str = "", contributor: str = ""
) -> Graph:
    """The graph of everything that is published in the store's snapshot. ``contributor`` is GovData's URI for us."""
    from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, XSD, Graph, Literal, Namespace, URIRef

    DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
    SPDX = Namespace("http://spdx.org/rdf/terms#")
    VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
    SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
    LOCN = Namespace("http://www.w3.org/ns/locn#")
    g = Graph()
    for prefix, space in (("dcatde", DCATDE), ("spdx", SPDX), ("vcard", VCARD), ("locn", LOCN)):
        g.bind(prefix, space)

    def typed(uri: str, kind: URIRef) -> URIRef:
        node = URIRef(uri)
        g.add((node, RDF.type, kind))
        return node

    def said(node: URIRef, what: URIRef, words) -> None:
        for lang in ("de", "en"):
            g.add((node, what, Literal(words[lang], lang=lang)))

    def moment(value: datetime) -> Literal:
        return Literal(value.replace(microsecond=0).isoformat(), datatype=XSD.dateTime)

    def placed(node: URIRef, keys: list[str]) -> None:
        for key in keys:
            kind = "districtKey" if key == COUNTY_AGS else "municipalityKey"
            place = typed(f"{GEOCODING}{kind}/{key}", DCTERMS.Location)
            g.add((node, DCTERMS.spatial, place))
            g.add((node, DCATDE.politicalGeocodingURI, place))
        levels = {"administrativeDistrict" if key == COUNTY_AGS else "municipality" for key in keys}
        for level in sorted(levels):
            g.add((node, DCATDE.politicalGeocodingLevelURI, URIRef(f"{GEOCODING}Level/{level}")))

    german = typed(f"{EU}language/DEU", DCTERMS.LinguisticSystem)
    english = typed(f"{EU}language/ENG", DCTERMS.LinguisticSystem)
    county = typed(f"{base}/ueber#herausgeber", FOAF.Agent)
    g.add((county, RDF.type, FOAF.Organization))
    g.add((county, FOAF.name, Literal(publisher)))
    contact = typed(f"{base}/ueber#kontakt", VCARD.Organization)
    g.add((contact, RDF.type, VCARD.Kind))
    g.add((contact, VCARD.fn, Literal(publisher)))
    if email:
        g.add((contact, VCARD.hasEmail, URIRef(f"mailto:{email}")))

    published = store.manifest.created_at
    catalog = typed(f"{base}/api/v1/catalog#catalog", DCAT.Catalog)
    title = {
        "de": "smartVEST: offene Daten des Kreises Recklinghausen",
        "en": "smartVEST: open data of Kreis Recklinghausen",
    }
    about = {
        "de": "Alle Datensätze, auf denen das Dashboard der Smart-Region-Strategie smartVEST beruht.",
        "en": "All datasets behind the dashboard of the smart region strategy smartVEST.",
    }
    said(catalog, DCTERMS.title, title)
    said(catalog, DCTERMS.description, about)
    g.add((catalog, DCTERMS.publisher, county))
    g.add((catalog, FOAF.homepage, typed(f"{base}/daten", FOAF.Document)))
    g.add((catalog, DCTERMS.modified, moment(published)))
    for language in (german, english):
        g.add((catalog, DCTERMS.language, language))
    themes = typed(f"{EU}data-theme", SKOS.ConceptScheme)
    g.add((themes, DCTERMS.title, Literal("Data theme", lang="en")))
    g.add((catalog, DCAT.themeTaxonomy, themes))
    placed(catalog, [COUNTY_AGS])

    service = typed(f"{base}/api/v1/catalog#api", DCAT.DataService)
    said(service, DCTERMS.title, {"de": "Schnittstelle von smartVEST", "en": "API of smartVEST"})
    g.add((service, DCAT.endpointURL, typed(f"{base}/api/v1", RDFS.Resource)))
    g.add((service, DCAT.endpointDescription, typed(f"{base}/api/v1/openapi.json", RDFS.Resource)))
    g.add((catalog, DCAT.service, service))

    for name, contract in store.sources.items():
        source, note = contract, dataset_note(store, name, base)
        entry = store.manifest.datasets.get(name)
        dataset = typed(f"{base}/api/v1/datasets/{name}", DCAT.Dataset)
        g.add((catalog, DCAT.dataset, dataset))
        g.add((service, DCAT.servesDataset, dataset))
        said(dataset, DCTERMS.title, _named(source, note.sample))
        said(dataset, DCTERMS.description, source.description)
        g.add((dataset, DCTERMS.identifier, Literal(str(dataset))))
        g.add((dataset, DCTERMS.publisher, county))
        g.add((dataset, DCAT.contactPoint, contact))
        if contributor:
            g.add((dataset, DCATDE.contributorID, URIRef(contributor)))
        author = typed(f"{base}/api/v1/datasets/{name}#publisher", FOAF.Agent)
        g.add((author, FOAF.name, Literal(source.publisher)))
        g.add((dataset, DCTERMS.creator, author))
        g.add((dataset, DCAT.landingPage, typed(f"{base}/daten?datensatz={name}", FOAF.Document)))
        g.add((dataset, DCTERMS.modified, moment(note.fetched_at or published)))
        for language in (german, english):
            g.add((dataset, DCTERMS.language, language))
        g.add((dataset, DCAT.keyword, Literal("Kreis Recklinghausen", lang="de")))
        g.add((dataset, DCAT.keyword, Literal("smartVEST", lang="de")))
        if source.theme:
            g.add((dataset, DCAT.theme, typed(f"{EU}data-theme/{source.theme}", SKOS.Concept)))
            g.add((URIRef(f"{EU}data-theme/{source.theme}"), SKOS.prefLabel, Literal(source.theme, lang="en")))
        if source.change_note:
            statement = typed(f"{base}/api/v1/datasets/{name}#provenance", DCTERMS.ProvenanceStatement)
            said(statement, RDFS.label, source.change_note)
            g.add((dataset, DCTERMS.provenance, statement))
        placed(dataset, spatial_keys(contract))
        if note.as_of_min and note.as_of_max:
            period = typed(f"{base}/api/v1/datasets/{name}#period", DCTERMS.PeriodOfTime)
            g.add((dataset, DCTERMS.temporal, period))
            g.add((period, DCAT.startDate, Literal(note.as_of_min, datatype=XSD.date)))
            g.add((period, DCAT.endDate, Literal(note.as_of_max, datatype=XSD.date)))
        if entry is None:
            continue  # nothing to download yet
        licence = typed(licence_uri(source.licence), DCTERMS.LicenseDocument)
        for form, (file_type, media_type) in FORMATS.items():
            address = note.parquet.replace(".parquet?", f".{form}?")
            distribution = typed(f"{base}/api/v1/datasets/{name}#{form}", DCAT.Distribution)
            g.add((dataset, DCAT.distribution, distribution))
            g.add((distribution, DCTERMS.title, Literal(f"{source.title['de']} ({form.upper()})", lang="de")))
            g.add((distribution, DCAT.accessURL, typed(address, RDFS.Resource)))
            g.add((distribution, DCAT.downloadURL, URIRef(address)))
            g.add((distribution, DCTERMS.license, licence))
            g.add((distribution, DCATDE.licenseAttributionByText, Literal(note.attribution("de"), lang="de")))
            g.add((distribution, DCTERMS.format, typed(file_type, DCTERMS.MediaTypeOrExtent)))
            g.add((distribution, DCAT.mediaType, typed(media_type, DCTERMS.MediaType)))
            g.add((distribution, DCTERMS.modified, moment(published)))
            g.add((distribution, DCAT.accessService, service))
            if form == "parquet" and not contract.private:
                g.add((distribution, DCAT.byteSize, Literal(entry.bytes, datatype=XSD.nonNegativeInteger)))
                checksum = typed(f"{base}/api/v1/datasets/{name}#sha256", SPDX.Checksum)
                algorithm = typed(str(SPDX.checksumAlgorithm_sha256), SPDX.ChecksumAlgorithm)
                g.add((distribution, SPDX.checksum, checksum))
                g.add((checksum, SPDX.algorithm, algorithm))
                g.add((checksum, SPDX.checksumValue, Literal(entry.sha256, datatype=XSD.hexBinary)))
    return g


def _named(source: Source, sample: bool) -> dict[str, str]:
    """The title; a portal that harvests us shows hardly more, so sample data says so in it."""
    return {
        lang: f"{source.title[lang]} – {text('export.sample', lang)}" if sample else source.title[lang]
        for lang in ("de", "en")
    }


def spatial_keys(source: Source) -> list[str]:
    """The county, and all ten towns where the dataset is by town."""
    return [COUNTY_AGS, *TOWNS] if "ags" in source.columns else [COUNTY_AGS]
