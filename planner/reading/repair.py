"""Repairs of a surface, each one bounded and named; nothing is ever filled, smoothed or dropped unseen."""

from __future__ import annotations

import numpy as np

from planner.errors import InputError
from planner.reading.registry import FileSurface


def repaired(surface: FileSurface, name: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return (vertices, faces, what was done) of a surface as read.

    Equal corners are joined, faces with fewer than three different corners and repeated faces dropped,
    unused vertices left out, and the winding made to point outwards. Faces of no area stay when their
    corners differ, because taking them out would open the surface. ``name`` is the file's, for messages.
    """
    vertices, faces = surface.vertices, surface.faces
    if faces.min(initial=0) < 0 or faces.max(initial=-1) >= len(vertices):
        raise InputError(f"'{name}' has faces that refer to vertices it does not hold.", "Export it again.")
    bad = ~np.isfinite(vertices).all(axis=1)
    if bad.any():
        raise InputError(f"'{name}' has {bad.sum()} vertices that are not finite numbers.", "Export the surface again.")
    done: list[str] = []
    stored = np.count_nonzero(np.bincount(faces.ravel(), minlength=1))
    vertices, faces = joined(vertices, faces)
    if stored > len(vertices) and not surface.soup:
        done.append(f"joined {stored - len(vertices)} repeated vertices")
    whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    if not whole.all():
        done.append(f"dropped {(~whole).sum()} faces without three different corners")
        faces = faces[whole]
    if len(faces) and not winding_agrees(faces):  # a repeated face repeats its edges
        first = np.unique(_turned_to_least(faces), axis=0, return_index=True)[1]
        if len(first) < len(faces):
            done.append(f"dropped {len(faces) - len(first)} repeated faces")
            faces = faces[np.sort(first)]
    if len(faces) < 4:
        count = "1 triangle" if len(faces) == 1 else f"{len(faces)} triangles"
        raise InputError(f"'{name}' holds {count}, which cannot enclose a bone.", "Export the whole surface.")
    faces, turned = outward(vertices, faces)
    if turned:
        done.append(f"turned {turned} of {len(faces)} faces outwards")
    return vertices, faces, tuple(done)


def joined(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join vertices of exactly equal coordinates and leave out unused ones; first use keeps its place.

    Equality is found by a hash of the bits, checked, because sorting rows takes five times as long.
    """
    corners = np.ascontiguousarray(vertices[faces.ravel()], float) + 0.0  # + 0.0 makes -0.0 equal 0.0
    bits = corners.view(np.uint64)
    mixed = bits * np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)
    mixed ^= mixed >> np.uint64(29)
    key = mixed[:, 0] + (mixed[:, 1] << np.uint64(1)) + (mixed[:, 2] * np.uint64(3))
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    if not np.array_equal(corners[first][inverse], corners):
        _, first, inverse = np.unique(corners, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return corners[first[order]], place[inverse.reshape(-1)].reshape(-1, 3)


def outward(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, int]:
    """Return faces whose winding is consistent and encloses positive volume, and how many were turned.

    A piece that lies inside another and is wound inwards is a cavity and stays so.
    """
    before = faces
    if not winding_agrees(faces):
        import igl

        faces = np.asarray(igl.bfs_orient(np.ascontiguousarray(faces, np.int64))[0])
    labels = pieces(len(vertices), faces)
    volumes = _volumes(vertices, faces, labels)
    inward = np.flatnonzero(volumes < 0)
    if len(inward):
        solid = faces[~np.isin(labels, inward)]
        turn = [k for k in inward if not _inside(vertices, faces[labels == k], solid)]
        if turn:
            faces = np.where(np.isin(labels, turn)[:, None], faces[:, ::-1], faces)
    if faces is before:
        return faces, 0
    return faces, int((_turned_to_least(faces) != _turned_to_least(before)).any(axis=1).sum())


def winding_agrees(faces: np.ndarray) -> bool:
    """True if no two faces run along a shared edge in the same direction."""
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    key = np.sort(edges[:, 0] * (faces.max() + 1) + edges[:, 1])
    return not (key[1:] == key[:-1]).any()


def open_edges(faces: np.ndarray) -> int:
    """Count edges that belong to an odd number of faces."""
    a, b = faces[:, [0, 1, 2]].ravel().astype(np.int64), faces[:, [1, 2, 0]].ravel()
    key = np.sort(np.minimum(a, b) * (faces.max() + 1) + np.maximum(a, b))
    starts = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    return int((np.diff(np.append(starts, len(key))) % 2).sum())


def pieces(count: int, faces: np.ndarray) -> np.ndarray:
    """Label each face (m,) with the connected piece it belongs to; pieces share no vertex."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows, columns = faces[:, [0, 1]].ravel(), faces[:, [1, 2]].ravel()
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(count, count))
    labels = connected_components(graph, directed=False)[1][faces[:, 0]]
    return np.unique(labels, return_inverse=True)[1]


def _turned_to_least(faces: np.ndarray) -> np.ndarray:
    """Each face rotated so that its least corner comes first, winding kept."""
    start = faces.argmin(axis=1)[:, None]
    return np.take_along_axis(faces, (start + np.arange(3)) % 3, axis=1)


def _volumes(vertices: np.ndarray, faces: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Signed volume of each piece about its own middle, so that a hole changes it little."""
    a, b, c = vertices[faces].transpose(1, 0, 2)
    size = np.bincount(labels)
    middle = np.stack([np.bincount(labels, ((a + b + c) / 3)[:, k]) / size for k in range(3)], axis=1)[labels]
    return np.bincount(labels, np.einsum("ij,ij->i", a - middle, np.cross(b - middle, c - middle)) / 6.0)


def _inside(vertices: np.ndarray, piece: np.ndarray, solid: np.ndarray) -> bool:
    """True if the piece's first corner lies inside the solid faces."""
    if not len(solid):
        return False
    import igl

    point, solid = np.ascontiguousarray(vertices[piece[0, :1]]), np.ascontiguousarray(solid)
    return bool(igl.fast_winding_number(np.ascontiguousarray(vertices), solid, point)[0] > 0.5)
