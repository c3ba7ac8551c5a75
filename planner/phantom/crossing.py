"""Does a mesh cross itself?"""

from __future__ import annotations

import numpy as np

from planner.geometry.surface import Surface

_BLOCK = 200_000


def crosses_itself(surface: Surface) -> bool:
    """True if two faces that share no corner meet: an edge of the one goes through the other.

    Faces that only touch, or lie in one plane, do not count.
    """
    pairs = _near_pairs(surface)
    t = surface.triangles
    for k in range(0, len(pairs), _BLOCK):
        a, b = t[pairs[k : k + _BLOCK, 0]], t[pairs[k : k + _BLOCK, 1]]
        for one, other in ((a, b), (b, a)):
            for corner in range(3):
                if _pierces(one[:, corner], one[:, (corner + 1) % 3], other).any():
                    return True
    return False


def _near_pairs(surface: Surface) -> np.ndarray:
    """Pairs of faces (n, 2) without a common corner whose boxes meet."""
    from scipy.spatial import cKDTree

    t = surface.triangles
    middle = t.mean(axis=1)
    radius = np.linalg.norm(t - middle[:, None], axis=2).max(axis=1)
    # Few faces are large: these look around on their own, all others by the radius of most.
    usual = float(np.percentile(radius, 98))
    tree = cKDTree(middle)
    found = [tree.query_pairs(2 * usual, output_type="ndarray")]
    for face in np.flatnonzero(radius > usual):
        others = np.array(tree.query_ball_point(middle[face], radius[face] + radius.max()), int)
        found.append(np.column_stack([np.full(len(others), face), others]))
    pairs = np.vstack(found)
    low, high = t.min(axis=1), t.max(axis=1)
    i, j = pairs.T
    meet = ((low[i] <= high[j]) & (low[j] <= high[i])).all(axis=1) & (i != j)
    i, j = i[meet], j[meet]
    f = surface.faces
    common = (f[i][:, :, None] == f[j][:, None, :]).any(axis=(1, 2))
    return np.column_stack([i[~common], j[~common]])


def _pierces(start: np.ndarray, end: np.ndarray, t: np.ndarray) -> np.ndarray:
    """True where a segment goes through the inside of its triangle (n, 3, 3)."""
    origin, u, v = t[:, 0], t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]
    d = end - start
    normal = np.cross(u, v)
    along = (normal * d).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (normal * (origin - start)).sum(axis=1) / along
        w = start + share[:, None] * d - origin
        area = (normal * normal).sum(axis=1)
        b = (np.cross(w, v) * normal).sum(axis=1) / area
        c = (np.cross(u, w) * normal).sum(axis=1) / area
        return (share > 0) & (share < 1) & (b > 0) & (c > 0) & (b + c < 1)
