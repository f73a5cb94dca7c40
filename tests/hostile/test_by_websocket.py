"""Attacks through the websocket: names of pages, parameters, states of controls, frames that are no messages."""

from __future__ import annotations

import os
from urllib.parse import quote

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from bench.client import Failed, Visitor
from tests.hostile.attacks import ATTACKS, PARAMETERS, WRONG, first_run, innocent, run
from tests.serving import ROOT, Server


@pytest.mark.parametrize("name", ATTACKS)
def test_by_websocket(server: Server, name: str) -> None:
    attack = ATTACKS[name]
    quoted = attack if "%" in attack else quote(attack.encode("utf-8", "surrogatepass"))
    for page in ("/", "/glasfaser", "/daten"):
        names = PARAMETERS if len(quoted) < 10_000 else ["ags"]  # a megabyte is refused as a whole, see below
        query = "&".join(f"{parameter}={quoted}" for parameter in names)
        html = run(first_run(Visitor(server.url, page, query)))
        assert "sv-footer" in html  # the page was drawn to its end
        assert not [word for word in WRONG if word in html]
        innocent(html)
        if name in ("script", "attribute"):
            assert attack not in html
    assert not os.path.exists("/tmp/smartvest-was-here")


@pytest.mark.parametrize(
    "query", ["ags=05562024&ags=05562028", "ags[]=05562024", "ags", "&&==&", "%", "ags=%zz", "?" * 500]
)
def test_odd_queries(server: Server, query: str) -> None:
    html = run(first_run(Visitor(server.url, "/", query)))
    assert "sv-footer" in html and not [word for word in WRONG if word in html]


@pytest.mark.parametrize(
    "name", ["../app", "smartvest/shell.py", "pages/overview.py", "\x00", "a" * 100_000, "/etc/passwd"]
)
def test_pages_that_are_none(server: Server, name: str) -> None:
    async def ask() -> None:
        async with Visitor(server.url, "/" + name) as visitor:
            try:
                innocent((await visitor.run()).html)
            except Failed as error:
                assert "page not found" in str(error)

    run(ask())
    assert server.get("/healthz").status == 200


def _states(ident: str) -> list[WidgetState]:
    array = WidgetState(id=ident)
    array.string_array_value.data.extend(["05562024"] * 100)
    return [
        WidgetState(id=ident, string_value="<script>alert(1)</script>"),
        WidgetState(id=ident, string_value="x" * 100_000),
        WidgetState(id=ident, string_value='{"selection": {"objects": {"towns": [{"ags": "05515000"}]}}}'),
        WidgetState(id=ident, string_value='{"selection": {"objects": 7}}'),
        WidgetState(id=ident, string_value="{broken"),
        WidgetState(id=ident, int_value=-(2**40)),
        WidgetState(id=ident, double_value=float("nan")),
        WidgetState(id=ident, bool_value=True),
        WidgetState(id=ident, bytes_value=b"\xff" * 1000),
        WidgetState(id=ident, json_value='{"a":' * 5000),
        WidgetState(id=ident, trigger_value=True),
        array,
    ]


@pytest.mark.parametrize("number", range(12))
@pytest.mark.parametrize("control", ["ags", "overview_map"])
def test_choices_that_are_none(server: Server, control: str, number: int) -> None:
    """A list answered with what it does not offer: the page stays, or our own sentence comes; nothing of the inside."""

    async def ask() -> str:
        async with Visitor(server.url) as visitor:
            await visitor.run()
            state = _states(visitor.widgets[control].id)[number]
            visitor._states[state.id] = state
            return (await visitor.run()).html

    html = run(ask())
    assert "sv-footer" in html or [word for word in WRONG if word in html]
    innocent(html)
    assert "<script>alert" not in html


def test_frames_that_are_no_messages(server: Server) -> None:
    async def ask(frame: bytes | str) -> None:
        async with Visitor(server.url) as visitor:
            await visitor.run()
            assert visitor._socket is not None
            try:
                if isinstance(frame, str):
                    await visitor._socket.send_str(frame)
                else:
                    await visitor.send(frame)
                while True:
                    message = await visitor.receive(2)
                    innocent(str(message))
            except Failed:
                pass

    whole = BackMsg()
    whole.rerun_script.query_string = "ags=05562024"
    content = whole.SerializeToString()
    for frame in (b"", b"\xff" * 100, os.urandom(500), content[:-3], content + b"\xff\xff", b"x" * 2_000_000, "text"):
        run(ask(frame))
        assert server.get("/healthz").status == 200
    assert "sv-footer" in run(first_run(Visitor(server.url)))


def test_messages_nobody_needs_do_not_reach_streamlit(server: Server) -> None:
    """clear_cache empties for all, load_git_info tells the branch, install_skills writes files: none has an effect."""

    async def ask() -> list[str]:
        kinds = []
        async with Visitor(server.url) as visitor:
            await visitor.run()
            for _ in range(20):
                await visitor.send(BackMsg(clear_cache=True))
                await visitor.send(BackMsg(load_git_info=True))
            operation = BackMsg()
            operation.backend_operation_request.install_skills.SetInParent()
            await visitor.send(operation)
            try:
                while True:
                    kinds.append(str((await visitor.receive(1)).WhichOneof("type")))
            except Failed:
                pass
            after = await visitor.choose("ags", "Marl")
            assert "Marl" in after.words  # the session is alive
        return kinds

    assert set(run(ask())) <= {"session_event", "session_status_changed"}


def test_nothing_of_ours_lies_in_streamlits_cache() -> None:
    """Whoever finds another way to empty it empties nothing."""
    for path in [*ROOT.glob("smartvest/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "app.py"]:
        words = path.read_text(encoding="utf-8")
        assert "st.cache_data" not in words and "st.cache_resource" not in words, path
