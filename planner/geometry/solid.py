"""Bone as a solid: cuts and unions by manifold3d, which answers a closed surface with a closed surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.geometry.surface import Surface

if TYPE_CHECKING:
    from manifold3d import Manifold


def solid(surface: Surface) -> Manifold | None:
    """Return the body a surface encloses; None where it is open, empty, or closed but not manifold."""
    import manifold3d

    if not len(surface.faces) or not surface.is_closed:
        return None
    body = manifold3d.Manifold(
        manifold3d.Mesh64(
            vert_properties=np.ascontiguousarray(surface.vertices, np.float64),
            tri_verts=np.ascontiguousarray(surface.faces, np.uint64),
        )
    )
    return None if body.status() != manifold3d.Error.NoError or body.is_empty() else body


def skin(body: Manifold) -> Surface:
    """Return the surface of a body; an empty one has no faces."""
    mesh = body.to_mesh64()
    return Surface(
        vertices=np.asarray(mesh.vert_properties, float)[:, :3], faces=np.asarray(mesh.tri_verts, np.int64)
    )


def box(low: np.ndarray, high: np.ndarray) -> Manifold:
    """Return the box between two corners."""
    import manifold3d

    size = np.asarray(high, float) - low
    return manifold3d.Manifold.cube(tuple(size), False).translate(tuple(np.asarray(low, float)))


def placed(body: Manifold, matrix: np.ndarray, offset: np.ndarray) -> Manifold:
    """Return ``matrix @ x + offset`` of a body; the matrix may scale and shear."""
    return body.transform(np.column_stack([np.asarray(matrix, float), np.asarray(offset, float)]))
