"""/api: the API for people to read. Plain HTML, no script, no foreign host."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from smartvest.texts import text
from smartvest.towns import AREAS, slug
from smartvest.web.api.datasets import dataset_info
from smartvest.web.api.dcat import SERIALISED
from smartvest.web.api.endpoint import Answer, Ask
from smartvest.web.api.models import QueryInfo
from smartvest.web.api.queries import PAGE_ROWS, etag_of, public_queries, query_info
from smartvest.web.assets import url

STYLE = """
:root { color-scheme: light dark }
@font-face { font-family: "IBM Plex Sans"; font-weight: 400; src: url(%(regular)s) format("woff2") }
@font-face { font-family: "IBM Plex Sans"; font-weight: 600; src: url(%(bold)s) format("woff2") }
body { font: 1rem/1.55 "IBM Plex Sans", sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.75rem; line-height: 1.2 } h2 { font-size: 1.25rem; margin-top: 2.5rem }
h3 { font-size: 1rem; margin: 1.75rem 0 .25rem } p { margin: .25rem 0 }
code, h3 { overflow-wrap: anywhere } a { color: light-dark(#0b5d5e, #7fd1cf) }
ul { padding-left: 1.25rem } .quiet { opacity: .8 }
"""


def page(ask: Ask) -> Answer:
    """GET /api"""
    ask.only("lang")
    lang = ask.choice("lang", ["de", "en"])
    store = ask.store()

    def say(key: str, **values: object) -> str:
        return escape(text(f"api.{key}", lang, **values))

    queries = "".join(_query(query_info(store, name, ask.base), lang) for name in public_queries(store))
    datasets = []
    for info in (dataset_info(store, name, ask.base) for name in store.sources):
        rows = f"{info.rows}" if info.sha256 or info.rows else say("no_data_yet")
        links = f'<a href="{_here(info.parquet)}">Parquet</a>, <a href="{_here(info.csv)}">CSV</a>'
        licence = escape(info.licence)
        datasets.append(f"<li>{escape(info.title[lang])} (<code>{info.id}</code>, {rows}): {links}. {licence}</li>")
    catalogues = ", ".join(f'<a href="/api/v1/catalog.{ext}">{ext}</a>' for ext in SERIALISED)
    feeds = ", ".join(f'<a href="/feed/{slug(ags)}.atom">{escape(name)}</a>' for ags, name in AREAS.items())
    other = "en" if lang == "de" else "de"
    style = STYLE % {
        "regular": url("IBMPlexSans-Regular-Latin1.woff2"),
        "bold": url("IBMPlexSans-SemiBold-Latin1.woff2"),
    }
    html = f"""<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{say("title")} – smartVEST</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" type="image/svg+xml" href="{url("icon.svg")}"><style>{style}</style></head>
<body><header><p><a href="/?lang={lang}">{say("home")}</a> · <a href="/api?lang={other}" hreflang="{other}"
 lang="{other}">{escape(text("frame.other_language", lang))}</a></p></header>
<main><h1>{say("title")}</h1><p>{say("intro")}</p><p>{say("errors")}</p>
<h2>{say("machine")}</h2><ul>
<li><a href="/api/v1/openapi.json">{say("machine_openapi")}</a></li>
<li><a href="/api/v1/kpis">{say("machine_kpis")}</a></li>
<li>{say("machine_catalog")}: {catalogues}</li>
<li>{say("machine_feed")}: {feeds}</li></ul>
<h2>{say("queries")}</h2><p>{say("formats_words", rows=PAGE_ROWS)}</p>{queries}
<h2>{say("datasets")}</h2><ul>{"".join(datasets)}</ul>
</main></body></html>"""
    body = html.encode()
    return Answer(body, "text/html; charset=utf-8", etag_of(body), {"Content-Language": lang})


def _query(info: QueryInfo, lang: str) -> str:
    def say(key: str) -> str:
        return escape(text(f"api.{key}", lang))

    parameters = "".join(
        f"<li><code>{escape(p.name)}</code> ({escape(p.type)}): {escape(p.meaning)} {escape(p.allowed)}</li>"
        for p in info.params
    )
    listed = f"<ul>{parameters}</ul>" if parameters else f" {say('no_parameters')}"
    return f"""<h3 id="{info.name.replace("/", "-")}">/api/v1/queries/{escape(info.name)}</h3>
<p lang="en">{escape(info.purpose)} {escape(info.note)}</p><p class="quiet" lang="en">{escape(info.units)}</p>
<div lang="en">{say("parameters")}: {listed}</div>
<p>{say("example")}: <a href="{_here(info.example)}"><code>{escape(_path(info.example))}</code></a></p>"""


def _path(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _here(address: str) -> str:
    """The address on this very host, for an href."""
    return escape(_path(address), quote=True)
