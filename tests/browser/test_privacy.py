"""The privacy page says what is tested: no cookie, nothing stored, no other host, on every page and in use
(test_pages_in_german.py; `visitor` in conftest.py fails a test whose page asked another host)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


def test_the_privacy_page_says_what_is_tested(visit: Visit) -> None:
    page = visit("/ueber")
    words = page.inner_text("[data-testid=stMain]")
    assert "Cookies setzen wir nicht" in words and "keine andere Stelle" in words
