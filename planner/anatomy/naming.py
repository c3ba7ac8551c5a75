"""Does a bone's name fit the bone? C2 is told by its dens, the rest by their order along the column."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.anatomy.pose import Pose
from planner.geometry.surface import Surface
from planner.reference.levels import order

# Height of bone in the midline about the body: 29-41 mm with a dens, 12-20 mm without, on 42 bones of six columns.
DENS_HEIGHT_MM = 25.0
HALF_BAND_MM = 3.0
BAND_P_MM = (-7.0, 6.0)
SAMPLES = 20_000
LEAST_STEP_MM = 4.0  # the middle of a body lies at least this far below the one above


def name_doubts(surfaces: Mapping[str, Surface], poses: Mapping[str, Pose]) -> dict[str, str]:
    """Return a sentence for each level whose name contradicts the bone or the order; others are left out."""
    doubts: dict[str, str] = {}
    for level, pose in poses.items():
        height = midline_height_mm(surfaces[level], pose)
        if level == "C2" and height < DENS_HEIGHT_MM:
            doubts[level] = f"named C2, but no dens: {height:.0f} mm of bone in the midline"
        if level != "C2" and height > DENS_HEIGHT_MM:
            doubts[level] = f"named {level}, but it has a dens: {height:.0f} mm of bone in the midline"
    for level, sentence in _order_doubts(poses).items():
        doubts[level] = f"{doubts[level]}; {sentence}" if level in doubts else sentence
    return doubts


def midline_height_mm(surface: Surface, pose: Pose) -> float:
    """Extent along S of the bone about the body's axis: the body alone, or the body with its dens."""
    local = pose.frame.to_local(surface.sampled(SAMPLES, seed=1)[0])
    near = (np.abs(local[:, 0]) < HALF_BAND_MM) & (local[:, 1] > BAND_P_MM[0]) & (local[:, 1] < BAND_P_MM[1])
    return float(np.ptp(local[near, 2])) if near.any() else 0.0


def _order_doubts(poses: Mapping[str, Pose]) -> dict[str, str]:
    """Neighbouring names whose bodies do not follow each other downwards along their common S."""
    levels = sorted(poses, key=order)
    doubts: dict[str, str] = {}
    for above, below in zip(levels, levels[1:], strict=False):
        up = poses[above].frame.superior + poses[below].frame.superior
        step = (poses[above].frame.origin - poses[below].frame.origin) @ up / max(np.linalg.norm(up), 1e-9)
        if step >= LEAST_STEP_MM:
            continue
        where = f"lies {-step:.0f} mm above" if step < 0 else f"lies only {step:.0f} mm below"
        for level in (above, below):
            doubts.setdefault(level, f"the body of {below} {where} that of {above}")
    return doubts
