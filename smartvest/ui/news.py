"""What is new in this snapshot, in sentences."""

from __future__ import annotations

from smartvest import formats, snapshots
from smartvest.changes import Change, changes
from smartvest.paths import data_dir
from smartvest.ui.view import View


def news(view: View) -> list[str]:
    """A sentence a dataset that changed since the snapshot before; one sentence if there is none before it."""
    new = view.store.manifest
    if new.previous is None:
        return [view.t("overview.news_first", count=len(new.datasets) - 1)]
    try:
        old = snapshots.manifest(data_dir(), new.previous)
    except snapshots.SnapshotError:
        return [view.t("overview.news_first", count=len(new.datasets) - 1)]
    return [_sentence(change, view) for change in changes(new, old)] or [view.t("overview.news_none")]


def _sentence(change: Change, view: View) -> str:
    source = view.store.sources.get(change.dataset)
    return view.t(
        f"overview.news_{change.kind}",
        title=source.title[view.lang] if source else change.dataset,
        rows=view.number(change.rows),
        before=formats.date(change.as_of_before, view.lang)
        if change.kind == "newer"
        else view.number(change.rows_before),
        date=formats.date(change.as_of, view.lang),
    )
