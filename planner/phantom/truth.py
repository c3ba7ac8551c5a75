"""Measures of what was built, read from the solids themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.phantom.pose import Pose
from planner.phantom.shape import Shape
from planner.phantom.solid import Solid


def round_all(values: np.ndarray, digits: int = 3) -> list[float]:
    return [round(float(v), digits) + 0.0 for v in np.asarray(values).ravel()]


def raster(box: np.ndarray, step_mm: float) -> tuple[np.ndarray, tuple[int, ...]]:
    """Middles (n, 3) of the cells that fill a (2, 3) box, and how many there are along each axis."""
    axes = [np.arange(low + step_mm / 2, high, step_mm) for low, high in box.T]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3), tuple(len(one) for one in axes)


def region_volume(solid: Solid, box: np.ndarray, step_mm: float = 0.3) -> float:
    """Volume of the solid inside a box, by counting (mm3): cells of twice the step, those near its surface halved."""
    coarse = 2 * step_mm
    middles, _ = raster(box, coarse)
    value = solid(middles)
    # Half a cell's diagonal is 0.87 of its side, and the fields are distances to first order only.
    near = middles[np.abs(value) < coarse]
    parts = np.stack(np.meshgrid(*[[-step_mm / 2, step_mm / 2]] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    fine = solid((near[:, None] + parts).reshape(-1, 3)) < 0
    return float((value <= -coarse).sum() * coarse**3 + fine.sum() * step_mm**3)


def solid_volume(solid: Solid, step_mm: float = 0.6) -> tuple[float, np.ndarray]:
    """Volume and centroid of a solid, by counting; nan centroid when it is empty."""
    points, _ = raster(solid.box, step_mm)
    inside = points[solid(points) < 0]
    return len(inside) * step_mm**3, inside.mean(axis=0) if len(inside) else np.full(3, np.nan)


def mass_extent(solid: Solid, shape: Shape, sign: float) -> float:
    """Height (s) of bone on the rear part of the lateral mass, in the sagittal plane through its middle."""
    c = shape.mass_center
    p, s = (
        g.ravel() for g in np.meshgrid(np.arange(c[1] - 9.0, c[1] + 2.0, 0.1), np.arange(c[2] - 14, c[2] + 19, 0.1))
    )
    inside = solid(np.column_stack([np.full_like(p, sign * c[0]), p, s])) < 0
    return float(np.ptp(s[inside])) if inside.any() else 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForamenProbe:
    """A stack of rasters across a foramen's bore, to read the largest circle at its narrowest plane.

    `points` (n, 3) in the world; `shape` of the stack; `step_mm` of the raster; `bore` (j, k) bool: where the bore
    was made, so that a hole beside it is not taken for it.
    """

    points: np.ndarray
    shape: tuple[int, int, int]
    step_mm: float
    bore: np.ndarray

    @classmethod
    def across(cls, pose: Pose, middle: np.ndarray, radius: float, step_mm: float = 0.125) -> ForamenProbe:
        """Planes across the level's superior axis, 3.5 mm below to 1 mm above the bore's `middle` (local)."""
        grid = np.arange(-radius - 2.5, radius + 2.5, step_mm)
        heights = np.arange(-3.5, 1.01, 0.5)
        s, u, v = np.meshgrid(heights, grid, grid, indexing="ij")
        local = middle + np.column_stack([u.ravel(), v.ravel(), s.ravel()])
        bore = np.hypot(*np.meshgrid(grid, grid, indexing="ij")) < radius
        return cls(points=pose(local), shape=(len(heights), len(grid), len(grid)), step_mm=step_mm, bore=bore)

    def diameters(self, values: np.ndarray) -> np.ndarray:
        """Largest circle in an enclosed hole, for each plane; nan where a plane has no hole."""
        from scipy.ndimage import distance_transform_edt, label

        found = np.full(self.shape[0], np.nan)
        for k, free in enumerate((values > 0).reshape(self.shape)):
            names, _ = label(free)
            border = np.concatenate([names[0], names[-1], names[:, 0], names[:, -1]])
            holes = np.setdiff1d(names[self.bore], np.append(border, 0))
            if len(holes):
                # The raster counts middles of cells: the wall lies half a step nearer.
                depth = float(distance_transform_edt(np.isin(names, holes)).max())
                found[k] = 2 * (depth - 0.5) * self.step_mm
        return found

    def narrowest(self, bone: np.ndarray, mass: np.ndarray | None = None) -> float:
        """Least diameter over the planes in which the bone closes a ring; 0 where mass fills one, nan without any."""
        ring = self.diameters(bone)
        closed = ~np.isnan(ring)
        if not closed.any():
            return float("nan")
        both = ring if mass is None else self.diameters(np.minimum(bone, mass))
        return float(np.nan_to_num(both[closed], nan=0.0).min())
