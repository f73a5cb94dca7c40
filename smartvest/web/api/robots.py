"""/robots.txt and /sitemap.xml."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from smartvest.addresses import LANGUAGES, PAGES
from smartvest.towns import TOWNS
from smartvest.web.api.endpoint import Answer, Ask
from smartvest.web.api.queries import etag_of

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
BY_TOWN = ("town", "fibre", "sensors")


def robots(ask: Ask) -> Answer:
    """GET /robots.txt: everything may be found except answers that cost computing time."""
    lines = [
        "User-agent: *",
        "Disallow: /_stcore/",
        "Disallow: /api/v1/queries/",
        "Disallow: /*snapshot=",
        f"Sitemap: {ask.base}/sitemap.xml",
    ]
    body = ("\n".join(lines) + "\n").encode()
    return Answer(body, "text/plain; charset=utf-8", etag_of(body))


def sitemap(ask: Ask) -> Answer:
    """GET /sitemap.xml: every page in both languages, the town pages for each town."""
    ET.register_namespace("", SITEMAP)
    root = ET.Element(f"{{{SITEMAP}}}urlset")
    changed = ask.store().manifest.created_at.strftime("%Y-%m-%d")
    for name, path in PAGES.items():
        for area in ("", *TOWNS) if name in BY_TOWN else ("",):
            for lang in LANGUAGES:
                query = f"?lang={lang}" + (f"&ags={area}" if area else "")
                url = ET.SubElement(root, f"{{{SITEMAP}}}url")
                ET.SubElement(url, f"{{{SITEMAP}}}loc").text = f"{ask.base}{path}{query}"
                ET.SubElement(url, f"{{{SITEMAP}}}lastmod").text = changed
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Answer(body, "application/xml", etag_of(body))
