"""The web server without a browser: documents, headers, doors, files, health; and a few answers of the real one."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import re
import tomllib
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from smartvest import web
from smartvest.addresses import LANGUAGES, PAGES
from smartvest.web import assets, compression, documents, headers
from tests.serving import ROOT, Server, asgi, in_own_loop

CLOSED = ["/_stcore/metrics", "/_stcore/agent/interact", "/_stcore/agent/openapi.json", "/_stcore/upload_file/a/b"]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def no_snapshot() -> str:
    raise RuntimeError("snapshot is damaged: /secret/place")


@pytest.fixture(scope="module")
def app() -> Starlette:
    """Our routes and middleware around a stand-in for Streamlit's static files and a few odd routes."""

    def broken(request: Any) -> Response:
        raise RuntimeError("inner detail")

    def cookies(request: Any) -> Response:
        answer = PlainTextResponse("ok", headers={"X-Frame-Options": "DENY"})
        answer.headers.append("set-cookie", "_streamlit_xsrf=abc; Path=/")
        answer.headers.append("set-cookie", "theme=dark; Path=/")
        return answer

    from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_handler

    static = create_streamlit_static_handler(str(documents.streamlit_static()), "")
    return Starlette(
        routes=[
            *web.routes(lambda: "2026-11-20-abc"),
            Route("/broken", broken),
            Route("/cookies", cookies),
            Mount("/", static),
        ],
        middleware=web.middleware(["localhost", "*.example.org"]),
    )


# --- documents


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_document_is_ours(lang: str) -> None:
    html = documents.prepared()[lang].plain.decode()
    assert f'<html lang="{lang}">' in html
    assert "<title>smartVEST" in html and "<title>Streamlit" not in html
    assert "service-desc" not in html and "_stcore" not in html and "SourceSans" not in html
    assert '<meta name="description"' in html
    noscript = re.search("<noscript>(.*?)</noscript>", html, re.DOTALL)
    assert noscript and f"/daten?lang={lang}" in noscript[1]


@pytest.mark.parametrize("path", PAGES.values())
def test_every_page_has_its_document(app: Starlette, path: str) -> None:
    for query, lang in {"": "de", "?lang=en": "en", "?lang=de&lang=en": "en", "?lang=%22><script>": "de"}.items():
        answer = asgi(app, path + query)
        assert answer.status == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
        assert f'<html lang="{lang}">'.encode() in answer.body
        assert answer.headers["content-language"] == lang


def test_the_document_is_zipped_and_not_sent_twice(app: Starlette) -> None:
    plain = asgi(app, "/glasfaser")
    zipped = asgi(app, "/glasfaser", headers={"accept-encoding": "gzip, br"})
    assert gzip.decompress(zipped.body) == plain.body and len(zipped.body) < len(plain.body) / 2
    assert asgi(app, "/glasfaser", headers={"if-none-match": plain.headers["etag"]}).status == 304
    head = asgi(app, "/glasfaser", "HEAD")
    assert head.status == 200 and head.headers["content-length"] == str(len(plain.body))


@pytest.mark.parametrize("gone", ["<title>Streamlit</title>", '<html lang="en">', "<noscript>", 'rel="service-desc"'])
def test_an_unknown_streamlit_stops_the_start(gone: str) -> None:
    html = documents.index_html()
    assert gone in html
    with pytest.raises(documents.StartError, match=r"see web/documents\.py"):
        documents.localise(html.replace(gone, ""), "de")


def test_no_front_end_no_policy() -> None:
    with pytest.raises(documents.StartError, match="policy"):
        documents.script_hashes("<html><script>alert(1)</script></html>")


# --- headers


def test_each_inline_script_is_in_the_policy(app: Starlette) -> None:
    for lang in LANGUAGES:
        answer = asgi(app, f"/?lang={lang}")
        directives = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert "unsafe-inline" not in directives["script-src"] and "'unsafe-eval'" not in directives["script-src"]
        inline = re.findall(r"<script>(.*?)</script>", answer.body.decode(), re.DOTALL)
        assert len(inline) >= 1
        for script in inline:
            digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in directives["script-src"]
        assert directives["frame-ancestors"] == "'self'" and directives["object-src"] == "'none'"


