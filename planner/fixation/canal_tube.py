"""The spinal canal of one vertebra as a closed body, from the outlines of its free space."""

from __future__ import annotations

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.geometry.surface import Surface

_RAYS = 48


def canal_body(vertebra: Vertebra) -> Surface | None:
    """Return the free space of the canal as a closed surface in world mm, or None if there is no outline.

    Each outline is read from its centreline point along 48 directions; where it folds back, the outermost
    crossing counts, which makes the canal larger, never smaller.
    """
    rings = []
    for center, outline in zip(vertebra.canal.centerline, vertebra.canal.sections, strict=True):
        ring = _ring(vertebra.frame.to_local(center), vertebra.frame.to_local(outline))
        if ring is not None:
            rings.append(ring)
    if len(rings) < 2:
        return None
    rings.sort(key=lambda ring: ring[:, 2].mean())
    count = len(rings)
    points = np.vstack([*rings, rings[0].mean(axis=0), rings[-1].mean(axis=0)])
    here = np.arange(_RAYS)
    ahead = (here + 1) % _RAYS
    faces = []
    for k in range(count - 1):
        low, high = k * _RAYS, (k + 1) * _RAYS
        faces += [
            np.c_[low + here, low + ahead, high + ahead],
            np.c_[low + here, high + ahead, high + here],
        ]
    top = (count - 1) * _RAYS
    faces += [
        np.c_[ahead, here, np.full(_RAYS, count * _RAYS)],
        np.c_[top + here, top + ahead, np.full(_RAYS, count * _RAYS + 1)],
    ]
    surface = Surface(vertices=vertebra.frame.to_world(points), faces=np.vstack(faces).astype(np.int64))
    return surface


def _ring(center: np.ndarray, outline: np.ndarray) -> np.ndarray | None:
    if len(outline) < 3:
        return None
    middle = center[:2] if np.isfinite(center).all() else outline[:, :2].mean(axis=0)
    flat = outline[:, :2] - middle
    angles = 2 * np.pi * np.arange(_RAYS) / _RAYS
    rays = np.c_[np.cos(angles), np.sin(angles)]
    start, run = flat, np.roll(flat, -1, axis=0) - flat
    cross = rays[:, None, 0] * run[None, :, 1] - rays[:, None, 1] * run[None, :, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = (start[None, :, 0] * run[None, :, 1] - start[None, :, 1] * run[None, :, 0]) / cross
        share = (start[None, :, 0] * rays[:, None, 1] - start[None, :, 1] * rays[:, None, 0]) / cross
    good = (np.abs(cross) > 1e-12) & (share >= 0) & (share <= 1) & (reach > 0)
    radius = np.where(good, reach, -np.inf).max(axis=1)
    if not np.isfinite(radius).all():
        return None
    return np.c_[middle + radius[:, None] * rays, np.full(_RAYS, outline[:, 2].mean())]
