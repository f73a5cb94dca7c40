"""A Chromium, and visits to our pages that watch what they load."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tests.browser.looking import Watch, settled
from tests.serving import Server

expect.set_options(timeout=30_000)  # ms; maps are drawn without a graphics card, on machines that others use too

# no sandbox: CI runs as root; CI has no graphics card: the page is composed on the CPU (through software GL it took another
# 1 to 2 s of CPU a page), only what maps draw goes through software GL
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
]

HERE = {"locale": "de-DE", "timezone_id": "Europe/Berlin"}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium from SMARTVEST_CHROMIUM, the PATH, or playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = os.environ.get("SMARTVEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    ours = psutil.Process()
    before = set(ours.children())
    with sync_playwright() as playwright:
        driver = set(ours.children()) - before
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
        for (
            process
        ) in driver:  # asked to end by the closing of its pipe it did not always, and playwright waits for ever
            process.kill()


@pytest.fixture(scope="session")
def returning(browser: Browser) -> BrowserContext:
    """Where visitors come from whose browser has our scripts already: a second of CPU less a visit."""
    return browser.new_context(**HERE)


@contextmanager
def visitor(
    context: BrowserContext, home: str, expected: list[str] | None = None, width: int = 1280, **media: Any
) -> Iterator[Page]:
    """A visitor without cookies and storage. At the end: an error if a page asked another host or wrote an error to the console
    (a broken content security policy does). `expected` holds words of errors that a test provokes; `media` is that of
    playwright's emulate_media (color_scheme, reduced_motion)."""
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(**media)
    page.set_default_timeout(60_000)
    watch = Watch(urlsplit(home).netloc, expected=expected or [])
    watch.over(page)
    yield page
    with suppress(Error):  # a page that never loaded has no storage
        page.evaluate("localStorage.clear(), sessionStorage.clear()")
    page.close()
    context.clear_cookies()
    watch.check()


@pytest.fixture
def visit(returning: BrowserContext, server: Server) -> Iterator[Callable[..., Page]]:
    """visit("/glasfaser?lang=en", width=375, dark=True): a visitor's page, settled. `base` is another server's url; further
    options are those of `visitor`."""
    with ExitStack() as visitors:

        def open_page(
            path: str, width: int = 1280, dark: bool = False, base: str | None = None, **options: Any
        ) -> Page:
            scheme = "dark" if dark else "light"
            home = base or server.url
            page = visitors.enter_context(visitor(returning, home, width=width, color_scheme=scheme, **options))
            page.goto(home + path)
            return settled(page)

        yield open_page


@pytest.fixture(scope="module")
def stay(browser: Browser, returning: BrowserContext, server: Server) -> Callable[..., Any]:
    """`with stay(path, width, scheme) as page`: a visitor who stays on one page while test after test looks at it; with
    ``cold`` one whose browser has nothing of ours."""

    @contextmanager
    def open_page(path: str, width: int, scheme: str, cold: bool = False) -> Iterator[Page]:
        context = browser.new_context(**HERE) if cold else returning
        with visitor(context, server.url, width=width, color_scheme=scheme) as page:
            page.goto(server.url + path)
            yield settled(page)
        if cold:
            context.close()

    return open_page
