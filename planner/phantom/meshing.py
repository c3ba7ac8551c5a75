"""From a field to a closed surface: marching cubes on the cells near the surface only."""

from __future__ import annotations

import numpy as np

from planner.errors import PlannerError
from planner.geometry.surface import Surface
from planner.phantom.solid import Solid

_COARSE = 4
_SHIFT = np.array([0.137, 0.211, 0.173])
"""The grid stands off the round numbers, so that a ray along a plane of symmetry does not run along edges."""
_CORNERS = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]])


def mesh(solid: Solid, step_mm: float = 0.5, largest_only: bool = True) -> Surface:
    """Return the zero surface of a solid as a closed mesh with outward winding.

    The field is read on a grid four times as coarse first; only the coarse cells that the surface can
    pass through are filled with the fine grid. The grid is fixed to multiples of `step_mm`, so the same
    solid gives the same mesh. Islands smaller than the largest piece are dropped unless told not to.
    """
    import igl

    coarse = _COARSE * step_mm
    low = np.floor((solid.box[0] - 2 * coarse) / coarse).astype(int)
    high = np.ceil((solid.box[1] + 2 * coarse) / coarse).astype(int)
    cells = np.stack(np.meshgrid(*(np.arange(a, b) for a, b in zip(low, high, strict=True)), indexing="ij"), -1)
    cells = cells.reshape(-1, 3)
    # Half a cell's diagonal, and as much again because the fields are distances to first order only.
    near = np.abs(solid((cells + 0.5) * coarse)) < 2.0 * coarse
    fine = (cells[near] * _COARSE)[:, None, :] + _block(_COARSE)[None]
    fine = fine.reshape(-1, 3)
    corners = (fine[:, None, :] + _CORNERS[None]).reshape(-1, 3)
    shape = (high - low + 1) * _COARSE + 2
    key = np.ravel_multi_index((corners - low * _COARSE).T, shape)
    unique, inverse = np.unique(key, return_inverse=True)
    nodes = np.array(np.unravel_index(unique, shape)).T + low * _COARSE
    points = (nodes + _SHIFT) * step_mm
    values = solid(points)
    values[np.abs(values) < 1e-6] = 1e-6
    vertices, faces, _ = igl.marching_cubes(values, points, inverse.reshape(-1, 8).astype(np.int64), 0.0)
    surface = Surface(vertices=vertices, faces=np.asarray(faces, np.int64))
    if surface.volume_mm3 < 0:
        surface = Surface(vertices=vertices, faces=np.ascontiguousarray(surface.faces[:, ::-1]))
    return largest_piece(surface) if largest_only else surface


def _block(count: int) -> np.ndarray:
    return np.stack(np.meshgrid(*[np.arange(count)] * 3, indexing="ij"), -1).reshape(-1, 3)


def pieces(surface: Surface) -> list[Surface]:
    """Connected pieces, the one with the most faces first."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    f = surface.faces
    i, j = f[:, [0, 1, 2]].ravel(), f[:, [1, 2, 0]].ravel()
    n = len(surface.vertices)
    _, label = connected_components(coo_array((np.ones(len(i)), (i, j)), shape=(n, n)), directed=False)
    face_label = label[f[:, 0]]
    names, counts = np.unique(face_label, return_counts=True)
    return [_part(surface, face_label == names[k]) for k in np.argsort(-counts, kind="stable")]


def largest_piece(surface: Surface) -> Surface:
    return pieces(surface)[0]


def _part(surface: Surface, chosen: np.ndarray) -> Surface:
    used, faces = np.unique(surface.faces[chosen], return_inverse=True)
    return Surface(vertices=surface.vertices[used], faces=faces.reshape(-1, 3).astype(np.int64))


def reduced(surface: Surface, faces: int) -> Surface:
    """Return the surface with about `faces` triangles (quadric error metric, Garland and Heckbert 1997).

    Raises `PlannerError` if the result would not be a closed manifold.
    """
    import igl

    if len(surface.faces) <= faces:
        return surface
    v, f, _, _ = igl.qslim(np.asfortranarray(surface.vertices), np.asfortranarray(surface.faces.astype(np.int32)), faces)
    result = Surface(vertices=np.ascontiguousarray(v), faces=np.ascontiguousarray(f, np.int64))
    if not result.is_closed or not is_manifold(result):
        raise PlannerError("Reducing the mesh opened it.", "Ask for more faces.")
    return result


def is_manifold(surface: Surface) -> bool:
    """True if every edge has two faces wound oppositely and every vertex one fan."""
    import igl

    faces = np.ascontiguousarray(surface.faces, np.int64)
    directed = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    key = directed[:, 0] * (len(surface.vertices) + 1) + directed[:, 1]
    return bool(len(np.unique(key)) == len(key) and igl.is_edge_manifold(faces)[0] and igl.is_vertex_manifold(faces).all())


def genus(surface: Surface) -> int:
    """Number of handles of a closed surface in one piece; an intact C2-C7 has three."""
    edges = len(surface.faces) * 3 // 2
    used = len(np.unique(surface.faces))
    return (2 - (used - edges + len(surface.faces))) // 2
