"""Closed outlines in a plane: what lies inside, how large they are, the largest circle that fits."""

from __future__ import annotations

import numpy as np

_RASTER_MM, _EDGE_MM = 1.0, 0.5


def inside_outline(points: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Which (n, 2) points lie inside a closed (k, 2) outline, by the parity of crossings."""
    a, b = outline, np.roll(outline, -1, axis=0)
    # Points of a raster share few heights, and few edges cross one.
    heights, row = np.unique(points[:, 1], return_inverse=True)
    at, edge = np.nonzero((a[:, 1] > heights[:, None]) != (b[:, 1] > heights[:, None]))
    run, rise = (b - a)[edge].T
    meets = np.full((len(heights), np.bincount(at).max(initial=0)), -np.inf)
    meets[at, np.arange(len(at)) - np.searchsorted(at, at)] = a[edge, 0] + (heights[at] - a[edge, 1]) * (run / rise)
    return (points[:, :1] < meets[row]).sum(axis=1) % 2 == 1


def outline_size(outline: np.ndarray) -> tuple[float, float, float]:
    """Return (area, sagittal diameter on the midline, width) of a closed (n, 2) outline in (l, p)."""
    l, p = outline.T
    area = 0.5 * abs(float(np.sum(l * np.roll(p, -1) - np.roll(l, -1) * p)))
    middle = (l.min() + l.max()) / 2
    after = np.roll(outline, -1, axis=0)
    cuts = (l > middle) != (after[:, 0] > middle)
    ap = float("nan")
    if cuts.sum() >= 2:
        a, b = outline[cuts], after[cuts]
        heights = a[:, 1] + (middle - a[:, 0]) / (b[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
        ap = float(heights.max() - heights.min())
    return area, ap, float(np.ptp(l))


def largest_circle(outline: np.ndarray) -> float:
    """Return the diameter of the largest circle inside a closed (n, 2) outline, to about 0.1 mm.

    The place furthest from the edge, on a 1 mm raster and then on one of 0.25 mm about it.
    """
    from scipy.spatial import cKDTree

    after = np.roll(outline, -1, axis=0)
    # Straight bridges over gaps are long.
    count = int(np.ceil(np.linalg.norm(after - outline, axis=1).max() / _EDGE_MM))
    steps = np.arange(count)[:, None, None] / count
    edge = cKDTree(((1 - steps) * outline + steps * after).reshape(-1, 2))
    low, high = outline.min(axis=0), outline.max(axis=0)
    best, middle = 0.0, (low + high) / 2
    for step, half in ((_RASTER_MM, (high - low) / 2), (_RASTER_MM / 4, np.full(2, _RASTER_MM))):
        axes = [np.arange(m - h, m + h + 1e-9, step) for m, h in zip(middle, half, strict=True)]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
        grid = grid[inside_outline(grid, outline)]
        if not len(grid):
            break
        far = edge.query(grid)[0]
        best, middle = float(far.max()), grid[int(far.argmax())]
    return 2.0 * best
