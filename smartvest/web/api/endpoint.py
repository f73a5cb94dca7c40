"""From a plain function to an HTTP answer: methods, threads, conditional requests, gzip, CORS, problems.

A handler is a synchronous function ``Ask -> Answer`` that may take its time: it runs in a thread of the API's own small
pool, so that neither the event loop nor the visitors' pages wait for it.
"""

from __future__ import annotations

import gzip
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from smartvest import snapshots, store
from smartvest.parameters import ParameterError
from smartvest.paths import data_dir
from smartvest.publishing import load_publishing
from smartvest.web.api.problems import Problem
from smartvest.web.api.ranges import settled

log = logging.getLogger(__name__)

THREADS = 4  # at a time; more only queue for the same two cores
WAITING = 200  # requests in the queue; the next is told to come back
WORTH_ZIPPING = 1_000  # bytes
ALLOWED = "GET, HEAD, OPTIONS"
EXPOSED = "Content-Disposition, Content-Range, ETag, Link, X-Snapshot, X-Total-Count"
HOST = re.compile(r"[A-Za-z0-9.\-]{1,255}(:\d{1,5})?|\[[0-9A-Fa-f:]{2,45}\](:\d{1,5})?")


class NotModified(Exception):
    """The visitor has it already; carries its tag."""


@dataclass
class Answer:
    """What a handler gives: bytes, or a file (then byte ranges work). ``etag`` with its quotes."""

    body: bytes | Path
    media_type: str
    etag: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Ask:
    """What a handler is asked."""

    path: dict[str, Any]
    params: dict[str, list[str]]
    headers: Mapping[str, str]
    data: Path
    url: str  # of this request, without its query
    origin: str  # scheme and host the visitor used

    @cached_property
    def base(self) -> str:
        """Start of every absolute link: the public address of data/publishing.toml, else the one that was used."""
        return load_publishing(self.data / "publishing.toml").public_url or self.origin

    def one(self, name: str, default: str) -> str:
        """The only value of a parameter. Raises Problem when it is given twice."""
        values = self.params.get(name, [default])
        if len(values) != 1:
            raise Problem(400, f"{name} is given more than once", parameter=name, allowed="one value")
        return values[0]

    def only(self, *names: str) -> None:
        """Raises Problem for a parameter that is not among ``names``."""
        for name in self.params:
            if name not in names:
                allowed = list(names)
                raise Problem(400, f"there is no parameter {name[:80]!r} here", parameter=name[:80], allowed=allowed)

    def choice(self, name: str, options: list[str]) -> str:
        """One of ``options``; the first is the default."""
        value = self.one(name, options[0])
        if value not in options:
            raise Problem(400, f"{name} can't be {value[:80]!r}", parameter=name, allowed=options)
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        text = self.one(name, str(default))
        if not re.fullmatch(r"[0-9]{1,16}", text) or not low <= int(text) <= high:
            allowed = f"a whole number from {low} to {high}"
            raise Problem(400, f"{name} can't be {text[:80]!r}", parameter=name, allowed=allowed)
        return int(text)

    def store(self) -> store.Store:
        """The snapshot named by ``snapshot``, else the published one. Never other data than was asked for."""
        if "snapshot" not in self.params:
            return store.current(self.data)
        wanted = self.one("snapshot", "")
        newest = [snapshots.current_id(self.data) or "none"]
        try:
            return store.at(wanted, self.data)
        except snapshots.UnknownSnapshot as error:
            status = 410 if isinstance(error, snapshots.ExpiredSnapshot) else 404
            if not snapshots.ID_FORM.fullmatch(wanted):
                status = 400
            raise Problem(status, str(error), parameter="snapshot", allowed=newest) from None
        except snapshots.DamagedSnapshot as error:
            raise Problem(503, str(error), parameter="snapshot", allowed=newest) from None

    def unless_known(self, etag: str) -> None:
        """Ends the answer with 304 when the visitor has ``etag`` already (weak comparison, RFC 9110)."""
        known = self.headers.get("if-none-match", "")
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        if known.strip() == "*" or etag.removeprefix("W/") in tags:
            raise NotModified(etag)

    @property
    def takes_gzip(self) -> bool:
        for part in self.headers.get("accept-encoding", "").lower().split(","):
            coding, _, weight = part.strip().partition(";")
            if coding.strip() in ("gzip", "*"):
                return not re.fullmatch(r"q=0(\.0*)?", weight.strip())
        return False


