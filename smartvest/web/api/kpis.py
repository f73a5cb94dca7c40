"""/api/v1/kpis: every indicator, its target, and where each town and the county stand."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from smartvest import definitions
from smartvest.kpis import assess_all
from smartvest.parameters import plain
from smartvest.store import Store, current
from smartvest.towns import AREAS
from smartvest.web.api.endpoint import Answer, Ask
from smartvest.web.api.models import KpiFigure, KpiInfo, KpiList
from smartvest.web.api.queries import etag_of


def list_kpis(ask: Ask) -> Answer:
    """GET /api/v1/kpis?ags=…"""
    ask.only("ags", "snapshot")
    areas = [ask.choice("ags", list(AREAS))] if "ags" in ask.params else list(AREAS)
    store = ask.store()
    found = definitions.of_snapshot(store.manifest, ask.data, store.sources)
    kpis, grouping = found.kpis, found.grouping
    results = assess_all(store, kpis, store.sources, counted_on(ask, store))
    described = KpiList(
        snapshot=store.snapshot_id,
        fields=grouping.fields,
        note=grouping.note,
        kpis=[
            KpiInfo(
                id=kpi.id,
                field=kpi.field,
                title=kpi.title,
                measures=kpi.measures,
                why=kpi.why,
                unit=kpi.unit,
                direction=kpi.direction,
                target=kpi.target,
                target_date=kpi.target_date,
                target_set_by=kpi.target_set_by,
                target_source=kpi.target_source,
                weighting=kpi.weighting,
                datasets=list(kpi.datasets),
                series=f"{ask.base}/api/v1/queries/{kpi.query}"
                + (f"?{urlencode({k: plain(v) for k, v in kpi.params.items()})}" if kpi.params else ""),
                figures=[
                    KpiFigure(
                        ags=r.ags,
                        name=AREAS[r.ags],
                        value=r.value,
                        as_of=r.as_of,
                        value_status=r.value_status,
                        undated=r.undated,
                        status=str(getattr(r.status, "value", r.status)),
                        reason=r.reason,
                        stale=r.stale,
                    )
                    for r in results
                    if r.kpi == kpi.id and r.ags in areas
                ],
            )
            for kpi in kpis
        ],
    )
    body = described.model_dump_json().encode()
    return Answer(body, "application/json", etag_of(body), {"X-Snapshot": store.snapshot_id})


def counted_on(ask: Ask, store: Store) -> date:
    """The day on which figures are old or not: today, of an older snapshot the day it was published (as the pages)."""
    if store.snapshot_id == current(ask.data).snapshot_id:
        return date.today()
    return store.manifest.created_at.date()
