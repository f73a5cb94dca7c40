"""Streamlit's own words in the language of the page: its scripts hold them as English literals and offer no setting.

A German document asks for its scripts at /static-de.<hash>/… instead of /static/…. They are the installed files with
the literals below replaced as they are served. The scripts name one another by relative addresses, so whoever starts in
one folder stays in it, and the hash (of the words and of Streamlit's document, which names each script by its content)
gives a changed word a new address: a browser may keep each file for a year.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache

from smartvest.texts import texts

ENGLISH = "/static/"
ANY_GERMAN = re.compile(r"^/static-de\.[0-9a-f]{8}/")  # an open page keeps asking by the hash it came with
LITERAL = "`{}`"

# key in texts/framework.toml -> the script (its name before the hash) and the literal with the characters around it
# that tell it from the same word elsewhere
PLACES: dict[str, tuple[str, str]] = {
    "close_anyway": ("index", "Continue anyway`:`{}`"),  # before the words around it are German too
    **{
        key: ("index", LITERAL)
        for key in (
            "skip", "navigation", "navigation_more", "try_again", "continue_anyway", "notifications", "tabs_left",
            "tabs_right", "running", "stopping", "stop", "connecting", "connecting_server", "connection_unable",
            "connection_error", "connection_local", "connection_silent", "connection_slow", "bad_message",
            "page_not_found", "page_not_found_text", "page_not_found_main", "navigation_open", "navigation_close",
            "request_closed", "request_slow",
        )
    },
    "close": ("index", '"aria-label":`{}`'),
    "close_dialog": ("index", "children:`{}`"),
    "connection_failed": ("index", "bO=`{}`,xO="),
    "connection_status": ("index", "`{}$"),
    **{f"list_{key}": ("Selectbox", LITERAL) for key in ("empty", "clear", "open", "options")},
    **{f"many_{key}": ("Multiselect", LITERAL) for key in ("empty", "clear", "all", "chosen", "remove", "open")},
    **{f"press_{key}": ("InputInstructions", LITERAL) for key in ("enter", "submit", "apply")},
    "clear_entry": ("TextInput", LITERAL),
    **{key: ("DateInput", LITERAL) for key in (
        "date_clear", "dates_clear", "date_choose", "dates_choose", "date_keys", "dates_label", "dates_quick")},
    "map_clear": ("DeckGlJsonChart", "label:`{}`"),
    **{f"map_{key}": ("DeckGlJsonChart", f"zoom{where}Label:`{{}}`") for key, where in (("in", "In"), ("out", "Out"))},
    **{key: ("useCopyToClipboard", LITERAL) for key in ("copy", "copied")},
    **{key: ("Toolbar", LITERAL if "_" in key else "label:`{}`") for key in ("fullscreen", "fullscreen_close")},
    **{f"chart_{key}": ("ArrowVegaLiteChart", LITERAL) for key in ("show", "data", "png", "spec", "copied")},
    "download_failed": ("DownloadButton", LITERAL),
    "heading_link": ("StreamlitMarkdown", LITERAL),
    **{f"table_{key}": ("DataFrame", "label:`{}`") for key in ("columns", "csv", "search", "clear")},
}  # fmt: skip


def snippets(key: str) -> tuple[str, str]:
    """What stands in the script and what shall stand there."""
    words = texts()[f"framework.{key}"]
    english, german = (PLACES[key][1].replace("{}", words[lang]) for lang in ("en", "de"))
    return english, german


@cache
def changed(stem: str) -> tuple[str, ...]:
    """The keys whose words are in the script `stem` ("index"); empty for a script that is the same in German."""
    return tuple(key for key, (where, _) in PLACES.items() if where == stem)


def in_german(script: str, stem: str) -> str:
    """The script with German words. A literal that is not there stays English; the tests say which."""
    for key in changed(stem):
        script = script.replace(*snippets(key))
    return script


@cache
def folder(lang: str, index: str) -> str:
    """Where a document of `lang` asks for its scripts, "/static/" or "/static-de.1a2b3c4d/"; `index` is Streamlit's."""
    if lang != "de":
        return ENGLISH
    known = index + repr([(key, snippets(key)) for key in PLACES])
    return f"/static-de.{hashlib.sha256(known.encode()).hexdigest()[:8]}/"
