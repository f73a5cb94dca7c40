"""Glasfaser: who can get it, where not yet, and how fast it comes."""

from smartvest.ui import blocks, fibre_counts, fibre_map, fibre_now, fibre_pace, fibre_past, fibre_rungs, view

v = view()

blocks.title(v.t("fibre.title", area=v.area))
fibre_now.now(v)

fibre_map.explorer(v)

fibre_pace.pace(v)
fibre_counts.without(v)

fibre_past.speeds(v)
fibre_rungs.rungs(v)

fibre_counts.premises(v)
fibre_counts.funded(v)
fibre_past.past(v)

blocks.link(v, v.t("fibre.to_data"), "daten")
