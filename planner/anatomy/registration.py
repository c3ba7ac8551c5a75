"""Rough pose by registering the bone into a template, from many starts at once.

The bone is mapped into the template, not the other way round: missing bone then costs nothing, extra bone is
trimmed, and the template's nearest-point table serves every start without a tree search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.template import Template

CAP_MM = 10.0
NORMAL_WEIGHT_MM = 1.5
TRIM = 0.8
SCALE = (0.65, 1.5)
STARTS = 500
NEAR_AXES_DEG = 50.0
APART_DEG = 25.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """A similarity ``x_template = scale * rotation @ x + shift`` with its two-way trimmed score (mm)."""

    rotation: np.ndarray
    scale: float
    shift: np.ndarray
    score: float

    @property
    def origin(self) -> np.ndarray:
        """The template's origin (its body centre) in the bone's coordinates."""
        return self.rotation.T @ (-self.shift) / self.scale


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cloud:
    """A bone as area-weighted samples about their own mean: coordinates stay small, whatever the scanner's."""

    points: np.ndarray
    normals: np.ndarray
    center: np.ndarray

    @classmethod
    def of(cls, surface, count: int = 12_000) -> Cloud:
        points, normals = surface.sampled(count, seed=1)
        center = points.mean(axis=0)
        return cls(points=points - center, normals=normals, center=center)


def rotations(count: int) -> np.ndarray:
    """(count, 3, 3) evenly spread rotations (super-Fibonacci spirals; Alexa, CVPR 2022)."""
    from scipy.spatial.transform import Rotation

    i = np.arange(count) + 0.5
    phi, psi = np.sqrt(2.0), 1.533751168755204288118041
    r, big = np.sqrt(i / count), np.sqrt(1.0 - i / count)
    a, b = 2 * np.pi * i / phi, 2 * np.pi * i / psi
    quaternions = np.column_stack([r * np.sin(a), r * np.cos(a), big * np.sin(b), big * np.cos(b)])
    return Rotation.from_quat(quaternions).as_matrix()


def turn_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whole angle between rotations (..., 3, 3), degrees."""
    trace = np.einsum("...ij,...ij->...", a, b)
    return np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1)))


def register(cloud: Cloud, template: Template, axes: np.ndarray | None) -> list[Fit]:
    """Return the best fits, best first, at least 25 degrees apart.

    ``axes`` (3, 3), rows L, P, S in the bone's space, limits the search to 50 degrees about them; None searches
    every orientation.
    """
    spread = rotations(STARTS)
    if axes is None:
        starts, widths = spread, (40, 12, 6)
    else:
        relative = spread[turn_deg(spread, np.eye(3)) <= NEAR_AXES_DEG]
        starts, widths = np.concatenate([axes[None], relative @ axes]), (8, 4, 2)
    rng = np.random.default_rng(0)
    coarse = rng.choice(len(cloud.points), 300, replace=False)
    points, normals = cloud.points[coarse], cloud.normals[coarse]
    shift = _centered(template, starts, points)
    state = (starts, np.ones(len(starts)), shift)
    state = _best(state, _score(template, state, points, normals), widths[0])
    state = _steps(template, state, points, normals, 3)
    state = _best(state, _score(template, state, points, normals), widths[1])
    state = _steps(template, state, points, normals, 6)
    state = _apart(state, _score(template, state, points, normals), widths[2])
    state = _steps(template, state, points, normals, 8)
    fine = rng.choice(len(cloud.points), 900, replace=False)
    state = _steps(template, state, cloud.points[fine], cloud.normals[fine], 8)
    scores = _two_way(template, state, cloud)
    order = np.argsort(scores)
    return [
        Fit(rotation=state[0][k], scale=float(state[1][k]), shift=state[2][k], score=float(scores[k])) for k in order
    ]


def _centered(template: Template, starts: np.ndarray, points: np.ndarray) -> np.ndarray:
    return template.points.mean(axis=0) - np.einsum("nij,j->ni", starts, points.mean(axis=0))


def _mapped(state, points):
    rotation, scale, shift = state
    return scale[:, None, None] * np.einsum("nij,kj->nki", rotation, points) + shift[:, None]


def _cost(template, state, points, normals):
    """((n, k) cost of each point, (n, k) index of its template point)."""
    mapped = _mapped(state, points)
    index = template.closest(mapped)
    distance = np.linalg.norm(mapped - template.points[index], axis=2)
    turned = np.einsum("nij,kj->nki", state[0], normals)
    cosine = np.einsum("nki,nki->nk", turned, template.normals[index])
    return np.minimum(distance, CAP_MM) + NORMAL_WEIGHT_MM * (1 - cosine), index


def _trimmed_mean(cost: np.ndarray, share: float) -> np.ndarray:
    keep = max(1, int(share * cost.shape[1]))
    return np.partition(cost, keep - 1, axis=1)[:, :keep].mean(axis=1)


def _score(template, state, points, normals):
    return _trimmed_mean(_cost(template, state, points, normals)[0], TRIM)


def _best(state, scores, count):
    order = np.argsort(scores)[:count]
    return tuple(part[order] for part in state)


def _apart(state, scores, count):
    """The best poses that lie at least 25 degrees from each other."""
    chosen: list[int] = []
    for k in np.argsort(scores):
        if all(turn_deg(state[0][k], state[0][c]) > APART_DEG for c in chosen):
            chosen.append(int(k))
        if len(chosen) == count:
            break
    return tuple(part[chosen] for part in state)


def _steps(template, state, points, normals, count):
    """Trimmed similarity steps (Umeyama 1991), all poses at once."""
    keep = int(TRIM * len(points))
    for _ in range(count):
        cost, index = _cost(template, state, points, normals)
        chosen = np.argpartition(cost, keep - 1, axis=1)[:, :keep]
        source = points[chosen]
        target = template.points[np.take_along_axis(index, chosen, axis=1)]
        ms, mt = source.mean(axis=1), target.mean(axis=1)
        s, t = source - ms[:, None], target - mt[:, None]
        u, d, vt = np.linalg.svd(np.einsum("nki,nkj->nij", t, s))
        sign = np.sign(np.linalg.det(u @ vt))
        d[:, 2] *= sign
        u[:, :, 2] *= sign[:, None]
        rotation = u @ vt
        scale = np.clip(d.sum(axis=1) / (s**2).sum(axis=(1, 2)), *SCALE)
        shift = mt - scale[:, None] * np.einsum("nij,nj->ni", rotation, ms)
        state = (rotation, scale, shift)
    return state


def _two_way(template, state, cloud):
    """Trimmed bone-to-template and template-to-bone distance with normals, summed (mm)."""
    from scipy.spatial import cKDTree

    forward = _score(template, state, cloud.points[:900], cloud.normals[:900])
    tree = cKDTree(cloud.points[:6000])
    sample = np.linspace(0, len(template.points) - 1, 900).astype(int)
    scores = np.empty(len(forward))
    for n in range(len(forward)):
        back = (template.points[sample] - state[2][n]) @ state[0][n] / state[1][n]
        distance, index = tree.query(back)
        cosine = np.einsum("ij,ij->i", template.normals[sample] @ state[0][n], cloud.normals[index])
        cost = np.minimum(distance * state[1][n], CAP_MM) + (1 - cosine)
        scores[n] = forward[n] + _trimmed_mean(cost[None], 0.75)[0]
    return scores
