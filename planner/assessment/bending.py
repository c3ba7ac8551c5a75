"""A reference bent onto a bone: the smooth difference between two healthy sides, estimated where both are seen.

The two sides of a healthy bone differ by long waves rather than by steps: laid rigidly over the bone, a mirror image is
up to a millimetre off nearly everywhere, and over the foot of a lump that is as much as the lump itself. The
displacement is taken for a Gaussian process, known along the normals where the image's surface is found again: its
mean elsewhere is the best linear estimate under a lump (kriging: Matheron 1963; Rasmussen and Williams 2006, eq. 2.25).
"""

from __future__ import annotations

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.grading import comparison
from planner.geometry.surface import Surface

_SAMPLES = 1800
# ... of a bone of which only a part is asked for, and how many of them lie there at most.
_SAMPLES_WHOLE, _SAMPLES_PART = 4000, 900
_FITTED = 450
_AT_ONCE = 600
_CHECKED = 600
# What is believed to be the same surface, round by round.
_FOUND_MM = (2.0, 1.2, 0.8)
_AGREE = 0.8
_LEAST = 60
_GRID_MM = 5.0


def bent(
    vertebra: Vertebra, image: Surface, lumps: np.ndarray, within: tuple[np.ndarray, np.ndarray] | None = None,
    spread_mm: float | None = None,
) -> Surface | None:  # fmt: skip
    """Return ``image`` (local mm) bent onto the vertebra wherever none of the ``lumps`` (n, 3; local mm) is.

    ``within`` (low, high corner, local mm) is where it is known to lie on the bone at all; ``spread_mm`` how far the
    two differ, ``bend_mm`` unless said. None where too little of the image is found again to say how.
    """
    from scipy.linalg import cho_factor, cho_solve
    from scipy.ndimage import binary_dilation, map_coordinates
    from scipy.spatial import cKDTree

    frame = vertebra.frame
    points, normals = image.sampled(_SAMPLES if within is None else _SAMPLES_WHOLE, seed=3)
    if within is not None:
        there = ((points >= within[0]) & (points <= within[1])).all(axis=1)
        points, normals = points[there][:_SAMPLES_PART], normals[there][:_SAMPLES_PART]
    spread = comparison("bend_mm") if spread_mm is None else spread_mm
    low, high = image.bounds if within is None else within
    low = low - _GRID_MM
    axes = [np.arange(a, b + 2 * _GRID_MM, _GRID_MM) for a, b in zip(low, high, strict=True)]
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    tree = cKDTree(lumps) if len(lumps) else None
    # The displacement is asked for within the cells that hold a vertex or a sample.
    cell = np.floor((np.concatenate([image.vertices, points]) - low) / _GRID_MM).astype(int)
    asked = np.zeros(nodes.shape[:3], bool)
    asked[tuple(np.clip(cell, 0, np.array(asked.shape) - 2).T)] = True
    asked = binary_dilation(asked, np.ones((2, 2, 2)), origin=-1)
    moved, field = np.zeros_like(points), np.zeros_like(nodes)

    def at(x: np.ndarray) -> np.ndarray:
        where = ((x - low) / _GRID_MM).T
        return np.stack([map_coordinates(field[..., k], where, order=1, mode="nearest") for k in range(3)], axis=-1)

    for reach in _FOUND_MM:
        parts = []
        # Most samples are found again: a part of them is enough, as a rule.
        for first in range(0, len(points), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            distance, foot, face = vertebra.surface.closest(frame.to_world(points[part] + moved[part]))
            foot = frame.to_local(foot)
            across = frame.direction_to_local(vertebra.surface.face_normals[face])
            found = (np.einsum("ij,ij->i", normals[part], across) > _AGREE) & (distance < reach)
            if tree is not None:
                found &= ~np.isfinite(tree.query(foot, distance_upper_bound=comparison("beside_lump_mm"))[0])
            parts.append((points[part][found], across[found], foot[found]))
            if sum(len(x) for x, _, _ in parts) >= _FITTED:
                break
        x, n, foot = (np.concatenate(kind)[:_FITTED] for kind in zip(*parts, strict=True))
        if len(x) < _LEAST:
            return None
        gap = np.einsum("ij,ij->i", foot - x, n)
        system = _alike(x, x, spread) * (n @ n.T) + comparison("bend_noise_mm") ** 2 * np.eye(len(x))
        weights = cho_solve(cho_factor(system), gap)[:, None] * n
        field[asked] = _alike(nodes[asked], x, spread) @ weights
        moved = at(points)
    return Surface(vertices=image.vertices + at(image.vertices), faces=image.faces)


def unevenness_mm(vertebra: Vertebra, reference: Surface) -> float:
    """Median distance of a bent reference (local mm) from the bone: what of two sides is rough, and not only bent."""
    points, _ = reference.sampled(_CHECKED, seed=5)
    return float(np.median(vertebra.surface.closest(vertebra.frame.to_world(points))[0]))


def _alike(a: np.ndarray, b: np.ndarray, spread_mm: float) -> np.ndarray:
    """Covariance in mm2 of the displacement at points (n, 3) and (m, 3)."""
    # In single precision, twice as fast; the noise on the diagonal is far above its error.
    a, b = ((x / comparison("bend_length_mm")).astype(np.float32) for x in (a, b))
    nearness = a @ b.T - 0.5 * (a * a).sum(axis=1)[:, None] - 0.5 * (b * b).sum(axis=1)
    return spread_mm**2 * np.exp(nearness, out=nearness)
