"""One bone sounded in a frame: its solid, and where lines from below and from behind cross it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.geometry.axes import Frame
from planner.geometry.crossings import Crossings, Solid, cross, solid
from planner.geometry.surface import Surface

SOLID_MM = 0.5
MAP_MM = 0.25
MARGIN_MM = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sounding:
    """A bone in local (l, p, s) coordinates with the maps that all landmark constructions read.

    ``solid`` has 0.5 mm cells. ``vertical`` holds crossings along S on a 0.5 mm (l, p) grid, ``depth``
    crossings along P on a 0.25 mm (l, s) grid. From ``depth`` come two maps of the posterior elements:
    ``rear`` (l, s), the rearmost crossing, and ``front`` (l, s), the last entry before it.
    """

    frame: Frame
    local: Surface
    solid: Solid
    vertical: Crossings
    depth: Crossings
    rear: np.ndarray
    front: np.ndarray

    @classmethod
    def of(cls, surface: Surface, frame: Frame, half_width_mm: float | None = None) -> Sounding:
        """Sound a bone in a frame; ``half_width_mm`` limits it to a band about the midline (for the body)."""
        local = surface.in_frame(frame)
        low, high = local.bounds[0] - MARGIN_MM, local.bounds[1] + MARGIN_MM
        triangles = local.triangles
        if half_width_mm is not None:
            low[0], high[0] = -half_width_mm, half_width_mm
            triangles = triangles[(triangles[:, :, 0].min(axis=1) <= half_width_mm) & (triangles[:, :, 0].max(axis=1) >= -half_width_mm)]
        # Grid lines pass through l = 0, so that the midline is a line of the grid.
        low = np.floor(low)
        depth = cross(triangles, 1, MAP_MM, low, high)
        return cls(
            frame=frame,
            local=local,
            solid=solid(triangles, SOLID_MM, low, high),
            vertical=cross(triangles, 2, SOLID_MM, low, high),
            depth=depth,
            rear=depth.topmost(),
            front=depth.last_entry(),
        )

    def column(self, l: float) -> int:
        """Index of the sagittal section nearest to ``l`` in the rear and front maps."""
        return int(np.clip(round((l - self.depth.u[0]) / MAP_MM), 0, len(self.depth.u) - 1))

    def row(self, s: float) -> int:
        """Index of the axial section nearest to ``s`` in the rear and front maps."""
        return int(np.clip(round((s - self.depth.v[0]) / MAP_MM), 0, len(self.depth.v) - 1))

    def runs_along_p(self, l: float, s: float, bridge_mm: float = 0.0) -> np.ndarray:
        """(n, 2) entry and exit of each run of bone on the line along P at (l, s).

        Gaps up to ``bridge_mm`` (an inner void, a vessel channel) are closed.
        """
        heights, entering = self.depth.on_line(self.column(l), self.row(s))
        return _runs(heights, entering, bridge_mm)


def _runs(heights: np.ndarray, entering: np.ndarray, bridge_mm: float) -> np.ndarray:
    runs: list[list[float]] = []
    level, start = 0, 0.0
    for height, enters in zip(heights, entering, strict=True):
        before = level
        level += 1 if enters else -1
        if before == 0 and level == 1:
            start = height
        elif before == 1 and level == 0:
            if runs and start - runs[-1][1] <= bridge_mm:
                runs[-1][1] = height
            else:
                runs.append([start, height])
    return np.array(runs).reshape(-1, 2)
