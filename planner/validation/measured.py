"""Distances to hazards by code that shares nothing with the engine's: libigl on the meshes, plain algebra on tubes."""

from __future__ import annotations

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


def depth(bone: Placed, points: np.ndarray) -> np.ndarray:
    """Signed distance (n,) of local points to a closed mesh by its winding number, positive inside."""
    import igl

    surface = bone.local
    vertices, faces = np.ascontiguousarray(surface.vertices), np.ascontiguousarray(surface.faces, np.int64)
    squared, _, _ = igl.point_mesh_squared_distance(np.ascontiguousarray(points), vertices, faces)
    inside = igl.fast_winding_number(vertices, faces, np.ascontiguousarray(points)) > 0.5
    return np.where(inside, 1.0, -1.0) * np.sqrt(squared)


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
