"""What pages share: the view (language, town, snapshot, words, figures) and the blocks a sheet is made of."""

from smartvest.ui.view import View, view

__all__ = ["View", "view"]
