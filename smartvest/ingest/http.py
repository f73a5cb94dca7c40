"""The only door to the network: a file from an allow-listed host, within a size and a time that are really bounded.

``requests`` alone bounds neither: its timeouts start anew with every byte received (slow headers held it for 122 s with
timeout=(3, 2)), it follows redirects anywhere, and it unpacks a gzip bomb to the end.
"""

from __future__ import annotations

import json
import logging
import os
import re
import socket
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, SSLError
from urllib3.util.retry import Retry

from smartvest.ingest.csv_records import looks_like_html
from smartvest.ingest.records import Raw, SourceError

LOOPBACK = {"127.0.0.1", "localhost", "::1"}  # plain http is for tests on this machine only
AGENT = "smartVEST (open data dashboard of Kreis Recklinghausen)"
REDIRECTS = (301, 302, 303, 307, 308)
MAX_REDIRECTS = 3
CONNECT_S, READ_S = 10, 30  # of one attempt; the deadline bounds them all together
CHUNK = 1 << 16

# urllib3 logs whole addresses, with whatever token stands in the query: DEBUG for each request, WARNING for each retry.
logging.getLogger("urllib3").setLevel(logging.ERROR)


def download(
    url: str,
    *,
    hosts: Collection[str],
    into: Path,
    max_bytes: int = 100_000_000,
    deadline_s: float = 120,
    accept: str | None = None,
    headers: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Raw:
    """GET ``url`` into the directory ``into`` and return the file. Raises SourceError for anything but a whole dataset.

    ``hosts``: the only hosts asked, also by redirect. ``max_bytes`` counts the unpacked bytes. ``deadline_s`` is
    wall-clock time for everything: retries, redirects, headers, body (not for the resolver, which has its own).
    ``headers`` may hold a token; it is sent to the host of ``url`` alone and never appears in an error. ``name``
    replaces the name the server gives.
    """
    with Session(hosts, deadline_s=deadline_s, max_bytes=max_bytes, headers=headers) as session:
        return session.download(url, into, accept=accept, name=name)


class Session:
    """Several requests (pages of an API) under one deadline and one budget of bytes.

    ``with Session(source.hosts, headers={"Authorization": …}) as session: session.get_json(url, params)``
    """

    def __init__(
        self,
        hosts: Collection[str],
        *,
        deadline_s: float = 120,
        max_bytes: int = 100_000_000,
        headers: Mapping[str, str] | None = None,
        retries: int = 3,
    ) -> None:
        self.hosts = frozenset(host.lower() for host in hosts)
        self.max_bytes = max_bytes
        self.left = max_bytes
        self.headers = dict(headers or {})
        self.token_place = ""  # scheme, host and port of the first request: the only ones the headers go to
        self.deadline_s = deadline_s
        self._clock = _Deadline(deadline_s)
        self._requests = requests.Session()
        self._requests.trust_env = False  # no .netrc passwords, no proxy from the environment
        self._requests.headers.clear()
        self._requests.headers.update({"User-Agent": AGENT, "Accept-Encoding": "gzip"})
        for scheme in ("https://", "http://"):
            self._requests.mount(scheme, _adapter(self._clock, retries))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._clock.stop()
        self._requests.close()

    def download(self, url: str, into: Path, accept: str | None = None, name: str | None = None) -> Raw:
        """One file. It appears under its name only when it is whole."""
        into.mkdir(parents=True, exist_ok=True)
        with self._open(url, accept, None) as (answer, final):
            _refuse_html_type(answer, final)
            target = into / _file_name(name or _stated_name(answer, final))
            handle, part = tempfile.mkstemp(dir=into, prefix=".part-")
            try:
                with os.fdopen(handle, "wb") as file:
                    start = b""
                    for piece in self._pieces(answer, final):
                        if len(start) < 1024:
                            start += piece[:1024]
                        file.write(piece)
                if not start.strip():
                    raise SourceError(f"{_shown(final)} answered with an empty body")
                _refuse_html_bytes(start, final)
                os.chmod(part, 0o644)  # mkstemp makes it readable for its owner alone
                os.replace(part, target)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise
        return Raw(target.name, target, datetime.now(UTC), _shown(final))

    def get(self, url: str, params: Mapping[str, str] | None = None, accept: str | None = None) -> bytes:
        """One answer in memory (for pages of an API; files go through ``download``). May be an HTML page."""
        with self._open(url, accept, params) as (answer, final):
            return b"".join(self._pieces(answer, final))

    def get_json(self, url: str, params: Mapping[str, str] | None = None) -> Any:
        """One JSON answer. An HTML page, an empty body and broken JSON are SourceErrors."""
        with self._open(url, "application/json", params) as (answer, final):
            _refuse_html_type(answer, final)
            body = b"".join(self._pieces(answer, final))
        if not body.strip():
            raise SourceError(f"{_shown(final)} answered with an empty body")
        _refuse_html_bytes(body, final)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise SourceError(f"{_shown(final)} answered with something that is not JSON") from None

    @contextmanager
    def _open(self, url: str, accept: str | None, params: Mapping[str, str] | None):
        """The final answer, of status 200, and its address."""
        answer = None
        try:
            for _ in range(MAX_REDIRECTS + 1):
                with self._explained(url):
                    answer = self._get(url, accept, params)
                if answer.status_code not in REDIRECTS or "location" not in answer.headers:
                    break
                with self._explained(url):
                    url, params = urljoin(url, answer.headers["location"]), None
                answer.close()
            else:
                raise SourceError(f"{_shown(url)}: more than {MAX_REDIRECTS} redirects")
            if answer.status_code != 200:
                raise SourceError(f"{_shown(url)} answered with status {answer.status_code}")
            yield answer, url
        finally:
            if answer is not None:
                answer.close()

    def _get(self, url: str, accept: str | None, params: Mapping[str, str] | None) -> requests.Response:
        """One request to an address that has been checked first."""
        place = self._place(url)
        self.token_place = self.token_place or place
        own = self.headers if place == self.token_place else {}
        self._clock.check()
        left = self._clock.left()
        answer = self._requests.get(
            url,
            params=params,
            headers={**({"Accept": accept} if accept else {}), **own},
            stream=True,
            allow_redirects=False,
            timeout=(min(CONNECT_S, left), min(READ_S, left)),
        )
        self._clock.check()
        return answer

    def _place(self, url: str) -> str:
        """``host:port`` of an address that may be asked; SourceError for all others."""
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
        if host not in self.hosts:
            raise SourceError(f"{_shown(url)}: host {host or '(none)'} is not among {', '.join(sorted(self.hosts))}")
        if host not in LOOPBACK and (parts.scheme != "https" or port not in (None, 443)):
            raise SourceError(f"{_shown(url)}: only https on its usual port is asked")
        if parts.scheme not in ("http", "https") or parts.username or parts.password:
            raise SourceError(f"{_shown(url)}: an address is http(s) and holds no password")
        return f"{parts.scheme}://{host}:{port}"

    @contextmanager
    def _explained(self, url: str):
        """Whatever the network raises becomes a SourceError, without the query that the messages of requests repeat."""
        try:
            yield
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            late = not self._clock.left()
            reason = f"takes longer than {self.deadline_s:g} s" if late else f"can't be read ({type(error).__name__})"
            raise SourceError(f"{_shown(url)} {reason}") from None

    def _pieces(self, answer: requests.Response, url: str) -> Iterator[bytes]:
        """The unpacked body in pieces, each checked against the budget and the clock.

        urllib3 2 unpacks no more than asked for at a time, so a bomb is stopped after the first 64 kB too many.
        """
        pieces = answer.iter_content(CHUNK)
        while True:
            with self._explained(url):
                piece = next(pieces, None)
                self._clock.check()  # also at the end: a body of unknown length that the watchdog cut looks whole
            if piece is None:
                return
            self.left -= len(piece)
            if self.left < 0:
                raise SourceError(f"{_shown(url)} is larger than {self.max_bytes:,} bytes")
            yield piece


class _Deadline:
    """A watchdog: at the deadline it shuts every connection of the session, which ends even a read of slow headers."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True
        self._timer.start()

    def left(self) -> float:
        return max(0.0, self.at - time.monotonic())

    def check(self) -> None:
        if not self.left():
            raise TimeoutError

    def wait(self, seconds: float) -> float:
        """``seconds`` if there is time to wait that long; else end now instead of sleeping into the deadline."""
        if seconds > self.left():
            self.at = time.monotonic()
            raise TimeoutError
        return seconds

    def watch(self, sock: socket.socket) -> None:
        with self._lock:
            # A copy of the descriptor: TLS takes the original socket away, shutting the copy ends the connection too.
            self._sockets.append(sock.dup())
        if not self.left():
            self._shut()

    def _shut(self) -> None:
        with self._lock:
            for sock in self._sockets:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # the other side closed it before

    def stop(self) -> None:
        self._timer.cancel()
        with self._lock:
            for sock in self._sockets:
                sock.close()
            self._sockets.clear()


def _adapter(clock: _Deadline, retries: int) -> HTTPAdapter:
    """Connections that the watchdog knows, and retries (of GET only) that never sleep past the deadline."""

    class Patience(Retry):
        def increment(self, *args: Any, **more: Any) -> Self:
            error = more.get("error")
            if isinstance(error, SSLError):  # a wrong certificate is as wrong the second time
                raise error
            return super().increment(*args, **more)

        def get_backoff_time(self) -> float:
            return clock.wait(super().get_backoff_time())

        def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
            seconds = super().get_retry_after(response)
            return clock.wait(seconds) if seconds else seconds

    def watched(kind: Any) -> Any:
        class Watched(kind):
            def _new_conn(self) -> socket.socket:
                clock.check()
                sock = super()._new_conn()
                clock.watch(sock)
                return sock

        return Watched

    class Plain(HTTPConnectionPool):
        ConnectionCls = watched(HTTPConnectionPool.ConnectionCls)

    class Secure(HTTPSConnectionPool):
        ConnectionCls = watched(HTTPSConnectionPool.ConnectionCls)

    adapter = HTTPAdapter(
        max_retries=Patience(
            total=retries,
            redirect=0,
            backoff_factor=0.5,
            status_forcelist=(429, 500, 502, 503, 504),
            allowed_methods=("GET",),
            retry_after_max=60,
            raise_on_status=False,
        )
    )
    adapter.poolmanager.pool_classes_by_scheme = {"http": Plain, "https": Secure}
    return adapter


# --- addresses and names ---------------------------------------------------------------------------------------------


def _shown(url: str) -> str:
    """An address fit for an error message: no user, no query, no fragment, nothing unprintable."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        shown = f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
    except ValueError:
        return "(an address that can't be read)"
    return re.sub(r"[^\x21-\x7e]", "?", shown)[:200]


def _stated_name(answer: requests.Response, url: str) -> str:
    """The file name of Content-Disposition, else the last part of the address."""
    message = Message()
    message["content-disposition"] = answer.headers.get("content-disposition", "")
    return message.get_filename() or unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])


def _file_name(name: str) -> str:
    """A name that stays inside its directory: no path, no leading dot, plain characters, at most 120 of them."""
    plain = re.sub(r"[^A-Za-z0-9._()ÄÖÜäöüß-]+", "_", name.replace("\\", "/").rpartition("/")[2]).lstrip("._")
    return plain[-120:] or "download"


def _refuse_html_type(answer: requests.Response, url: str) -> None:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        raise SourceError(f"{_shown(url)} answered with an HTML page, not a dataset; open it in a browser to see why")


def _refuse_html_bytes(start: bytes, url: str) -> None:
    if looks_like_html(start):
        raise SourceError(f"{_shown(url)} answered with an HTML page, not a dataset; open it in a browser to see why")
