"""The shipped nginx site for real, in front of two processes of the app; and what the other shipped files promise."""

from __future__ import annotations

import asyncio
import configparser
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil
import pytest
from typer.testing import CliRunner

from bench.client import Failed, Visitor
from smartvest import cli
from tests.serving import ROOT, Answer, Server, free_port, in_own_loop

DEPLOY = ROOT / "deploy"
SITE = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")


def nginx() -> str:
    """nginx by its path: Debian keeps it where only root looks."""
    found = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
    if not found:
        pytest.skip("no nginx here (make test installs one)")
    return found


def derived(site: str, folder: Path, port: int, upstreams: list[int]) -> str:
    """The shipped site with other ports and paths and without TLS; everything else is as shipped."""
    blocks = re.split(r"(?m)^server \{", site)
    assert len(blocks) == 3 and "return 301" in blocks[1]  # the first server only leads to TLS
    site = blocks[0] + "server {" + blocks[2]
    for shipped, ours in zip((8501, 8502), upstreams):
        assert f"127.0.0.1:{shipped}" in site
        site = site.replace(f"127.0.0.1:{shipped}", f"127.0.0.1:{ours}")
    site = site.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};").replace("listen [::]:443 ssl http2;", "")
    site = re.sub(r"(?m)^\s*ssl_.*\n", "", site)
    site = site.replace("/var/log/nginx", str(folder)).replace("dashboard.example.org", "localhost 127.0.0.1")
    temps = "".join(
        f"    {kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    return f"{user}pid {folder}/pid;\nevents {{ worker_connections 1024; }}\nhttp {{\n{temps}{site}\n}}\n"


@dataclass
class Proxy:
    url: str
    folder: Path
    apps: list[Server]

    def get(self, path: str, **headers: str) -> Answer:
        return Server(self.url, self.folder, self.apps[0].process).get(path, **headers)


@pytest.fixture(scope="module")
def proxy(serve: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """One nginx before two processes for all tests here: a start takes seconds. The last two tests kill one process each,
    so their order counts; each holds alone, too."""
    folder = tmp_path_factory.mktemp("nginx")
    program = nginx()
    apps = [serve(), serve()]
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(derived(SITE, folder, port, [int(app.url.rsplit(":", 1)[1]) for app in apps]))
    command = [program, "-p", str(folder), "-c", str(config), "-e", str(folder / "start.log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
    found = Proxy(f"http://127.0.0.1:{port}", folder, apps)
    for _ in range(100):
        with suppress(OSError):
            found.get("/healthz")
            break
        time.sleep(0.1)
    yield found
    process.terminate()
    process.wait(10)


def serving(apps: list[Server]) -> Server:
    """The process that holds a visitor's websocket."""
    for app in apps:
        port = int(app.url.rsplit(":", 1)[1])
        lines = psutil.Process(app.process.pid).net_connections(kind="tcp")
        if any(line.status == psutil.CONN_ESTABLISHED and line.laddr.port == port for line in lines):
            return app
    raise AssertionError("no process holds a connection")


def test_a_visit_through_nginx(proxy: Proxy) -> None:
    """A cold link, zipped, each header once; closed doors; a page by websocket; nothing personal in the log."""
    answer = proxy.get("/glasfaser?ags=05562024", **{"Accept-Encoding": "gzip"})
    assert answer.status == 200 and answer.headers["content-encoding"] == "gzip"
    assert "max-age" in answer.headers["strict-transport-security"]
    raw = subprocess.run(
        ["curl", "-sI", proxy.url + "/"], capture_output=True, text=True
    ).stdout.lower() if shutil.which("curl") else ""  # fmt: skip
    for name in ("content-security-policy", "x-content-type-options", "referrer-policy", "strict-transport-security"):
        assert raw.count(f"\n{name}:") in ((1,) if raw else (0,)), name
    for path in ("/_stcore/metrics", "/_stcore/upload_file/a/b", "/gibt-es-nicht"):
        assert proxy.get(path).status == 404

    async def visit() -> str:
        async with Visitor(proxy.url, "/glasfaser", "ags=05562024") as visitor:
            return (await visitor.run()).words

    assert "Marl" in in_own_loop(visit())
    written = (proxy.folder / "smartvest.log").read_text()
    assert "127.0.0.0 [" in written and "127.0.0.1" not in written and "05562024" not in written


HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "strict-transport-security")


def test_one_address_cannot_take_all_sockets(proxy: Proxy) -> None:
    async def crowd() -> tuple[int, int]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            visitors = [Visitor(proxy.url, http=http) for _ in range(80)]
            results = await asyncio.gather(*(visitor.connect() for visitor in visitors), return_exceptions=True)
            refused = [result for result in results if isinstance(result, Failed)]
            assert all("429" in str(failed) for failed in refused), refused[:1]
            await asyncio.gather(*(visitor.leave() for visitor in visitors))
            return len(results) - len(refused), len(refused)

    inside, refused = in_own_loop(crowd())
    assert inside <= 60 and refused >= 20


def test_a_process_dies_in_the_middle_of_a_session(proxy: Proxy) -> None:
    """The socket breaks, the visitor connects again as a browser does, and the other process draws the same page."""

    async def session() -> tuple[str, str]:
        async with Visitor(proxy.url, "/stadt") as visitor:
            await visitor.run()
            before = await visitor.choose("ags", "Marl")
            gone = serving(proxy.apps)
            gone.process.kill()
            gone.process.wait(10)
            with pytest.raises(Failed, match="closed"):
                while True:
                    await visitor.run()
            await visitor.connect()
            after = await visitor.run()
            assert serving([app for app in proxy.apps if app is not gone])
            return before.words, after.words

    before, after = in_own_loop(session())
    assert "Marl" in before and "Fehlernummer" not in after
    figure = re.search(r"\d{2}\.\d{3}", before)
    assert figure and figure[0] in after
    assert proxy.get("/healthz").status == 200


def test_what_nginx_says_itself(proxy: Proxy) -> None:
    """Inner workings are closed before the application is asked; when no process answers, a sentence comes."""
    closed = proxy.get("/_stcore/metrics")
    assert closed.status == 404 and all(name in closed.headers for name in HEADERS)
    own = proxy.get("/gibt-es-nicht")  # the application's own page, untouched
    assert own.status == 404 and b"/glasfaser" in own.body and b"halben Minute" not in own.body
    assert proxy.get("/smartvest-nginx").status == 404
    for app in proxy.apps:
        app.process.kill()
        app.process.wait(10)
    gone = proxy.get("/glasfaser")
    assert gone.status == 502 and "in einer halben Minute" in gone.body.decode()
    assert all(name in gone.headers for name in HEADERS) and gone.headers["retry-after"] == "30"
    assert "nginx/" not in gone.headers["server"] and "unsafe-eval" not in gone.headers["content-security-policy"]


# --- the other files


def unit(name: str) -> configparser.ConfigParser:
    class Keep(configparser.ConfigParser):
        def optionxform(self, optionstr: str) -> str:
            return optionstr

    parser = Keep(strict=False, interpolation=None)
    parser.read_string((DEPLOY / name).read_text(encoding="utf-8"))
    return parser


def test_the_units_keep_the_service_in(tmp_path: Path) -> None:
    app, update, listen = (unit(f"smartvest{name}.service")["Service"] for name in ("@", "-update", "-listen"))
    for service in (app, update, listen):
        assert service["ProtectSystem"] == "strict" and service["NoNewPrivileges"] == "yes"
        assert service["User"].startswith("smartvest") and service["MemoryMax"]
    assert int(app["LimitNOFILE"]) >= 3000 * 4 + 256  # web/sockets.py: four a visitor
    assert "ReadWritePaths" not in app and update["ReadWritePaths"] == "/var/lib/smartvest"
    basemap = unit("smartvest-basemap.conf")["Service"]  # the only place where the app may leave loopback
    assert app["IPAddressDeny"] == "any" and basemap["IPAddressDeny"] == "" and basemap["CacheDirectory"]
    assert unit("smartvest-update.timer")["Timer"]["Persistent"] == "yes"
    assert listen["ReadWritePaths"] == "/var/lib/smartvest" and listen["Restart"] == "always"
    command = listen["ExecStart"].split(" -m smartvest ")[1].split()
    environment = {"MQTT_HOST": "broker", "MQTT_PORT": "8883"}
    typed = [re.sub(r"\$\{(\w+)\}", lambda m: environment[m[1]], word) for word in command]
    asked = CliRunner().invoke(cli.app, [*typed, "--help"])
    known = CliRunner().invoke(cli.app, [*typed, "--no-such-option"])
    assert asked.exit_code == 0 and "no-such-option" in known.output  # all other options are known
    verify = shutil.which("systemd-analyze")
    if verify:
        for path in DEPLOY.glob("*.service"):
            found = subprocess.run([verify, "verify", "--man=no", str(path)], capture_output=True, text=True)
            assert "Unknown" not in found.stderr and "Failed to parse" not in found.stderr, found.stderr


def test_the_image_holds_what_the_app_needs() -> None:
    words = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    for name in ("app.py", ".streamlit/config.toml", "pages", "queries", "smartvest", "data"):
        assert (ROOT / name).exists() and re.search(rf"(?m)^COPY {re.escape(name)} ", words)
    assert "USER 10001" in words and "--require-hashes" in words
