"""One bone sounded in a frame: its solid, and where lines from below and from behind cross it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.geometry.axes import Frame
from planner.geometry.crossings import Crossings, Solid, cross, solid
from planner.geometry.surface import Surface

SOLID_MM = 0.5
MAP_MM = 0.25
MARGIN_MM = 1.0
FINE_MM = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Sounding:
    """A bone in local (l, p, s) coordinates with the maps that all landmark constructions read.

    ``solid`` has 0.5 mm cells. ``vertical`` holds crossings along S on a 0.5 mm (l, p) grid, ``depth``
    crossings along P on a 0.25 mm (l, s) grid. From ``depth`` come two maps of the posterior elements:
    ``rear`` (l, s), the rearmost crossing, and ``front`` (l, s), the last entry before it. Each is made when
    it is first asked for, since the pose needs only the lines through the body.
    """

    frame: Frame
    surface: Surface
    triangles: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, surface: Surface, frame: Frame, half_width_mm: float | None = None) -> Sounding:
        """Sound a bone in a frame; ``half_width_mm`` limits it to a band about the midline (for the body)."""
        local = surface.in_frame(frame)
        low, high = local.bounds[0] - MARGIN_MM, local.bounds[1] + MARGIN_MM
        triangles = local.triangles
        if half_width_mm is not None:
            low[0], high[0] = -half_width_mm, half_width_mm
            a, b, c = triangles[:, :, 0].T
            inside = np.minimum(np.minimum(a, b), c) <= half_width_mm
            triangles = triangles[inside & (np.maximum(np.maximum(a, b), c) >= -half_width_mm)]
        # Grid lines pass through l = 0, so that the midline is a line of the grid.
        return cls(
            frame=frame,
            surface=surface,
            triangles=triangles,
            low=np.floor(low),
            high=high,
        )

    @cached_property
    def depth(self) -> Crossings:
        return cross(self.triangles, 1, MAP_MM, self.low, self.high)

    @cached_property
    def vertical(self) -> Crossings:
        return cross(self.triangles, 2, SOLID_MM, self.low, self.high)

    @cached_property
    def midline(self) -> Crossings:
        """Crossings along S on the single row of lines l = 0, 0.1 mm apart in p."""
        low, high = np.array([0.0, *self.low[1:]]), np.array([0.0, *self.high[1:]])
        least, most = self._extent
        near = (least[:, 0] <= MARGIN_MM) & (most[:, 0] >= -MARGIN_MM)
        return cross(self.triangles[near], 2, FINE_MM, low, high)

    @cached_property
    def solid(self) -> Solid:
        return solid(self.triangles, SOLID_MM, self.low, self.high)

    @cached_property
    def rear(self) -> np.ndarray:
        return self.depth.topmost()

    @cached_property
    def front(self) -> np.ndarray:
        return self.depth.last_entry()

    @cached_property
    def _extent(self) -> tuple[np.ndarray, np.ndarray]:
        """(least, greatest) corner (m, 3) of each face; pairwise, which is faster than reducing a short axis."""
        a, b, c = self.triangles.transpose(1, 0, 2)
        return np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)

    def first_hit(self, origin: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """First local point (3,) that one ray from a local origin meets; nan where it misses."""
        hit, _ = self.surface.first_hit(
            self.frame.to_world(origin)[None],
            self.frame.direction_to_world(direction)[None],
        )
        return self.frame.to_local(hit[0])

    def solid_about(self, center: np.ndarray, half_mm: float, spacing_mm: float) -> Solid:
        """A finer solid in a cube about a local point."""
        low, high = center - half_mm, center + half_mm
        least, most = self._extent
        # Lines along S are filled from below, so faces under the cube count too.
        near = (least <= high).all(axis=1) & (most[:, :2] >= low[:2]).all(axis=1)
        return solid(self.triangles[near], spacing_mm, low, high)

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
