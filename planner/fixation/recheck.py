"""Clearance and purchase of one screw by exact distances: what the plan reports, whatever the fields said."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.fixation import shaft
from planner.fixation.hazard import Hazard
from planner.fixation.shaft import exit_depth
from planner.fixation.surroundings import Bone, distances
from planner.reference.hazards import setting


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
    return {name: float(distances(group, points, exact=True).min() - radius) for name, group in hazards.items()}


def tip_to_far_cortex(bone: Bone, entry: np.ndarray, direction: np.ndarray, length: float) -> float:
    """Bone ahead of the tip along the axis (mm, exact, read each 0.1 mm): negative past the cortex, 6 at most."""
    depths = np.arange(setting("entry_cortex_mm"), length + 6.05, 0.1)
    value = bone.passage(entry + depths[:, None] * direction)
    return float(exit_depth(value[None], depths)[0] - length)


def exact_purchase(bone: Bone, entry: np.ndarray, direction: np.ndarray, length: float, radius: float) -> float:
    """Exact length of shaft (mm) whose circumference lies in bone by the table's share, each 0.25 mm."""
    step = 0.25
    depths = np.arange(step / 2, length, step)
    points = shaft.ring(entry[None], direction[None], depths, radius)[0]
    value = bone.exact(points.reshape(-1, 3)).reshape(len(depths), -1)
    return float(step * ((value > 0).mean(axis=1) >= setting("thread_share") - 1e-9).sum())
