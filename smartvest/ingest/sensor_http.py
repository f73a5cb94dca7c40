"""One deployment's server: its host only, its token only there, limits on size and time; one failed answer among many.

Tokens come from the environment and go nowhere but into the request: not into the file's address (``Raw.url``), not
into an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, overload
from urllib.parse import urljoin, urlsplit

from smartvest.ingest import http
from smartvest.ingest.records import Raw, SourceError
from smartvest.sensors import config
from smartvest.sensors.config import Deployment, FieldMap, Sensor, SensorConfigError

MOST_BYTES = 200_000_000
SECONDS = 120
NOTHING = {"missing": "answered with status 404", "empty": "answered with an empty body"}


GIVE_UP = 3  # failures in a row after which a server is left alone until the next update

Ask = Callable[[], Iterable[Raw]]  # one question to a server: its files, none when there is nothing new


def collect(loader: str, into: Path, asks_of: Callable[[Door], Iterable[Ask]], bearer: bool = False) -> Iterator[Raw]:
    """Every deployment's answers, one by one. A failed one does not keep the others back; all are told at the end.

    A deployment without a url is fed by `listen` or by files and is not asked. Raises SourceError after the last file.
    """
    failed: list[str] = []
    for deployment in config.current().of(loader):
        if not deployment.url:
            continue
        in_a_row = 0
        try:
            for ask in asks_of(Door(deployment, into, bearer and bool(deployment.token_env))):
                try:
                    yield from ask()
                    in_a_row = 0
                except SourceError as error:
                    failed.append(str(error))
                    in_a_row += 1
                    if in_a_row == GIVE_UP:
                        break
        except SourceError as error:
            failed.append(str(error))
    if failed:
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        raise SourceError(failed[0] + more)


class Door:
    """Downloads for one deployment into a folder."""

    def __init__(self, deployment: Deployment, into: Path, bearer: bool = False):
        if not deployment.host or (urlsplit(deployment.url).scheme != "https" and deployment.host not in http.LOOPBACK):
            raise SourceError(f"deployment {deployment.id}: url must begin with https://")
        self.deployment = deployment
        self.into = into
        self.now = datetime.now(UTC)
        self.since = self.now - timedelta(days=deployment.lookback_days)
        self.headers: dict[str, str] = {}
        if bearer:
            try:
                self.headers["Authorization"] = f"Bearer {deployment.token()}"
            except SensorConfigError as error:
                raise SourceError(str(error)) from None
        self._pages = 0

    def measured(self) -> Iterator[tuple[Sensor, FieldMap]]:
        """Every sensor of the deployment with every field it is to give."""
        for sensor in self.deployment.sensors:
            for field in sensor.fields if sensor.fields is not None else self.deployment.fields:
                yield sensor, field

    @overload
    def get(self, path: str, name: str, accept: str, or_none: Literal[""] = "") -> Raw: ...
    @overload
    def get(self, path: str, name: str, accept: str, or_none: Literal["missing", "empty"]) -> Raw | None: ...

    def get(self, path: str, name: str, accept: str, or_none: str = "") -> Raw | None:
        """The answer under the deployment's url as ``into/name``; None for the kind of nothing that is no error."""
        url = self.deployment.url.rstrip("/") + path
        try:
            raw = self._download(url, accept)
        except SourceError as error:
            if or_none and str(error).endswith(NOTHING[or_none]):
                return None
            raise
        target = self.into / re.sub(r"[^A-Za-z0-9._-]", "_", name)
        raw.path.replace(target)
        raw.path.parent.rmdir()
        return Raw(target.name, target, raw.fetched_at, raw.url)

    def ask(self, path: str, name: str, accept: str, or_none: Literal["", "missing"] = "") -> Ask:
        """The same, later."""
        return lambda: (
            [self.get(path, name, accept)] if not or_none else filter(None, [self.get(path, name, accept, or_none)])
        )

    def follow(self, link: str) -> Raw:
        """The page behind a nextLink. Another host is refused: the token would travel there."""
        ours = urlsplit(self.deployment.url)
        try:
            parts = urlsplit(urljoin(self.deployment.url.rstrip("/") + "/", link))
            port = parts.port
        except ValueError:
            raise SourceError(f"deployment {self.deployment.id}: a nextLink is no address") from None
        if parts.scheme == "http" and ours.scheme == "https" and port is None:  # a server that does not know its proxy
            parts, port = parts._replace(scheme="https"), ours.port
        if (parts.scheme, parts.hostname, port) != (ours.scheme, ours.hostname, ours.port):
            raise SourceError(f"deployment {self.deployment.id}: a nextLink leads to another host; not followed")
        return self._download(parts._replace(netloc=ours.netloc).geturl(), "application/json")

    def _download(self, url: str, accept: str) -> Raw:
        self._pages += 1
        folder = self.into / f".{self.deployment.id}-{self._pages:05d}"
        folder.mkdir(parents=True, exist_ok=True)
        return http.download(
            url,
            hosts=[self.deployment.host],
            max_bytes=MOST_BYTES,
            deadline_s=SECONDS,
            accept=accept,
            headers=self.headers,
            into=folder,
        )