@pytest.mark.parametrize(
    "target", ["/", "/healthz", "/nope", "/a/b", "/_stcore/metrics", "/assets/x", "/static/x.js", "/broken"]
)
def test_every_answer_carries_the_headers(app: Starlette, target: str) -> None:
    answer = asgi(app, target)
    for name, value in headers.security_headers().items():
        assert answer.headers[name.lower()] == value


def test_a_route_keeps_its_own_header_and_the_needless_cookie_goes(app: Starlette) -> None:
    answer = asgi(app, "/cookies")
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["set-cookie"] == "theme=dark; Path=/"


def test_a_broken_route_says_a_number_only(app: Starlette, caplog: pytest.LogCaptureFixture) -> None:
    answer = asgi(app, "/broken?lang=en")
    assert answer.status == 500 and b"inner detail" not in answer.body
    number = re.search(rb"Error number: ([0-9a-f]{8})", answer.body)
    assert number and number[1].decode() in caplog.text and "inner detail" in caplog.text


def test_streams_and_websockets_pass_as_they_come() -> None:
    """Each chunk leaves before the next is made; what a websocket is told passes unchanged (what it receives is looked at)."""
    seen: list[bytes] = []
    passed: list[Any] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "bytes": b"x"})
            await send({"type": "websocket.close", "code": 1000})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        for number in range(3):
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": number < 2})
            assert len(seen) == number + 1

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            seen.append(message["body"])
        elif message["type"].startswith("websocket."):
            passed.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    layered: Any = inner
    for layer in reversed(web.middleware([])):
        layered = layer.cls(layered, *layer.args, **layer.kwargs)
    scope = {"type": "http", "method": "GET", "path": "/stream", "query_string": b"", "headers": []}
    in_own_loop(layered(scope, receive, send))
    assert seen == [b"0", b"1", b"2"]
    in_own_loop(layered({"type": "websocket", "path": "/_stcore/stream", "headers": []}, receive, send))
    assert [message["type"] for message in passed] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert passed[1] == {"type": "websocket.send", "bytes": b"x"}


# --- doors


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD"])
def test_closed(app: Starlette, path: str, method: str) -> None:
    assert asgi(app, path, method).status == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8501", 200),
        ("daten.example.org", 200),
        ("example.org.evil.test", 400),
        ("evil.test", 400),
        ("localhost.evil.test", 400),
        ("[::1]:80", 400),
        ("", 400),
    ],
)
def test_host_names(app: Starlette, host: str, status: int) -> None:
    assert asgi(app, "/healthz", headers={"host": host}).status == status


@pytest.mark.parametrize(
    "path", ["/nope", "/a/b/c", "/static/js/nope.js", "/index.html", "/glasfaser/_x", "/kennzahlen\x00"]
)
def test_an_unknown_path_is_a_404_in_the_visitors_language(app: Starlette, path: str) -> None:
    answer = asgi(app, path + "?lang=en")
    assert answer.status in (400, 404)
    if answer.status == 404:
        assert b'<html lang="en">' in answer.body and b'href="/glasfaser?lang=en"' in answer.body
        assert answer.headers["cache-control"] == "no-store"


# --- files


def test_a_file_has_its_hash_in_its_address(app: Starlette) -> None:
    answer = asgi(app, assets.url("icon.svg"))
    assert answer.status == 200 and answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    zipped = asgi(app, assets.url("icon.svg"), headers={"accept-encoding": "gzip"})
    assert gzip.decompress(zipped.body) == answer.body
    font = asgi(app, assets.url("IBMPlexSans-Regular-Latin1.woff2"), headers={"accept-encoding": "gzip"})
    assert font.body[:4] == b"wOF2" and "content-encoding" not in font.headers


@pytest.mark.parametrize("name", ["icon.svg", "icon.00000000.svg", "..%2fapp.py", "../texts/web.toml", "OFL.txt"])
def test_no_other_file_is_served(app: Starlette, name: str) -> None:
    assert asgi(app, f"/assets/{name}").status in (400, 404)


def test_streamlit_s_own_letters_are_not_fetched() -> None:
    """170 kB for the moment before our theme arrives."""
    (sheet,) = (compression.streamlit_static() / "static" / "css").glob("index.*.css")
    sent = gzip.decompress(compression._pack(sheet, False))
    assert b"font-family:Source Sans" in sheet.read_bytes() and b"font-family:Source Sans" not in sent
    assert b"Material Symbols" in sent


