"""What a steward sees of a command: lines, tables, progress; errors as one sentence each, on stderr."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from smartvest import snapshots, store
from smartvest.contracts import ContractError
from smartvest.facts import FactsError
from smartvest.ingest.records import SourceError
from smartvest.operator import OperatorError
from smartvest.sensors.config import SensorConfigError

out = Console()
err = Console(stderr=True)

KNOWN_ERRORS = (
    SourceError, ContractError, FactsError, snapshots.SnapshotError, store.QueryError, SensorConfigError, OperatorError,
)  # fmt: skip


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Expected failures end with exit code 1 and one sentence."""
    try:
        yield
    except (*KNOWN_ERRORS, OSError) as error:
        fail(in_a_sentence(error))


def fail(message: str, code: int = 1) -> None:
    complain("error:", message)
    raise typer.Exit(code)


def say(message: str) -> None:
    """One line of plain text: what comes from files and publishers is never read as markup, never wrapped."""
    out.print(message, markup=False, highlight=False, soft_wrap=True)


def show(table: Table) -> None:
    """A table in full: folded in a terminal, as wide as it needs to be in a pipe. Nothing is cut."""
    for column in table.columns:
        column.overflow = "fold"
    wide = out.measure(table, options=out.options.update(max_width=100_000)).maximum
    (out if out.is_terminal else Console(width=max(wide, 1))).print(table)


def complain(mark: str, message: str, style: str = "bold red") -> None:
    err.print(Text(mark, style=style), " ".join(message.split()), markup=False, highlight=False, soft_wrap=True)


def in_a_sentence(error: BaseException) -> str:
    """An error as one sentence; one that nobody foresaw says where, for the bug report."""
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
    if isinstance(error, KNOWN_ERRORS):
        return str(error)
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"unexpected {type(error).__name__} in {Path(where.filename).name}:{where.lineno}: {error}; please report it"


@contextmanager
def progress(hidden: bool = False) -> Iterator[Progress]:
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=hidden or not err.is_terminal) as bar:
        yield bar
