"""One deployment's server: its host only, its token only there, limits on size and time.

Tokens come from the environment and go nowhere but into the request: not into the file's address (``Raw.url``), not
into an error.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, overload
from urllib.parse import urljoin, urlsplit

from smartvest.ingest import http
from smartvest.ingest.records import Raw, SourceError
from smartvest.sensors.config import Deployment, SensorConfigError

MOST_BYTES = 200_000_000
SECONDS = 120


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

    @overload
    def get(self, path: str, name: str, accept: str, may_be_missing: Literal[False] = False) -> Raw: ...
    @overload
    def get(self, path: str, name: str, accept: str, may_be_missing: bool) -> Raw | None: ...

    def get(self, path: str, name: str, accept: str, may_be_missing: bool = False) -> Raw | None:
        """The answer under the deployment's url as ``into/name``."""
        url = self.deployment.url.rstrip("/") + path
        try:
            raw = self._download(url, accept)
        except SourceError as error:
            if may_be_missing and ("404" in str(error) or "empty body" in str(error)):
                return None
            raise
        target = self.into / re.sub(r"[^A-Za-z0-9._-]", "_", name)
        raw.path.replace(target)
        raw.path.parent.rmdir()
        return Raw(target.name, target, raw.fetched_at, raw.url)

    def follow(self, link: str) -> Raw:
        """The page behind a nextLink. Another host is refused: the token would travel there."""
        url = urljoin(self.deployment.url, link)
        parts, ours = urlsplit(url), urlsplit(self.deployment.url)
        if (parts.scheme, parts.hostname, parts.port) != (ours.scheme, ours.hostname, ours.port):
            raise SourceError(f"deployment {self.deployment.id}: a nextLink leads to another host; not followed")
        return self._download(url, "application/json")

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
