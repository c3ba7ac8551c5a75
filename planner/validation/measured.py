"""Distances to hazards by code that shares nothing with the engine's: libigl on the meshes, plain algebra on tubes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from planner.fixation.hazard import FAR_MM, Body, Hazard, Sheet, Tube
from planner.geometry.placed import Placed


def distance(hazard: Hazard, points: np.ndarray) -> np.ndarray:
    """Distance (n,) in mm of local points to a hazard, negative inside a body or a tube, or beyond a sheet."""
    if isinstance(hazard, Tube):
        a, b = hazard.path[:-1], hazard.path[1:]
        along = np.einsum("nkj,kj->nk", points[:, None] - a, b - a) / np.einsum("kj,kj->k", b - a, b - a)
        feet = a + np.clip(along, 0, 1)[..., None] * (b - a)
        return np.linalg.norm(points[:, None] - feet, axis=2).min(axis=1) - hazard.radius_mm
    if isinstance(hazard, Body):
        return -depth(hazard.placed, points)
    assert isinstance(hazard, Sheet)
    return _over(hazard, points)


def least_along(hazard: Hazard, starts: np.ndarray, directions: np.ndarray, depths: np.ndarray) -> np.ndarray:
    """Least distance (n,) over axes from starts (n, 3) along unit directions at rising depths (t,).

    A distance changes by no more than the way gone: one depth in 25 and the last are asked of all axes, then those
    between that could be nearer.
    """
    known = np.zeros(len(depths), bool)
    known[::25] = known[-1] = True
    value = distance(hazard, (starts[:, None] + depths[known, None] * directions[:, None]).reshape(-1, 3))
    value = value.reshape(len(starts), -1)
    least = value.min(axis=1)
    after = np.searchsorted(depths[known], depths).clip(1)
    away = np.stack([depths - depths[known][after - 1], depths[known][after] - depths])
    bound = np.maximum(value[:, after - 1] - away[0], value[:, after] - away[1])
    axis, station = np.nonzero((bound < least[:, None]) & ~known)
    if len(axis):
        near = distance(hazard, starts[axis] + depths[station, None] * directions[axis])
        np.minimum.at(least, axis, near)
    return least


def depth(bone: Placed, points: np.ndarray) -> np.ndarray:
    """Signed distance (n,) of local points to a closed mesh by its winding number, positive inside."""
    tree, winding, vertices, faces = _trees(bone)
    points = np.ascontiguousarray(points)
    squared, _, _ = tree.squared_distance(vertices, faces, points)
    return np.where(winding.winding_number(points) > 0.5, 1.0, -1.0) * np.sqrt(squared)


@lru_cache(maxsize=8)
def _trees(bone: Placed):
    """The mesh's trees in local coordinates, built once: a scan asks for them thousands of times."""
    import igl

    surface = bone.local
    vertices, faces = np.ascontiguousarray(surface.vertices), np.ascontiguousarray(surface.faces, np.int64)
    tree, winding = igl.AABB(), igl.FastWindingNumberBVH()
    tree.init(vertices, faces)
    winding.init(vertices, faces)
    return tree, winding, vertices, faces


def _over(sheet: Sheet, points: np.ndarray) -> np.ndarray:
    """A sheet's distance as `planner.fixation.hazard.Sheet` defines it, by all pairs instead of a tree."""
    from scipy.spatial.distance import cdist

    value = np.empty(len(points))
    for part in np.array_split(np.arange(len(points)), max(1, len(points) // 2000)):
        away = cdist(points[part], sheet.points)
        nearest = away.argmin(axis=1)
        least = away[np.arange(len(part)), nearest]
        cosine = (points[part] - sheet.points[nearest]) @ sheet.normal / np.maximum(least, 1e-9)
        over = np.clip((cosine - 0.92) / 0.06, 0.0, 1.0)
        value[part] = np.where(least < FAR_MM, least * (1 - 2 * over), least)
    return value