class Endpoint:
    """An ASGI application around one handler (for ``Route(path, Endpoint(handler))``: it answers every method)."""

    limiter: CapacityLimiter | None = None  # of all endpoints together, made inside the running loop
    loop_of_limiter: Any = None

    def __init__(self, handler: Callable[[Ask], Answer], data: Path | None = None):
        self.handler = handler
        self.data = data

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method == "OPTIONS":
            more = {"Access-Control-Allow-Methods": ALLOWED, "Access-Control-Allow-Headers": "*", "Allow": ALLOWED}
            await _send(send, 204, _common() | more, b"")
            return
        if method not in ("GET", "HEAD"):
            problem = Problem(405, f"{method[:20]} does nothing here; the API only reads", allowed=["GET", "HEAD"])
            await _send_answer(scope, receive, send, _as_answer(problem, {"Allow": ALLOWED}))
            return
        limiter = self._limiter()
        if limiter.statistics().tasks_waiting > WAITING:
            problem = Problem(503, "too many requests at once; please try again in a few seconds")
            await _send_answer(scope, receive, send, _as_answer(problem, {"Retry-After": "5"}))
            return
        ask = self._ask(Request(scope))
        answer = await to_thread.run_sync(self._answer, ask, limiter=limiter)
        await _send_answer(scope, receive, send, answer)

    def _ask(self, request: Request) -> Ask:
        params: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            params.setdefault(name, []).append(value)
        host = request.headers.get("host", "")
        origin = f"{request.url.scheme}://{host if HOST.fullmatch(host) else 'localhost'}"
        url = origin + request.url.path
        return Ask(dict(request.path_params), params, request.headers, self.data or data_dir(), url, origin)

    def _answer(self, ask: Ask) -> Answer:
        """In the thread: the handler, its failures as problems, and the zipping."""
        try:
            answer = self.handler(ask)
            if answer.etag:
                ask.unless_known(answer.etag)
            if isinstance(answer.body, bytes) and ask.takes_gzip and len(answer.body) >= WORTH_ZIPPING:
                if _zips(answer.media_type):
                    answer.body = gzip.compress(answer.body, 5, mtime=0)
                    answer.headers["Content-Encoding"] = "gzip"
            return answer
        except NotModified as known:
            return Answer(b"", "", status=304, etag=str(known))
        except Problem as problem:
            return _as_answer(problem)
        except ParameterError as error:
            reason = f"{error.name}: {error.reason}"
            return _as_answer(Problem(400, reason, parameter=error.name, allowed=error.allowed))
        except store.QueryTimeout as error:
            return _as_answer(Problem(503, f"{error}; ask for less"))
        except store.AnswerTooLarge as error:
            return _as_answer(Problem(400, str(error)))
        except store.QueryError as error:
            return _as_answer(Problem(400, str(error)))
        except snapshots.SnapshotError as error:
            return _as_answer(Problem(503, str(error)))
        except Exception:
            number = secrets.token_hex(4)
            log.exception("error %s in %s", number, ask.url)
            return _as_answer(Problem(500, f"something went wrong here; please report error {number}"))

    def _limiter(self) -> CapacityLimiter:
        import asyncio

        loop = asyncio.get_running_loop()
        if Endpoint.limiter is None or Endpoint.loop_of_limiter is not loop:
            Endpoint.limiter, Endpoint.loop_of_limiter = CapacityLimiter(THREADS), loop
        return Endpoint.limiter


def _as_answer(problem: Problem, headers: dict[str, str] | None = None) -> Answer:
    body = problem.details.model_dump_json(exclude_none=True).encode()
    headers = {"Cache-Control": "no-store"} | (headers or {})
    return Answer(body, "application/problem+json", headers=headers, status=problem.details.status)


def _common() -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": EXPOSED,
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Accept-Encoding",
    }


def _zips(media_type: str) -> bool:
    return media_type.startswith("text/") or any(word in media_type for word in ("json", "xml", "turtle"))


async def _send_answer(scope: Scope, receive: Receive, send: Send, answer: Answer) -> None:
    headers = _common() | {"Cache-Control": "no-cache"} | answer.headers
    if answer.etag:
        headers["ETag"] = answer.etag
    if isinstance(answer.body, Path):
        try:
            size = (await to_thread.run_sync(answer.body.stat)).st_size
            asked = settled(scope["headers"], scope["method"], size, answer.etag)
        except Problem as problem:
            await _send_answer(scope, receive, send, _as_answer(problem, {"Content-Range": f"bytes */{size}"}))
            return
        response = FileResponse(answer.body, answer.status, headers, answer.media_type)
        await response({**scope, "headers": asked}, receive, send)
        return
    if answer.media_type:
        headers["Content-Type"] = answer.media_type
    if answer.status != 304:
        headers["Content-Length"] = str(len(answer.body))
    await _send(send, answer.status, headers, b"" if scope["method"] == "HEAD" else answer.body)


async def _send(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
