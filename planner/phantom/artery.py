"""A vertebral artery that rides high under the superior articular surface of C2."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.errors import InputError
from planner.geometry.axes import SIGN
from planner.phantom.column import Column
from planner.phantom.parts import rod
from planner.phantom.shape import Shape
from planner.phantom.solid import Solid, union

_BACKWARD_SHARE = 0.5
_MARGIN_MM = 3.0
"""The plane of the two heights: this far lateral to the canal's cortical margin."""


def high_riding_artery(column: Column, side: str, internal_height_mm: float = 1.8, level: str = "C2") -> Column:
    """Let the groove of C2's artery rise and reach inwards until so much bone is left above it.

    Logged: internal height (roof of the groove to the articular surface) and isthmus height (of the bone
    behind the groove), each the least in the sagittal plane 3 mm lateral to the canal, before and after.
    """
    if level != "C2":
        raise InputError("Only C2 has this groove.", "Leave the level out.")
    here = column.bones["C2"]
    before = heights(here.solid, here.shape, side)
    low, high = -2.0, 8.0
    for _ in range(9):
        rise = (low + high) / 2
        left = heights(here.solid.without(_groove(here.shape, side, rise), 0.6), here.shape, side)[0]
        low, high = (rise, high) if not left <= internal_height_mm else (low, rise)
    new = replace(here, solid=here.solid.without(_groove(here.shape, side, low), 0.6))
    after = heights(new.solid, here.shape, side)
    return column.changed(
        new, operator="high_riding_artery", level="C2", side=side,
        internal_height_before_mm=round(before[0], 2), internal_height_mm=round(after[0], 2),
        isthmus_height_before_mm=round(before[1], 2), isthmus_height_mm=round(after[1], 2),
    )  # fmt: skip


def plane_of_heights(shape: Shape, side: str) -> float:
    """The l of the sagittal plane in which the heights are read."""
    return SIGN[side] * (shape.canal_width / 2 + _MARGIN_MM)


def heights(solid: Solid, shape: Shape, side: str, step_mm: float = 0.1) -> tuple[float, float]:
    """Internal height and isthmus height in mm, read from the solid; nan where no groove is under the bone.

    Internal: least bone above the groove's roof in front of and at the foramen, straight up. Isthmus: least bone
    between the groove and the dorsal surface behind it, at no more than 60 degrees to the posterior axis.
    """
    y, r = shape.foramen[1], shape.foramen_diameter / 2
    p = np.arange(y - r, y + r + 9.0, step_mm)
    s = np.arange(shape.foramen[2] - 9.0, shape.articular_up + 6.0, step_mm)
    grid = np.stack(np.meshgrid(p, s, indexing="ij"), axis=-1).reshape(-1, 2)
    points = np.column_stack([np.full(len(grid), plane_of_heights(shape, side)), grid])
    bone = (solid(points) < 0).reshape(len(p), len(s))
    above, wall, dorsal = [], [], []
    for k, column in enumerate(bone):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], column.astype(int), [0]]))).reshape(-1, 2)
        if not len(edges):
            continue
        top = edges[-1]
        dorsal.append((k, top[1]))
        grooved = len(edges) > 1 or top[0] > (shape.foramen[2] + 1.0 - s[0]) / step_mm
        if not grooved:
            continue
        if p[k] <= y + r:
            above.append((top[1] - top[0]) * step_mm)
        # The groove's rear wall: free here below the roof, bone in the next column.
        low = edges[-2][1] if len(edges) > 1 else 0
        behind = bone[min(k + 1, len(p) - 1), low : top[0]]
        wall += [(k, low + j) for j in np.flatnonzero(behind)] if p[k] >= y else []
    nan = float("nan")
    isthmus = nan
    if wall:
        ends = np.array(dorsal)
        for start in np.array(wall)[:: max(1, len(wall) // 400)]:
            way = ends - start
            back = way[:, 0] >= np.maximum(_BACKWARD_SHARE * way[:, 1], 1)
            if back.any():
                least = float(np.linalg.norm(way[back], axis=1).min() * step_mm)
                isthmus = least if isthmus != isthmus else min(isthmus, least)
    return (min(above) if above else nan), isthmus


def _groove(shape: Shape, side: str, rise_mm: float) -> Solid:
    """The artery's way: up through the foramen, inwards and back under the surface, then out to the side."""
    x, y, z = shape.foramen
    mirror = np.array([SIGN[side], 1.0, 1.0])
    r = shape.foramen_diameter / 2 + 0.2
    inner = shape.canal_width / 2 + 1.6 + r
    path = np.array([
        [x, y, z - 3.0], [min(x, inner + 0.8), y + 0.4, z + 0.5 + rise_mm / 2], [inner, y + 1.0, z + rise_mm],
        [x + 1.0, y + 1.2, z + rise_mm], [x + 9.0, y + 1.6, z + min(rise_mm, 3.0)],
    ]) * mirror  # fmt: skip
    return union([(rod(a, b, r, r), 0.6) for a, b in zip(path[:-1], path[1:], strict=True)])
