"""The mid-sagittal plane: the mirror plane that lays the bone best upon itself."""

from __future__ import annotations

import numpy as np

from planner.anatomy.registration import Cloud
from planner.geometry.axes import across

BAND_MM = 26.0
TRIM = 0.75
ROUNDS = 20
STEP_DEG = 5.0
SAMPLES = 2500
NEAR_STEP_DEG = 1.2
SETTLED_ROUNDS = 40


def best_mirror_plane(
    cloud: Cloud, tree, axes: np.ndarray, point: np.ndarray,
    band_mm: float = BAND_MM, trim: float = TRIM, samples: int = SAMPLES,
) -> tuple[np.ndarray, np.ndarray, float]:  # fmt: skip
    """Refine a mirror plane from several starts about the rough L (rows L, P, S of ``axes``); as `mirror_plane`.

    A single start stopped in a second valley, 2-3 degrees off, on two of twenty bones; the residual tells
    the valleys apart.
    """
    trials = [
        mirror_plane(cloud, tree, normal, point, band_mm, trim, samples // 4, 6)
        for normal in _turned_about(axes, STEP_DEG)
    ]
    normal, on_plane, _ = min(trials, key=lambda trial: trial[2])
    return mirror_plane(cloud, tree, normal, on_plane, band_mm, trim, samples, 8)


def settled_mirror_plane(
    cloud: Cloud, tree, axes: np.ndarray, point: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Refine a found plane until where the search began no longer shows; as `mirror_plane`.

    Two valleys half a degree apart, met from different starts, moved lateral points by half a millimetre. So
    the deepest of several close by is taken and followed until it stands still.
    """
    trials = [
        mirror_plane(cloud, tree, normal, point, samples=SAMPLES // 4, rounds=6)
        for normal in _turned_about(axes, NEAR_STEP_DEG)
    ]
    normal, on_plane, _ = min(trials, key=lambda trial: trial[2])
    return mirror_plane(cloud, tree, normal, on_plane, rounds=SETTLED_ROUNDS)


def _turned_about(axes: np.ndarray, by_deg: float) -> list[np.ndarray]:
    """L of ``axes`` (rows L, P, S), and L turned both ways about P and about S."""
    from scipy.spatial.transform import Rotation

    turns = [np.zeros(3)] + [sign * np.radians(by_deg) * axes[k] for k in (1, 2) for sign in (1, -1)]
    return [Rotation.from_rotvec(turn).apply(axes[0]) for turn in turns]


def mirror_plane(
    cloud: Cloud, tree, normal: np.ndarray, point: np.ndarray,
    band_mm: float = BAND_MM, trim: float = TRIM, samples: int = SAMPLES, rounds: int = ROUNDS,
) -> tuple[np.ndarray, np.ndarray, float]:  # fmt: skip
    """Refine a rough mirror plane; return (unit normal, point on the plane, trimmed residual in mm).

    Gauss-Newton on point-to-plane residuals between mirrored samples within ``band_mm`` of the plane and the
    surface; the worst quarter is left out, which covers one destroyed lateral mass. ``tree`` is a k-d tree of
    ``cloud.points``.
    """
    normal = normal / np.linalg.norm(normal)
    offset = float(normal @ point)
    residual = np.inf
    for _ in range(rounds):
        source = cloud.points[:samples]
        source = source[np.abs(source @ normal - offset) < band_mm]
        mirrored = source - 2 * (source @ normal - offset)[:, None] * normal
        distance, index = tree.query(mirrored)
        y, m = cloud.points[index], cloud.normals[index]
        r = np.einsum("ij,ij->i", m, mirrored - y)
        cost = np.abs(r) + 0.25 * distance
        keep = np.argsort(cost)[: int(trim * len(cost))]
        residual = float(np.abs(r[keep]).mean())
        # Two tangent turns of the normal and the offset; derivatives by the mirror formula.
        a, b = across(normal)
        height = source @ normal - offset
        columns = [
            np.einsum(
                "ij,ij->i",
                m,
                -2 * ((source @ t)[:, None] * normal + height[:, None] * t),
            )
            for t in (a, b)
        ]
        columns.append(np.einsum("ij,j->i", m, 2 * normal))
        jacobian = np.column_stack(columns)[keep]
        weight = 1.0 / np.maximum(np.abs(r[keep]), 0.2)
        step = np.linalg.lstsq(jacobian * weight[:, None] ** 0.5, -r[keep] * weight**0.5, rcond=None)[0]
        size = np.linalg.norm(step[:2])
        if size > 0.2:
            step *= 0.2 / size
        turned = normal + step[0] * a + step[1] * b
        turned /= np.linalg.norm(turned)
        offset = offset + step[2]
        normal = turned
        if size < 1e-5 and abs(step[2]) < 1e-4:
            break
    return normal, normal * offset, residual
