"""Bites: openings in a raster of bone that break out of its border through a mouth narrower than themselves.

A hole close to a lamina's border breaks out of it and is enclosed no more, but the bone is missing all the same. The
notches that borders have by nature are widest at their mouths.
"""

from __future__ import annotations

import numpy as np

from planner.assessment.grading import comparison

_LEAST_MM, _LARGEST_MM = 1.0, 2.5
"""Radius of the largest circle in a bite: about that of the least hole that is told; wider bays lie between a lamina
and the process above it."""
_TURN = np.radians(np.arange(0.0, 360.0, 5.0))


def bites(bone: np.ndarray, open_through: np.ndarray, step: float) -> list[tuple[int, int]]:
    """Return the (row, column) of middles of openings in ``bone`` (n, m) that may be bites: enclosed for the most part.

    ``open_through`` is where nothing at all is met; the spacing of the raster is ``step`` mm.
    """
    from scipy.ndimage import binary_fill_holes

    room, peak = _middles(bone, step)
    peak &= open_through & ~binary_fill_holes(bone)
    found = []
    for row, column in sorted(np.argwhere(peak).tolist(), key=lambda at: -room[tuple(at)]):
        away = _rim(bone, step, row, column, 2.0 * room[row, column])
        if np.isfinite(away).mean() >= comparison("bite_enclosed_share"):
            found.append((row, column))
    return found


def bite(bone: np.ndarray, step: float, within_mm: float) -> tuple[float, np.ndarray] | None:
    """Return (area in mm2 as far as the straight line across its mouth, row and column of its middle) of the largest
    bite whose middle lies this close to that of the raster; None where there is none."""
    room, peak = _middles(bone, step)
    rows, columns = np.indices(bone.shape)
    middle = (np.array(bone.shape) - 1) / 2
    peak &= np.maximum(np.abs(rows - middle[0]), np.abs(columns - middle[1])) * step <= within_mm
    best = None
    for row, column in np.argwhere(peak):
        area = _area(_rim(bone, step, row, column, 2.0 * room[row, column]), 2.0 * room[row, column])
        if area > (best[0] if best else 0.0):
            best = area, np.array([row, column])
    return best


def _middles(bone: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """(distance to the bone in mm, where that is greatest round about and neither too small nor too large)."""
    from scipy.ndimage import distance_transform_edt, maximum_filter

    room = distance_transform_edt(~bone) * step
    return room, (room == maximum_filter(room, 3)) & (room >= _LEAST_MM) & (room <= _LARGEST_MM)


def _rim(bone: np.ndarray, step: float, row: int, column: int, reach_mm: float) -> np.ndarray:
    """Distance in mm to the bone in each direction from a place; nan where there is none within reach."""
    away = np.arange(step, reach_mm + step, step / 2)
    at = [np.rint(start + turned[:, None] * away / step).astype(int)
          for start, turned in ((row, np.cos(_TURN)), (column, np.sin(_TURN)))]  # fmt: skip
    inside = np.all([(k >= 0) & (k < size) for k, size in zip(at, bone.shape, strict=True)], axis=0)
    met = inside & bone[tuple(np.clip(k, 0, size - 1) for k, size in zip(at, bone.shape, strict=True))]
    return np.where(met.any(axis=1), away[met.argmax(axis=1)], np.nan)


def _area(away: np.ndarray, width_mm: float) -> float:
    """Area up to a rim, the mouth closed by a straight line; 0 for no bite. ``width_mm`` is that of its inside."""
    seen = np.flatnonzero(np.isfinite(away))
    if not len(seen):
        return 0.0
    gaps = np.diff(np.append(seen, seen[0] + len(away)))
    widest = int(gaps.argmax())
    if gaps[widest] < 2 or 1.0 - (gaps[widest] - 1) / len(away) < comparison("bite_enclosed_share"):
        return 0.0
    points = away[seen, None] * np.column_stack([np.cos(_TURN[seen]), np.sin(_TURN[seen])])
    mouth = points[(widest + 1) % len(seen)] - points[widest]
    if np.linalg.norm(mouth) > comparison("bite_mouth_share") * width_mm:
        return 0.0
    x, y = points.T
    return 0.5 * abs(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)))
