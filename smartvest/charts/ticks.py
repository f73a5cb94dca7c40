"""Round figures for an axis that a chart draws itself."""

from __future__ import annotations

import math


def ticks(low: float, high: float, count: int = 3) -> list[float]:
    """About ``count`` steps of 1, 2, 2.5 or 5 times a power of ten that enclose ``low`` to ``high``:
    ``(0, 88, 2)`` -> ``[0, 50, 100]``."""
    spread = high - low
    if spread <= 0:
        spread = abs(high) or 1.0
        high = low + spread
    rough = spread / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]
