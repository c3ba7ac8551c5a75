"""How likely an imperfect hand breaches what the plan stays clear of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from planner.fixation import shaft
from planner.fixation.anchor import TOGETHER, Breach, BreachProbability
from planner.fixation.hazard import Body, Hazard, Sheet
from planner.fixation.shaft import Ground
from planner.reference.execution import Execution
from planner.reference.hazards import setting

_DEEP_MM = 2.0
# Stations along a shaft, by the grid alone and where exact distances follow.
_COARSE_MM, _STEP_MM = 1.0, 0.5
# What the hazard grid reads within this of a limit is asked again by exact distances, at the stations of a shaft that
# lie this near to its least. A sheet's distance jumps at its rim, where the grid knows less.
_DOUBT_MM, _AGAIN_MM = 0.6, 0.1
_SHEET_DOUBT_MM, _SHEET_AGAIN_MM = 1.2, 0.6


def breach_probability(
    ground: Ground, entry: np.ndarray, direction: np.ndarray, length_mm: float, radius_mm: float,
    execution: Execution, samples: int, seed: int, hazards: Mapping[str, tuple[Hazard, ...]] | None = None,
) -> BreachProbability:  # fmt: skip
    """Share of executions whose shaft breaches each hazard, at all and by more than 2 mm.

    Each of ``samples`` (a power of two) moves the entry across the path on two axes and tilts the path on two:
    scrambled Sobol points, the same for every trajectory of one seed (common random numbers). The error of each
    hazard's wall is normal and independent, so its share is integrated, not drawn. The key ``artery_or_canal`` is
    the share that breaches either. With ``hazards``, those of the ground, samples whose outcome the grid of the
    fields could change are asked again by exact distances.
    """
    least = perturbed_clearances(ground, entry, direction, length_mm, radius_mm, execution, samples, seed, hazards)
    return _shares(ground.names, least, execution, samples, seed)


def breach_previews(
    ground: Ground, shots: Sequence[tuple[np.ndarray, np.ndarray, float]], radius_mm: float, execution: Execution,
    samples: int, seed: int,
) -> list[BreachProbability]:  # fmt: skip
    """The same for several (entry, direction, length), by the grid alone, which is asked once for all."""
    strayed = [_strayed(*shot, radius_mm, execution, samples, seed, _COARSE_MM)[0] for shot in shots]
    points = np.concatenate([p.transpose(2, 0, 1).reshape(3, -1) for p in strayed], axis=1).T
    read = np.split(ground.hazards.at(points), np.cumsum([p.shape[0] * p.shape[1] for p in strayed])[:-1])
    found = []
    for value, points in zip(read, strayed, strict=True):
        along = value.reshape(*points.shape[:2], -1) - np.float32(radius_mm)
        found.append(_shares(ground.names, along.min(axis=1).astype(float), execution, samples, seed))
    return found


def _shares(
    names: tuple[str, ...], least: np.ndarray, execution: Execution, samples: int, seed: int
) -> BreachProbability:  # fmt: skip
    any_, deep = (_share_below(least + limit, execution.segmentation_sd_mm) for limit in (0.0, _DEEP_MM))
    found = {
        name: Breach(any=float(first), over_2mm=float(second))
        for name, first, second in zip(names, any_.mean(axis=0), deep.mean(axis=0), strict=True)
    }
    worst = [k for k, name in enumerate(names) if name in ("vertebral_artery", "canal")]
    either, either_deep = (float(1 - np.prod(1 - share[:, worst], axis=1).mean()) for share in (any_, deep))
    found[TOGETHER] = Breach(any=max(either, 0.0), over_2mm=max(either_deep, 0.0))
    return BreachProbability(profile=execution.id, samples=samples, seed=seed, hazards=found)


def perturbed_clearances(
    ground: Ground, entry: np.ndarray, direction: np.ndarray, length_mm: float, radius_mm: float,
    execution: Execution, samples: int, seed: int, hazards: Mapping[str, tuple[Hazard, ...]] | None = None,
) -> np.ndarray:  # fmt: skip
    """Return (samples, h): the clearance of each perturbed shaft from each hazard, walls where they are modelled."""
    step = _COARSE_MM if hazards is None else _STEP_MM
    points, axis = _strayed(entry, direction, length_mm, radius_mm, execution, samples, seed, step)
    along = ground.hazards.at(points) - np.float32(radius_mm)
    least = along.min(axis=1).astype(float)
    for k, name in enumerate(ground.names if hazards is not None else ()):
        least[:, k] = _asked_again(hazards[name], points, axis, along[:, :, k], least[:, k], radius_mm)
    return least


def _strayed(
    entry: np.ndarray, direction: np.ndarray, length_mm: float, radius_mm: float, execution: Execution, samples: int,
    seed: int, step_mm: float,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Stations (samples, t, 3) of the perturbed shafts, and (t, 3) those of the shaft as planned."""
    draws = _normal(samples, seed)
    first, second = (v[0] for v in shaft.across(direction[None]))
    offset = execution.entry_sd_mm * (draws[:, :1] * first + draws[:, 1:2] * second)
    tilt = np.tan(np.radians(execution.angle_sd_deg * draws[:, 2:]))
    directions = direction + tilt[:, :1] * first + tilt[:, 1:] * second
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    start, end = setting("entry_cortex_mm"), length_mm - radius_mm
    depths = np.linspace(start, end, max(2, int(np.ceil((end - start) / step_mm)) + 1))
    return shaft.stations(entry + offset, directions, depths), entry + depths[:, None] * direction


