"""How likely an imperfect hand breaches what the plan stays clear of."""

from __future__ import annotations

import numpy as np

from planner.fixation import shaft
from planner.fixation.anchor import Breach, BreachProbability
from planner.fixation.shaft import Ground
from planner.reference.execution import Execution
from planner.reference.hazards import setting

TOGETHER = "artery_or_canal"
_DEEP_MM = 2.0
_STEP_MM = 1.0


def breach_probability(
    ground: Ground,
    entry: np.ndarray,
    direction: np.ndarray,
    length_mm: float,
    radius_mm: float,
    execution: Execution,
    samples: int,
    seed: int,
) -> BreachProbability:
    """Share of Monte Carlo samples whose shaft breaches each hazard, at all and by more than 2 mm.

    Each sample moves the entry across the path on two axes, tilts the path on two axes, and shifts each
    hazard's wall. One seed gives the same draws to every trajectory (common random numbers). The key
    ``artery_or_canal`` counts samples that breach either.
    """
    least = perturbed_clearances(ground, entry, direction, length_mm, radius_mm, execution, samples, seed)
    hazards = {
        name: Breach(any=float((least[:, k] < 0).mean()), over_2mm=float((least[:, k] < -_DEEP_MM).mean()))
        for k, name in enumerate(ground.names)
    }
    worst = [k for k, name in enumerate(ground.names) if name in ("vertebral_artery", "canal")]
    together = least[:, worst].min(axis=1) if worst else np.full(samples, np.inf)
    hazards[TOGETHER] = Breach(any=float((together < 0).mean()), over_2mm=float((together < -_DEEP_MM).mean()))
    return BreachProbability(profile=execution.id, samples=samples, seed=seed, hazards=hazards)


def perturbed_clearances(
    ground: Ground, entry: np.ndarray, direction: np.ndarray, length_mm: float, radius_mm: float,
    execution: Execution, samples: int, seed: int,
) -> np.ndarray:  # fmt: skip
    """Return (samples, h): the clearance of each perturbed shaft from each hazard."""
    rng = np.random.default_rng(seed)
    draws = rng.standard_normal((samples, 4))
    walls = rng.standard_normal((samples, len(ground.names))) * execution.segmentation_sd_mm
    first, second = (v[0] for v in shaft.across(direction[None]))
    offset = execution.entry_sd_mm * (draws[:, :1] * first + draws[:, 1:2] * second)
    tilt = np.tan(np.radians(execution.angle_sd_deg * draws[:, 2:]))
    directions = direction + tilt[:, :1] * first + tilt[:, 1:] * second
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    start, end = setting("entry_cortex_mm"), length_mm - radius_mm
    depths = np.linspace(start, end, max(2, int(np.ceil((end - start) / _STEP_MM)) + 1))
    points = shaft.stations(entry + offset, directions, depths)
    return ground.hazards.at(points).min(axis=1) - radius_mm + walls
