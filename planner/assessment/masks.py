"""Masks of voxels changed only where something is set: lumps and canals fill little of the grid they lie in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from planner.geometry.crossings import Solid


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


def beyond_reach(mask: np.ndarray, other: np.ndarray, reach_mm: float, spacing_mm: float) -> np.ndarray:
    """Return what of a mask lies further than this from anything set in another, worked out only about the mask."""
    from scipy.ndimage import distance_transform_edt

    out = mask.copy()
    box = around(mask, int(np.ceil(reach_mm / spacing_mm)) + 1)
    if other[box].any():
        out[box] &= distance_transform_edt(~other[box], sampling=spacing_mm) > reach_mm
    return out


def laid(
    grid: Solid, mask: np.ndarray, to: Callable[[np.ndarray], np.ndarray], back: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return a mask of a grid as a rigid map lays it on the same grid: ``to`` maps points there, ``back`` back."""
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
