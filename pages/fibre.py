"""Glasfaser: who can get it, where not yet, and how fast it comes."""

from smartvest.ui import blocks, fibre_map, view

v = view()
t = v.t

blocks.title(t("fibre.title", area=v.area))
fibre_map.explorer(v)
