"""The palette keeps its promises: contrast, order of luminance, and difference for colour-blind eyes."""

from __future__ import annotations

import re
import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from smartvest import theme

ROOT = Path(__file__).resolve().parents[1]
MODES = [theme.LIGHT, theme.DARK]
# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.793617785, -0.0040720468],
        [1.9779984951, -2.428592205, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.808675766],
    ]
)


def linear(colour: str) -> np.ndarray:
    c = np.array(theme.rgb(colour)[:3]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def apart(a: str, b: str, sight: str) -> float:
    """Distance in OKLab, in hundredths, as seen by ``sight``."""
    labs = [TO_LAB @ np.cbrt(TO_LMS @ np.clip(SIGHT[sight] @ linear(c), 0, 1)) for c in (a, b)]
    return 100 * float(np.linalg.norm(labs[0] - labs[1]))


@pytest.mark.parametrize("p", MODES, ids=lambda p: p.mode)
def test_words_can_be_read(p):
    for ground in (p.background, p.surface):
        for colour in (p.text, p.muted, p.accent):
            assert contrast(colour, ground) >= 4.5, (colour, ground)
    for name, colour in p.status.items():
        assert contrast(colour, p.background) >= 4.5, name


@pytest.mark.parametrize("p", MODES, ids=lambda p: p.mode)
def test_marks_can_be_seen(p):
    marks = {**p.technology, **p.place, "border": p.border, "context": p.context, "accent": p.accent}
    for name, colour in marks.items():
        assert contrast(colour, p.background) >= 3, name


@pytest.mark.parametrize("p", MODES, ids=lambda p: p.mode)
def test_the_coverage_ramp_darkens_step_by_step(p):
    levels = [luminance(c) for c in p.coverage]
    assert levels == sorted(levels, reverse=True)
    for a, b in zip(p.coverage, p.coverage[1:]):
        assert contrast(a, b) >= 1.2, (a, b)
        assert min(apart(a, b, s) for s in SIGHT) >= 5, (a, b)
    # The ends that fade into the ground are held by the border of the town.
    assert len(p.coverage) == len(theme.COVERAGE_BREAKS) - 1


@pytest.mark.parametrize("p", MODES, ids=lambda p: p.mode)
def test_the_change_ramp_has_a_pale_middle(p):
    middle = len(p.change) // 2
    levels = [luminance(c) for c in p.change]
    assert levels[: middle + 1] == sorted(levels[: middle + 1])
    assert levels[middle:] == sorted(levels[middle:], reverse=True)
    for below, above in zip(p.change[:middle], reversed(p.change[middle + 1 :])):
        assert min(apart(below, above, s) for s in SIGHT) >= 8, (below, above)
    assert len(p.change) == len(theme.CHANGE_BREAKS) - 1


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("p", MODES, ids=lambda p: p.mode)
def test_status_and_technology_stay_apart(p, sight):
    for group in (p.status, p.technology):
        for (a, ca), (b, cb) in combinations(group.items(), 2):
            assert apart(ca, cb, sight) >= 8, (a, b, sight)


def test_every_status_has_its_own_symbol():
    assert len(set(theme.STATUS_SYMBOL.values())) == 6
    assert set(theme.STATUS_SYMBOL) == set(theme.STATUS_SHAPE) == set(theme.LIGHT.status) == set(theme.DARK.status)


def test_classes_hold_their_lower_bound_and_missing_has_none():
    scale = theme.coverage_scale()
    assert [scale.class_of(v) for v in (0, 4.99, 5, 50, 90, 100)] == [0, 0, 1, 4, 6, 6]
    assert scale.class_of(None) is None
    assert scale.class_of(float("nan")) is None
    assert scale.colour(float("nan")) is None
    assert theme.change_scale().class_of(0) == 3
    assert theme.change_scale().class_of(-100) == 0


def test_a_scale_of_other_breaks_spans_the_ramp():
    scale = theme.quantity_scale((0, 100, 200, 400))
    assert scale.colours[0] == theme.LIGHT.coverage[0] and scale.colours[-1] == theme.LIGHT.coverage[-1]
    with pytest.raises(ValueError):
        theme.quantity_scale((0, 2, 1))


def test_mode_falls_back_to_light():
    assert theme.palette("unknown") is theme.LIGHT
    assert theme.palette("dark") is theme.DARK


@pytest.mark.parametrize("p", MODES, ids=lambda p: p.mode)
def test_streamlit_wears_the_same_colours(p):
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"][p.mode]
    same = {
        "primaryColor": p.accent,
        "linkColor": p.accent,
        "backgroundColor": p.background,
        "secondaryBackgroundColor": p.surface,
        "textColor": p.text,
        "codeTextColor": p.text,
        "grayTextColor": p.muted,
    }
    assert {name: config[name] for name in same} == same


def test_the_style_sheet_wears_the_same_colours():
    sheet = (ROOT / "smartvest" / "static" / "smartvest.css").read_text(encoding="utf-8")
    found = dict(re.findall(r"--sv-([\w-]+): (light-dark\(#\w{6}, #\w{6}\))", sheet))
    light, dark = theme.LIGHT, theme.DARK
    same = {
        "accent": (light.accent, dark.accent),
        "accent-soft": (light.accent_soft, dark.accent_soft),
        "muted": (light.muted, dark.muted),
        **{status: (light.status[status], dark.status[status]) for status in light.status},
    }
    assert found == {name: f"light-dark({day}, {night})" for name, (day, night) in same.items()}


def test_the_style_sheet_has_no_colour_of_its_own():
    sheet = (ROOT / "smartvest" / "static" / "smartvest.css").read_text(encoding="utf-8")
    known: set[str] = set()
    for p in MODES:
        for value in vars(p).values():
            group = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
            known |= {colour.upper() for colour in group if colour.startswith("#")}
    assert {c.upper() for c in re.findall(r"#[0-9A-Fa-f]{6}\b", sheet)} <= known
