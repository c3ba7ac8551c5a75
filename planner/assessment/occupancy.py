"""Bone as solid voxels in a vertebra's frame, whatever the state of its surface."""

from __future__ import annotations

from collections.abc import Callable

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


def around(mask: np.ndarray, margin: int) -> tuple[slice, ...]:
    """Return the slices of the box about what is set in a mask and some voxels round it; of nothing, an empty box."""
    from scipy.ndimage import find_objects

    box = find_objects(mask.view(np.uint8))
    if not box:
        return (slice(0, 0),) * mask.ndim
    return tuple(slice(max(s.start - margin, 0), s.stop + margin) for s in box[0])


def dilated(mask: np.ndarray, element: np.ndarray) -> np.ndarray:
    """Return a mask dilated by a structuring element, worked out only where something is set."""
    from scipy.ndimage import binary_dilation

    out = np.zeros_like(mask)
    box = around(mask, element.shape[0] // 2)
    if mask[box].size:
        out[box] = binary_dilation(mask[box], element)
    return out


def opened(mask: np.ndarray, element: np.ndarray) -> np.ndarray:
    """Return a mask opened by a structuring element, worked out only where something is set."""
    from scipy.ndimage import binary_opening

    out = np.zeros_like(mask)
    # A voxel more than the element reaches, so that nothing is set at the edge, as in the whole.
    box = around(mask, element.shape[0] // 2 + 1)
    if mask[box].size:
        out[box] = binary_opening(mask[box], element)
    return out


def near(mask: np.ndarray, reach_mm: float, spacing_mm: float) -> np.ndarray:
    """Return where something set in a mask is within reach, worked out only about it."""
    from scipy.ndimage import distance_transform_edt

    out = np.zeros_like(mask)
    box = around(mask, int(np.ceil(reach_mm / spacing_mm)) + 1)
    if mask[box].size:
        out[box] = distance_transform_edt(~mask[box], sampling=spacing_mm) <= reach_mm
    return out


def mapped_back(grid: Solid, mask: np.ndarray, to: Callable[[np.ndarray], np.ndarray],
                back: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return a mask of a grid as a rigid map lays it on the same grid: ``to`` maps points there, ``back`` from there."""
    out = np.zeros_like(mask)
    box = around(mask, 1)
    if not mask[box].size:
        return out
    ends = [[axis[s][0], axis[s][-1]] for axis, s in zip(map(grid.coordinates, range(3)), box, strict=True)]
    corners = to(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3))
    first = np.floor((corners.min(axis=0) - grid.low) / grid.spacing_mm).astype(int) - 1
    last = np.ceil((corners.max(axis=0) - grid.low) / grid.spacing_mm).astype(int) + 2
    there = tuple(slice(max(a, 0), max(b, 0)) for a, b in zip(first, last, strict=True))
    nodes = np.stack(np.meshgrid(*(grid.coordinates(k)[there[k]] for k in range(3)), indexing="ij"), axis=-1)
    out[there] = Solid(low=grid.low, spacing_mm=grid.spacing_mm, filled=mask).at(back(nodes))
    return out


def height_over(usual: Solid, points: np.ndarray) -> np.ndarray:
    """How far points (n, 3) lie outside a solid, in mm, on its voxels; inf off its grid."""
    from scipy.ndimage import distance_transform_edt

    index = np.rint((points - usual.low) / usual.spacing_mm).astype(int)
    inside = ((index >= 0) & (index < usual.filled.shape)).all(axis=1)
    away = np.full(len(points), np.inf)
    away[inside] = distance_transform_edt(~usual.filled, sampling=usual.spacing_mm)[tuple(index[inside].T)]
    return away


def in_front(wall: Solid, points: np.ndarray, reach_mm: float = 6.0) -> np.ndarray:
    """Whether points (n, 3), local mm, have a wall close behind them and none close before them."""
    steps = np.arange(wall.spacing_mm, reach_mm, wall.spacing_mm)
    before, behind = (
        np.any([wall.at(points + [0.0, sign * step, 0.0]) for step in steps], axis=0) for sign in (-1.0, 1.0)
    )
    return behind & ~before
