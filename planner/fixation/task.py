"""What a search is asked: a window on a ground, and what a screw must hold and keep clear of."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from planner.fixation.shaft import Ground
from planner.fixation.window import Window
from planner.reference.hazards import setting


@dataclass(frozen=True, eq=False, kw_only=True)
class Task:
    """What is searched: a window on a ground, the lengths to choose from, margins (h,) and least purchase.

    ``tip_mm`` is the least and the most bone ahead of the tip; negative where the tip stands past the far cortex.
    """

    window: Window
    ground: Ground
    lengths_mm: tuple[float, ...]
    radius_mm: float
    margins_mm: np.ndarray
    purchase_mm: float
    tip_mm: tuple[float, float] = field(default_factory=lambda: (setting("tip_short_mm"), np.inf))
