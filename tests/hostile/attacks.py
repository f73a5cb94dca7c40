"""What strangers may send, and what must not come back."""

from __future__ import annotations

import socket
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from bench.client import Visitor
from tests.serving import Server, in_own_loop

# Each as it would be typed; sent quoted in the address and raw through the websocket.
ATTACKS = {
    "sql": "05562024' or 1=1; drop table towns --",
    "sql_union": "05562' union select * from read_csv('/etc/passwd') --",
    "script": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)" x="',
    "template": "{{7*7}}${7*7}#{7*7}%s%n{0.__class__}",
    "up": "../../../../etc/passwd",
    "up_quoted": "..%2f..%2f..%2fetc%2fpasswd",
    "absolute": "/etc/passwd",
    "file_url": "file:///etc/passwd",
    "null": "05562024\x00.sql",
    "control": "05562024\r\nSet-Cookie: a=b\r\n\r\n<h1>x</h1>\x1b[31m\x07\x08",
    "long": "9" * 100_000,
    "other_town": "05515000",
    "other_county": "05562",
    "half": "0556",
    "spaces": " 05562024 ",
    "arabic_digits": "٠٥٥٦٢٠٢٤",
    "full_width": "０５５６２０２４",
    "right_to_left": "\u202e42026550\u202c",
    "zero_width": "0556\u200b2024",
    "combining": "Mar\u0308l" + "\u0301" * 500,
    "lone_surrogate": "%ed%a0%80",
    "overlong": "%c0%ae%c0%ae%c0%af",
    "emoji": "🏴‍☠️" * 50,
    "list": '["05562024","05562028"]',
    "object": '{"$ne":null}',
    "number": "1e309",
    "minus": "-1",
    "none": "None",
    "nan": "nan",
    "date": "2021-02-30",
    "far_date": "99999-12-31",
    "pointer": "CURRENT",
    "snapshot": "2026-11-23-000000000000",
    "dunder": "__class__",
    "state": "_view",
    "shell": "$(touch /tmp/smartvest-was-here); `id`",
    "empty": "",
}
PARAMETERS = ["ags", "lang", "technik", "mbits", "stand", "feld", "datensatz", "snapshot", "embed", "_view"]
SECRETS = ["Traceback", "root:x:", 'File "/', "site-packages", "duckdb.", "QueryError", "KeyError"]
WRONG = ["Fehlernummer", "error number"]  # our own sentence for a page that broke


def innocent(words: str) -> None:
    """Nothing of our inside is in `words`."""
    assert not [secret for secret in SECRETS if secret in words]


def raw(server: Server, request: bytes) -> bytes:
    """Bytes on a socket of its own: what no client library would send. The beginning of the answer."""
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=30) as line:
        line.sendall(request)
        answer = b""
        with suppress(ConnectionResetError):  # a request of more than 64 kB is refused before it is read
            while chunk := line.recv(65536):
                answer += chunk
                if len(answer) > 2**20:
                    break
    return answer


def get(server: Server, target: str, host: str = "localhost") -> tuple[int, str]:
    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("utf-8", "surrogatepass")
    answer = raw(server, request)
    status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0
    return status, answer.decode("utf-8", "replace")


def run(work: Awaitable[Any]) -> Any:
    async def all_of_it() -> Any:
        return await work

    return in_own_loop(all_of_it())


async def first_run(visitor: Visitor) -> str:
    async with visitor:
        found = await visitor.run()
        return found.html
