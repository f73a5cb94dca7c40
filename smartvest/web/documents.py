"""Streamlit's index.html made ours, once at start: language, title, icon, description, words without JavaScript.

The document's language can't be changed from within a running session (Streamlit offers no way and the policy forbids
inline scripts), so a language switch is a real link with `?lang=en` that loads the document again.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import importlib.util
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from smartvest.addresses import LANGUAGES, PAGES, language
from smartvest.texts import text
from smartvest.web import framework
from smartvest.web.assets import url

# Without this a deep link first asks /glasfaser/_stcore/health: Streamlit tries each folder of the address as its
# root, and each wrong try is a 404 in the visitor's console.
ROOT_SCRIPT = "window.__streamlit = { BACKEND_BASE_URL: window.location.origin + '/' }"


class StartError(RuntimeError):
    """The installed Streamlit is not the one we know; the message says what was missing."""


@dataclass(frozen=True)
class Document:
    """One language's document as bytes, plain and zipped, with the tag a browser may ask again by."""

    plain: bytes
    zipped: bytes
    etag: str


def streamlit_static() -> Path:
    """The folder of Streamlit's front end (found without importing Streamlit)."""
    spec = importlib.util.find_spec("streamlit")
    if spec is None or not spec.origin:
        raise StartError("Streamlit is not installed; run `make run` or pip install -r requirements.txt.")
    return Path(spec.origin).parent / "static"


@cache
def index_html() -> str:
    """Streamlit's own document, as installed."""
    path = streamlit_static() / "index.html"
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StartError(f"Streamlit's index.html can't be read ({error}); is the package complete?") from error


def script_hashes(html: str) -> list[str]:
    """CSP sources ('sha256-…') of the inline scripts in `html`; StartError when it starts no front end."""
    scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", html, re.DOTALL)
    if not any('type="module"' in attributes and "src=" in attributes for attributes, _ in scripts):
        raise StartError("Streamlit's index.html has no module script: the content security policy can't be computed.")
    inline = [body for attributes, body in scripts if "src=" not in attributes]
    return ["'sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() + "'" for body in inline]


def localise(html: str, lang: str) -> str:
    """`html` with our language, head and words; StartError when a place to change is not there exactly once."""
    words = {key: escape(text(f"web.{key}", lang)) for key in ("title", "description", "noscript", "noscript_link")}
    head = f"""<title>{words["title"]}</title>
    <script>{ROOT_SCRIPT}</script>
    <meta name="description" content="{words["description"]}" />
    <meta name="color-scheme" content="light dark" />
    <link rel="preload" href="{url("IBMPlexSans-Regular-Latin1.woff2")}" as="font" type="font/woff2" crossorigin />
    <link rel="stylesheet" href="{url("smartvest.css")}" />"""
    noscript = f"""<noscript>
      <h1>smartVEST</h1>
      <p>{words["noscript"]} <a href="/daten?lang={lang}">{words["noscript_link"]}</a>.</p>
    </noscript>"""
    icon = f'<link rel="icon" type="image/svg+xml" href="{url("icon.svg")}" />'
    changes = [
        ("language", r'<html lang="en">', f'<html lang="{lang}">'),
        ("title", r"<title>Streamlit</title>", head),
        ("icon", r'<link rel="shortcut icon"[^>]*>', icon),
        ("font preload", r'<link\s+rel="preload"[^>]*as="font"[^>]*>', ""),
        ("agent description", r'<!--[^<]*agent API(?:(?!-->).)*-->\s*<link rel="service-desc"[^>]*>', ""),
        ("noscript", r"<noscript>.*?</noscript>", noscript),
    ]
    # the title comes after the font preload is gone, else our own preload would be found twice
    for what, pattern, new in sorted(changes, key=lambda change: change[0] == "title"):
        html, count = re.subn(pattern, lambda _, new=new: new, html, flags=re.DOTALL)  # type: ignore[misc]
        if count != 1:
            raise StartError(f"Streamlit's index.html has {count} places for the {what}, not 1: see web/documents.py.")
    html, count = re.subn(r'(src|href)="\./static/', rf'\1="{framework.folder(lang, index_html())}', html)
    if not count:
        raise StartError("Streamlit's index.html asks for no script below ./static/: see web/documents.py.")
    return html


@cache
def prepared() -> dict[str, Document]:
    """The document in each language."""
    made = {}
    for lang in LANGUAGES:
        plain = localise(index_html(), lang).encode()
        made[lang] = Document(plain, gzip.compress(plain, 9, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:16]}"')
    return made


def asked_language(request: Request) -> str:
    """The language of `?lang=`; the last one counts, as in Streamlit."""
    values = request.query_params.getlist("lang")
    return language(values[-1] if values else None)


async def page(request: Request) -> Response:
    """The document of a page; the same bytes for each page, Streamlit draws by the path."""
    lang = asked_language(request)
    document = prepared()[lang]
    headers = {"Cache-Control": "no-cache", "ETag": document.etag, "Vary": "Accept-Encoding", "Content-Language": lang}
    if request.headers.get("if-none-match") == document.etag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(document.zipped, headers=headers | {"Content-Encoding": "gzip"}, media_type="text/html")
    return Response(document.plain, headers=headers, media_type="text/html")


def notice(lang: str, title: str, words: str, status: int) -> Response:
    """A small page of our own for when there is nothing else to show, with the way back to every screen."""
    names = "".join(
        f'<li><a href="{path}?lang={lang}">{escape(path.strip("/") or "smartVEST")}</a></li>' for path in PAGES.values()
    )
    html = f"""<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{escape(title)} – smartVEST</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" type="image/svg+xml" href="{url("icon.svg")}">
<style>body {{ font: 1rem/1.5 sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }}</style>
</head><body><main><h1>{escape(title)}</h1><p>{escape(words)}</p><ul>{names}</ul></main></body></html>"""
    return Response(html, status, {"Cache-Control": "no-store", "Content-Language": lang}, media_type="text/html")
