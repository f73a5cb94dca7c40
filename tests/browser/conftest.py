"""A Chromium, and visits to our pages that watch what they load."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.looking import Watch, settled
from tests.serving import Server

expect.set_options(timeout=30_000)  # ms; maps are drawn without a graphics card, on machines that others use too

# no sandbox: CI runs as root; software GL: maps need WebGL and CI has no graphics card
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium from SMARTVEST_CHROMIUM, the PATH, or playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = os.environ.get("SMARTVEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """visit("/glasfaser?lang=en", width=375, dark=True): a fresh visitor's page, settled.

    The test fails at its end when any of its pages asked another host or wrote an error to the console (a broken
    content security policy does). `expected` holds words of errors that the test provokes, `base` is another
    server's url. Further options go to playwright's new_context (reduced_motion="reduce", …).
    """
    watches: list[Watch] = []
    contexts: list[BrowserContext] = []

    def open_page(
        path: str,
        width: int = 1280,
        dark: bool = False,
        base: str | None = None,
        expected: list[str] | None = None,
        **options: Any,
    ) -> Page:
        base = base or server.url
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            locale=options.pop("locale", "de-DE"),
            timezone_id="Europe/Berlin",
            color_scheme="dark" if dark else "light",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(90_000)
        watch = Watch(urlsplit(base).netloc, expected=expected or [])
        watch.over(page)
        watches.append(watch)
        page.goto(base + path)
        return settled(page)

    yield open_page
    for context in contexts:
        context.close()
    for watch in watches:
        watch.check()
