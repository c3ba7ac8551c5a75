"""Which of two acceptable trajectories a surgeon would rather have: the weights stand in one table."""

from __future__ import annotations

from functools import cache

import numpy as np

from planner.fixation.aim import NotPossible
from planner.fixation.anchor import TOGETHER, BreachProbability
from planner.fixation.site import Side
from planner.fixation.window import Window
from planner.reference.tables import rows
from planner.reference.techniques import AUTO, techniques_at

# One step off a technique's own choice: mm of entry, degrees of aim.
_STEP = np.array([1.0, 1.0, 4.0, 4.0])


def cost(breach: BreachProbability, purchase_mm: float, cephalad_deg: float, steps_off: float, technique: str) -> float:
    """Weighted sum of risk, lost purchase, steepness and strangeness; less is better."""
    lateral_mass = _of_technique()
    steep = max(0.0, cephalad_deg - weight("steep_from_deg")) if technique in lateral_mass else 0.0
    serious = breach.hazards[TOGETHER]
    others = sum(
        chance.any for name, chance in breach.hazards.items() if name not in (TOGETHER, "vertebral_artery", "canal")
    )
    return (
        weight("breach") * serious.any
        + weight("deep_breach") * serious.over_2mm
        + weight("other_breach") * others
        - weight("purchase") * min(purchase_mm, weight("purchase_enough_mm"))
        + weight("steep") * steep
        + weight("stray") * steps_off
        + lateral_mass.get(technique, 0.0)
    )


def nearest_recognised(side: Side, window: Window, parameters: np.ndarray) -> tuple[str, float]:
    """Return (name, steps off) of the recognised technique nearest to parameters (4,) of a window.

    In a technique's own window that is the technique itself; in the free one the nearest of the level's named
    techniques.
    """
    if window.technique.id != AUTO:
        return window.technique.name, _steps(parameters, window.ideal)
    known = [(name, _steps(parameters, ideal)) for name, ideal in _ideals(side)]
    none = ("no named technique", _steps(parameters, window.ideal))
    return min(known, key=lambda pair: pair[1], default=none)


def _ideals(side: Side) -> tuple[tuple[str, np.ndarray], ...]:
    """The entry and aim that each named lateral mass technique has on this side."""
    found = []
    for technique in techniques_at(side.vertebra.level, "lateral_mass"):
        try:
            found.append((technique.name, side.window(technique).ideal))
        except NotPossible:
            continue
    return tuple(found)


def _steps(parameters: np.ndarray, ideal: np.ndarray) -> float:
    return float(np.linalg.norm((parameters - ideal) / _STEP))


@cache
def weight(id: str) -> float:
    """One weight of preferences.toml."""
    return next(row["value"] for row in rows("preferences", "weight") if row["id"] == id)


@cache
def _of_technique() -> dict[str, float]:
    return {row["id"]: row["value"] for row in rows("preferences", "technique")}