def test_the_fonts_in_the_style_sheet_are_there() -> None:
    known = {asset.address: name for name, asset in assets.assets().items()}
    right = {name: asset.address for name, asset in assets.assets().items() if name.endswith(".woff2")}
    asked = re.findall(r'url\("(.*?\.woff2)"\)', (assets.FOLDER / "smartvest.css").read_text(encoding="utf-8"))
    assert len(asked) == 5
    for face in asked:
        assert face in known, f"{face} is not a file's address; smartvest.css needs one of {right}"
    assert "fontFaces" not in CONFIG["theme"]  # would travel with every run of every page


def test_streamlits_scripts_go_zipped(app: Starlette) -> None:
    script = next(documents.streamlit_static().glob("static/js/index.*.js"))
    path = f"/static/js/{script.name}"
    zipped = asgi(app, path, headers={"accept-encoding": "gzip"})
    assert gzip.decompress(zipped.body) == script.read_bytes() and len(zipped.body) < script.stat().st_size / 2
    assert "immutable" in zipped.headers["cache-control"] and zipped.headers["content-type"].startswith(
        "text/javascript"
    )
    plain = asgi(app, path)
    assert plain.body == script.read_bytes() and "immutable" in plain.headers["cache-control"]


def test_many_visitors_one_zipping(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 0

    def slow(body: bytes, level: int) -> bytes:
        nonlocal count
        count += 1
        return body[:4]

    monkeypatch.setattr(compression.gzip, "compress", slow)
    store = compression.CompressedStatic(lambda *_: None)  # type: ignore[arg-type,return-value]
    name, path = next(iter(store.files.items()))

    async def ask() -> None:
        await asyncio.gather(*(store.zipped(name, path) for _ in range(50)))

    in_own_loop(ask())
    assert count == 1


# --- health


def test_health(app: Starlette) -> None:
    answer = asgi(app, "/healthz")
    assert answer.status == 200 and answer.body == b'{"status":"ok","snapshot":"2026-11-20-abc"}'
    assert answer.headers["cache-control"] == "no-store"


def test_no_snapshot_is_said_without_details() -> None:
    answer = asgi(Starlette(routes=web.routes(no_snapshot)), "/healthz")
    assert answer.status == 503 and answer.body == b'{"status":"no snapshot"}'


# --- configuration


def test_the_config_is_safe_for_the_public() -> None:
    assert CONFIG["server"]["address"] == "127.0.0.1" and CONFIG["server"]["allowedHosts"]
    assert "*" not in CONFIG["server"]["allowedHosts"]
    assert CONFIG["server"]["enableXsrfProtection"] and CONFIG["server"]["enableCORS"]
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"] == {"showErrorDetails": "none", "showErrorLinks": False, "toolbarMode": "minimal"}
    assert CONFIG["runner"]["postScriptGC"] is False


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" after WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
@pytest.mark.parametrize("ink", ["textColor", "linkColor", "primaryColor", "grayTextColor", "codeTextColor"])
def test_contrast(light: str, ground: str, ink: str) -> None:
    theme = CONFIG["theme"][light]
    bright, dark = sorted((luminance(theme[ink]), luminance(theme[ground])), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 4.5


# --- the real server


def test_a_cold_deep_link_of_the_real_server(server: Server) -> None:
    answer = server.get("/glasfaser?lang=en&ags=05562016", **{"Accept-Encoding": "gzip, deflate, br"})
    html = gzip.decompress(answer.body).decode()
    assert answer.status == 200 and '<html lang="en">' in html
    assert "content-security-policy" in answer.headers and "set-cookie" not in answer.headers
    assert server.get("/glasfaser/").status == 301


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/_stcore/metrics", 404),
        ("/_stcore/agent/openapi.json", 404),
        ("/_stcore/health", 200),
        ("/nope", 404),
        ("/static/nope.js", 404),
        ("/..%2f..%2fetc/passwd", 400),
    ],
)
def test_paths_of_the_real_server(server: Server, path: str, status: int) -> None:
    answer = server.get(path)
    assert answer.status == status
    assert "content-security-policy" in answer.headers and "set-cookie" not in answer.headers


def test_the_real_server_knows_its_name(server: Server) -> None:
    assert server.get("/", Host="evil.example").status == 400
    assert server.get("/", "HEAD").status == 200


def test_the_real_server_has_a_snapshot(server: Server) -> None:
    answer = server.get("/healthz")
    assert answer.status == 200 and b'"status":"ok"' in answer.body
