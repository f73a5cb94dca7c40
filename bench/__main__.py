"""`python -m bench [NAME …]`: run the benchmarks (all bench/*.py with a main) and print their figures as one table.

--list            what there is
--write FILE      put the table, date and machine between the marks of a Markdown file (docs/performance.md)
--option K=V      handed to every benchmark as an environment variable (BENCH_SESSIONS=20)
"""

from __future__ import annotations

import argparse
import ast
import os
import platform
import subprocess
import sys
from datetime import date
from pathlib import Path

from bench.report import Line, number, read

FOLDER = Path(__file__).resolve().parent
BEGIN, END = "<!-- figures: written by python -m bench --write -->", "<!-- end of figures -->"
LONG = {"soak"}  # has a command of its own: make soak


def benchmarks() -> list[str]:
    """Every file here that defines main()."""
    return [path.stem for path in sorted(FOLDER.glob("*.py")) if not path.stem.startswith("_") and _has_main(path)]


def _has_main(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body)


def run(name: str) -> tuple[list[Line], str]:
    """The figures of one benchmark, shown as they come, and its last words where it failed without any."""
    print(f"--- {name}", flush=True)
    lines: list[Line] = []
    last = ""
    process = subprocess.Popen(
        [sys.executable, "-m", f"bench.{name}"],
        cwd=FOLDER.parent,
        env=os.environ | {"PYTHONPATH": str(FOLDER.parent), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    for text in process.stdout:
        print("   ", text, end="", flush=True)
        last = text.strip() or last
        line = read(text)
        if line:
            lines.append(line)
    status = process.wait()
    return lines, "" if lines or status == 0 else (last or f"ended with status {status}")


def table(results: dict[str, tuple[list[Line], str]]) -> str:
    rows = [("benchmark", "what", "measured", "limit", "", "detail")]
    for name, (lines, failed) in results.items():
        rows += [
            (name, line.what, f"{number(line.value)} {line.unit}", number(line.limit), _verdict(line), line.more)
            for line in lines
        ]
        if failed:
            rows.append((name, "failed", "", "", "**failed**", failed[:80]))
    head = "| " + " | ".join(rows[0]) + " |\n|" + " --- |" * len(rows[0])
    return "\n".join([head, *("| " + " | ".join(row) + " |" for row in rows[1:])])


def _verdict(line: Line) -> str:
    return "ok" if line.ok else "**over**"


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        cpu = next((text.split(":", 1)[1].strip() for text in file if text.startswith("model name")), cpu)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{date.today():%Y-%m-%d}, {os.cpu_count()} cores {cpu}, Python {platform.python_version()}; load {load}"


def write(path: Path, words: str) -> None:
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n{words}\n{END}{after}", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="How quick smartVEST is, against its limits.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--option", action="append", default=[], metavar="K=V")
    given = parser.parse_args()
    known = benchmarks()
    if given.list:
        print("\n".join(known))
        return 0
    unknown = [name for name in given.names if name not in known]
    if unknown:
        print(f"no benchmark {unknown[0]}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    os.environ.update(dict(option.split("=", 1) for option in given.option))
    results = {name: run(name) for name in given.names or [name for name in known if name not in LONG]}
    words = f"{machine()}\n\n{table(results)}"
    print("\n" + words)
    if given.write:
        write(given.write, words)
    return int(any(failed or not all(line.ok for line in lines) for lines, failed in results.values()))


if __name__ == "__main__":
    raise SystemExit(main())