def _asked_again(
    group: tuple[Hazard, ...], points: np.ndarray, axis: np.ndarray, along: np.ndarray, least: np.ndarray,
    radius_mm: float,
) -> np.ndarray:  # fmt: skip
    """The least clearance (n,) of each shaft, exact where it lies near a limit; ``points`` (n, t, 3).

    ``axis`` (t, 3) holds the stations of the shaft that all stray from.
    """
    sheet = any(isinstance(hazard, Sheet) for hazard in group)
    doubt, again = (_SHEET_DOUBT_MM, _SHEET_AGAIN_MM) if sheet else (_DOUBT_MM, _AGAIN_MM)
    near = np.flatnonzero((np.abs(least) < doubt) | (np.abs(least + _DEEP_MM) < doubt))
    if not len(near):
        return least
    row, station = np.nonzero(along[near] <= least[near, None] + again)
    distance = _nearest(group, points[near[row], station], axis, station) - radius_mm
    exact, first = least.copy(), np.flatnonzero(np.diff(row, prepend=-1))
    exact[near] = np.minimum.reduceat(distance, first)
    return exact


def _nearest(group: tuple[Hazard, ...], points: np.ndarray, axis: np.ndarray, station: np.ndarray) -> np.ndarray:
    """Least distance (n,) of points to the hazards of one name, where point k strays from ``axis[station[k]]``.

    A solid is no nearer to a point than to where it strays from, less the way between: of several solids the far
    ones are asked only where that leaves it open.
    """
    # A sheet's own distance is exact as far as it matters here, and quicker.
    least = np.full(len(points), np.inf)
    for hazard in group:
        if not isinstance(hazard, Body):
            least = np.minimum(least, hazard.distance(points) if isinstance(hazard, Sheet) else hazard.exact(points))
    bodies = [hazard for hazard in group if isinstance(hazard, Body)]
    if len(bodies) == 1:
        return np.minimum(least, bodies[0].exact(points))
    from_axis = [body.exact(axis) for body in bodies]
    strayed = np.linalg.norm(points - axis[station], axis=1)
    for k in sorted(range(len(bodies)), key=lambda k: from_axis[k].min()):
        asked = np.flatnonzero(from_axis[k][station] - strayed < least)
        least[asked] = np.minimum(least[asked], bodies[k].exact(points[asked]))
    return least


@lru_cache(maxsize=8)
def _normal(samples: int, seed: int) -> np.ndarray:
    """(samples, 4) standard normal values, evenly spread."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    power = samples.bit_length() - 1
    if samples != 1 << power:
        raise ValueError(f"{samples} samples: Sobol points are even in powers of two.")
    return ndtri(qmc.Sobol(4, scramble=True, seed=seed).random_base2(power).clip(1e-12, 1 - 1e-12))


def _share_below(clearance: np.ndarray, wall_sd_mm: float) -> np.ndarray:
    """Probability that a wall with this standard deviation is breached at each clearance."""
    from scipy.special import ndtr

    return ndtr(-clearance / wall_sd_mm) if wall_sd_mm > 0 else (clearance < 0).astype(float)
