"""Clearance and purchase of one screw by exact distances: what the plan reports, whatever the fields said.

Distance to a solid changes by no more than the way one goes, so a few stations bound all others, and only those are
asked that could matter. The answer is that of asking every station.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from planner.fixation import shaft
from planner.fixation.hazard import Body, Hazard
from planner.fixation.shaft import exit_depth
from planner.fixation.surroundings import Bone
from planner.reference.hazards import setting

# Every so many stations of a shaft are asked before the others are bounded by them.
_STRIDE = 8


def exact_clearance(
    hazards: Mapping[str, tuple[Hazard, ...]],
    entry: np.ndarray,
    direction: np.ndarray,
    length: float,
    radius: float,
) -> dict[str, float]:
    """Clearance in mm from each hazard by name, by exact distances each 0.1 mm along the shaft's axis."""
    depths = np.linspace(setting("entry_cortex_mm"), length - radius, max(2, round(10 * length)))
    points = entry + depths[:, None] * direction
    return {name: _least(group, points, depths) - radius for name, group in hazards.items()}


def _least(group: tuple[Hazard, ...], points: np.ndarray, depths: np.ndarray) -> float:
    """Least exact distance of stations (n, 3) at depths (n,) to the hazards of one name."""
    least = np.inf
    for hazard in group:
        if isinstance(hazard, Body):
            value, asked = _coarsely(hazard.exact, points)
            least = min(least, value.min())
            open_ = np.flatnonzero(~asked & (_bounds(value, depths[asked], depths)[0] < least))
            if len(open_):
                least = min(least, hazard.exact(points[open_]).min())
        else:
            least = min(least, hazard.exact(points).min())
    return float(least)


def _coarsely(ask: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what some stations (n, 3) answer (k,), and which they are (n,) bool; first and last are among them."""
    asked = np.zeros(len(points), bool)
    asked[::_STRIDE] = asked[-1] = True
    return ask(points[asked]), asked


def _bounds(value: np.ndarray, at: np.ndarray, depths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest that a distance can be at depths (n,), by its values (k,) at some depths (k,)."""
    after = np.searchsorted(at, depths).clip(1, len(at) - 1)
    before, on = depths - at[after - 1], at[after] - depths
    return (
        np.maximum(value[after - 1] - before, value[after] - on),
        np.minimum(value[after - 1] + before, value[after] + on),
    )


def tip_to_far_cortex(bone: Bone, entry: np.ndarray, direction: np.ndarray, length: float) -> float:
    """Bone ahead of the tip along the axis (mm, exact, read each 0.1 mm): negative past the cortex, 6 at most."""
    depths = np.arange(setting("entry_cortex_mm"), length + 6.05, 0.1)
    points = entry + depths[:, None] * direction
    known, asked = _coarsely(bone.passage, points)
    low, high = _bounds(known, depths[asked], depths)
    # Up to the first station that is outside for sure, those that may be outside are asked, each with the one before.
    doubtful = ~asked & (low < 0)
    sure = np.flatnonzero(high < 0)
    if len(sure):
        doubtful[sure[0] + 1 :] = False
    doubtful[:-1] |= doubtful[1:]
    doubtful[np.maximum(np.flatnonzero(asked & (low < 0)) - 1, 0)] = True
    doubtful &= ~asked
    value = low
    value[asked] = known
    if doubtful.any():
        value[doubtful] = bone.passage(points[doubtful])
    return float(exit_depth(value[None], depths)[0] - length)


def exact_purchase(bone: Bone, entry: np.ndarray, direction: np.ndarray, length: float, radius: float) -> float:
    """Exact length of shaft (mm) whose circumference lies in bone by the table's share, each 0.25 mm."""
    step = 0.25
    depths = np.arange(step / 2, length, step)
    points = shaft.ring(entry[None], direction[None], depths, radius)[0]
    # Where the axis lies deeper in bone than the radius, or further from it, so does the whole circumference.
    middle = bone.exact(entry + depths[:, None] * direction)
    inside = np.repeat(middle[:, None] > 0, points.shape[1], axis=1)
    near = np.abs(middle) <= radius
    inside[near] = bone.exact(points[near].reshape(-1, 3)).reshape(-1, points.shape[1]) > 0
    return float(step * shaft.round_about(inside).sum())
