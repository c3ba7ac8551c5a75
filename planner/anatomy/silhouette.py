"""The axis of the spinal canal from a bone's shadows: the direction in which light falls through it widest.

No template and no prior orientation. Along the canal the shadow of a vertebra has a hole of 5-10 mm radius;
along a transverse foramen one of 2-3 mm. Without a closed ring there is no hole, and nothing is returned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.geometry.axes import across

DIRECTIONS = 160
COARSE_MM, FINE_MM = 1.4, 0.8
COARSE_POINTS = 5000
LEAST_RADIUS_MM = 3.8
AREA_SHARE = 0.25
FIRST_STEP_DEG, LAST_STEP_DEG = 8.0, 1.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CanalShadow:
    """The canal as a shadow shows it: unit ``axis`` of unknown sign, a ``point`` on it (mm), the hole's radius."""

    axis: np.ndarray
    point: np.ndarray
    radius_mm: float


def canal_shadow(points: np.ndarray, near: np.ndarray | None = None, within_deg: float = 90.0) -> CanalShadow | None:
    """Return the direction of widest passage through surface samples (n, 3), or None where no ring is closed.

    ``near`` limits the search to directions within ``within_deg`` of it.
    """
    directions = _hemisphere(DIRECTIONS)
    if near is not None:
        directions = directions[np.abs(directions @ near) >= np.cos(np.radians(within_deg))]
    coarse = points[:COARSE_POINTS]
    holes = [_hole(coarse, d, COARSE_MM) for d in directions]
    if max(radius for radius, _, _ in holes) < LEAST_RADIUS_MM * 0.75:
        return None
    best = directions[int(np.argmax([size for _, size, _ in holes]))]
    radius, size, point = _hole(points, best, FINE_MM)
    step = FIRST_STEP_DEG
    while step >= LAST_STEP_DEG:
        a, b = across(best)
        turned = best + np.tan(np.radians(step)) * np.array(
            [np.cos(t) * a + np.sin(t) * b for t in np.arange(6) * np.pi / 3]
        )
        trials = [(d / np.linalg.norm(d), *_hole(points, d / np.linalg.norm(d), FINE_MM)) for d in turned]
        top = max(trials, key=lambda trial: trial[2])
        if top[2] > size:
            best, radius, size, point = top
        else:
            step /= 2
    return CanalShadow(axis=best, point=point, radius_mm=radius) if radius >= LEAST_RADIUS_MM else None


def _hemisphere(count: int) -> np.ndarray:
    """(count, 3) evenly spread directions of half a sphere (golden spiral)."""
    i = np.arange(count) + 0.5
    z, turn = i / count, np.pi * (1 + np.sqrt(5.0)) * i
    r = np.sqrt(1 - z * z)
    return np.column_stack([r * np.cos(turn), r * np.sin(turn), z])


def _hole(points: np.ndarray, direction: np.ndarray, cell_mm: float) -> tuple[float, float, np.ndarray]:
    """(radius of the largest circle, size of its hole, its centre) in the background that the shadow encloses.

    The size counts the hole's area too: a canal is wide, and a line that leans sideways in it has the same circle.
    Radius and size are 0 where nothing is enclosed.
    """
    from scipy.ndimage import distance_transform_edt, label

    a, b = across(direction)
    flat = np.column_stack([points @ a, points @ b])
    low = flat.min(axis=0) - 2 * cell_mm
    index = ((flat - low) / cell_mm).astype(int)
    shadow = np.zeros(index.max(axis=0) + 3, bool)
    shadow[index[:, 0], index[:, 1]] = True
    labels, _ = label(~shadow)
    inner = ~shadow & (labels != labels[0, 0])
    if not inner.any():
        return 0.0, 0.0, points.mean(axis=0)
    depth = distance_transform_edt(inner)
    k = np.unravel_index(np.argmax(depth), depth.shape)
    u, v = low + (np.array(k) + 0.5) * cell_mm
    radius = float(depth[k] * cell_mm)
    area = (labels == labels[k]).sum() * cell_mm**2
    return radius, radius + AREA_SHARE * float(np.sqrt(area)), u * a + v * b
