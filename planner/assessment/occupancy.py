"""Bone as solid voxels in a vertebra's frame, whatever the state of its surface."""

from __future__ import annotations

import numpy as np

from planner.geometry.crossings import Solid, solid
from planner.geometry.surface import Surface


def occupied(
    surface: Surface, spacing_mm: float, low: np.ndarray, high: np.ndarray, closed: bool | None = None
) -> Solid:
    """Return the voxels inside a surface, on a grid from ``low`` to ``high`` in the surface's coordinates.

    A closed surface is filled from exact crossings. An open one is decided by winding number, which is
    slower but tolerates holes and missing faces. ``closed`` spares the question where the answer is known.
    """
    if surface.is_closed if closed is None else closed:
        low, high = np.asarray(low, float), np.asarray(high, float)
        return solid(surface.triangles_over(low - spacing_mm, high + spacing_mm), spacing_mm, low, high)
    shape = np.floor((np.asarray(high) - low) / spacing_mm + 0.5).astype(int) + 1
    nodes = np.stack(np.meshgrid(*(low[k] + spacing_mm * np.arange(shape[k]) for k in range(3)), indexing="ij"), -1)
    filled = surface.contains(nodes.reshape(-1, 3)).reshape(shape)
    return Solid(low=np.asarray(low, float), spacing_mm=spacing_mm, filled=filled)


def cropped(grid: Solid, low: np.ndarray, high: np.ndarray, margin: int = 3) -> Solid:
    """Return the part of a grid between two corners and a few voxels round about."""
    first = np.clip(np.floor((low - grid.low) / grid.spacing_mm).astype(int) - margin, 0, None)
    last = np.ceil((high - grid.low) / grid.spacing_mm).astype(int) + margin + 1
    part = grid.filled[tuple(slice(a, max(a, b)) for a, b in zip(first, last, strict=True))]
    return Solid(low=grid.low + grid.spacing_mm * first, spacing_mm=grid.spacing_mm, filled=part)


def centers(grid: Solid, mask: np.ndarray | None = None) -> np.ndarray:
    """Return the (n, 3) centres of the voxels set in ``mask`` (default: of the solid itself)."""
    return grid.low + grid.spacing_mm * np.argwhere(grid.filled if mask is None else mask)


def height_over(usual: Solid, points: np.ndarray, reach_mm: float = 6.0) -> np.ndarray:
    """How far points (n, 3) lie outside a solid, in mm, on its voxels; inf off its grid and far beyond ``reach_mm``."""
    from scipy.ndimage import distance_transform_edt

    part = cropped(usual, points.min(axis=0) - reach_mm, points.max(axis=0) + reach_mm)
    away = np.full(len(points), np.inf)
    if part.filled.any():
        index = np.rint((points - part.low) / part.spacing_mm).astype(int)
        inside = ((index >= 0) & (index < part.filled.shape)).all(axis=1)
        away[inside] = distance_transform_edt(~part.filled, sampling=part.spacing_mm)[tuple(index[inside].T)]
    return away


def in_front(wall: Solid, points: np.ndarray, reach_mm: float = 6.0) -> np.ndarray:
    """Whether points (n, 3), local mm, have a wall close behind them and none close before them."""
    steps = np.arange(wall.spacing_mm, reach_mm, wall.spacing_mm)
    before, behind = (
        np.any([wall.at(points + [0.0, sign * step, 0.0]) for step in steps], axis=0) for sign in (-1.0, 1.0)
    )
    return behind & ~before
