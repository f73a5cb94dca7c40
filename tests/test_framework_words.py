"""Streamlit's own words: each is found in the installed version and German where a German document asks."""

from __future__ import annotations

import asyncio
import gzip
import re

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from smartvest import web
from smartvest.texts import texts
from smartvest.web import documents, framework
from tests.serving import Answer, asgi, in_own_loop

SCRIPTS = documents.streamlit_static() / "static" / "js"
GERMAN = framework.folder("de", documents.index_html())


def script(stem: str) -> str:
    """The name of the one script called `stem`, whatever its hash."""
    (name,) = [path.name for path in SCRIPTS.glob(f"{stem}.*.js") if path.name.rsplit(".", 2)[0] == stem]
    return name


@pytest.fixture(scope="module")
def app() -> Starlette:
    async def inner(request):  # stands for Streamlit's own file server
        return PlainTextResponse(f"inner {request.url.path}")

    routes = [*web.routes(lambda: "2026-11-20-abc"), Route("/{path:path}", inner)]
    return Starlette(routes=routes, middleware=web.middleware(["localhost"]))


def ask(app: Starlette, path: str, zipped: bool = True) -> Answer:
    return asgi(app, path, headers={"accept-encoding": "gzip"} if zipped else {})


@pytest.mark.parametrize("key", framework.PLACES)
def test_the_words_are_in_the_installed_version(key: str) -> None:
    """Fails after an upgrade of Streamlit that moved or reworded something: look where it went."""
    stem, _ = framework.PLACES[key]
    english, _ = framework.snippets(key)
    assert english in (SCRIPTS / script(stem)).read_text(encoding="utf-8"), f"{english} is not in {stem}.*.js"


def test_words_and_places_are_the_same_list() -> None:
    words = {key.removeprefix("framework.") for key in texts() if key.startswith("framework.")}
    assert words == set(framework.PLACES)


@pytest.mark.parametrize("key", framework.PLACES)
def test_german_words_can_stand_in_a_script(key: str) -> None:
    """No quote ends the literal early, and what the script fills in is still filled in."""
    words = texts()[f"framework.{key}"]
    assert "`" not in words["de"] and "\\" not in words["de"]
    assert re.findall(r"\$\{[^}]*\}", words["de"]) == re.findall(r"\$\{[^}]*\}", words["en"])


def test_every_script_with_words_is_german_for_a_german_document(app: Starlette) -> None:
    for stem in {stem for stem, _ in framework.PLACES.values()}:
        name = script(stem)
        plain = (SCRIPTS / name).read_text(encoding="utf-8")
        answer = ask(app, f"{GERMAN}js/{name}")
        german = gzip.decompress(answer.body).decode()
        assert answer.status == 200 and "immutable" in answer.headers["cache-control"]
        for key in framework.changed(stem):
            assert texts()[f"framework.{key}"]["de"] in german, key
        assert ask(app, f"{GERMAN}js/{name}", zipped=False).body.decode() == german
        english = ask(app, f"/static/js/{name}")
        assert gzip.decompress(english.body).decode() == plain


def test_other_files_are_the_same_in_both_folders(app: Starlette) -> None:
    name = script("react-dom")
    assert ask(app, f"{GERMAN}js/{name}").body == ask(app, f"/static/js/{name}").body
    assert ask(app, f"{GERMAN}media/x.woff2").body == b"inner /static/media/x.woff2"


def test_words_of_another_release_are_not_kept(app: Starlette) -> None:
    answer = ask(app, f"/static-de.00000000/js/{script('Selectbox')}")
    assert answer.status == 200 and answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/static-de.xyz/js/a.js", "/static-de.00000000/../app.py", "/static-de/js/a.js"])
def test_no_other_folder(app: Starlette, path: str) -> None:
    assert b"import" not in ask(app, path).body


def test_documents_ask_in_their_folder() -> None:
    for lang, folder in (("de", GERMAN), ("en", "/static/")):
        html = documents.prepared()[lang].plain.decode()
        asked = re.findall(r'(?:src|href)="(/?[^"]*static[^"]*/)(?:js|css)/', html)
        assert asked and set(asked) == {folder}


def test_two_visitors_two_languages_one_copy_each() -> None:
    from smartvest.web.compression import CompressedStatic

    async def both() -> int:
        store = CompressedStatic(lambda *_: None)  # type: ignore[arg-type,return-value]
        path = SCRIPTS / script("Toolbar")
        await asyncio.gather(*(store.zipped("x", path, german) for german in (True, False, True, False)))
        return len(store.copies)

    assert in_own_loop(both()) == 2
