"""A screw's path: where it enters, where it points, how far it goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.geometry.axes import Frame, angles_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trajectory:
    """A straight path in world space, from the entry on the bone's surface to the screw's tip."""

    entry: np.ndarray
    direction: np.ndarray
    length_mm: float

    @property
    def tip(self) -> np.ndarray:
        return self.entry + self.length_mm * self.direction

    def stations(self, step_mm: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
        """Return (depths (n,), points (n, 3)) from entry to tip, both ends included."""
        depths = np.linspace(0.0, self.length_mm, max(2, round(self.length_mm / step_mm) + 1))
        return depths, self.entry + depths[:, None] * self.direction

    def angles_in(self, frame: Frame, side: str) -> tuple[float, float]:
        """(lateral_deg, cephalad_deg) in a vertebra's frame; signs as in `planner.geometry.axes`."""
        return angles_of(side, frame.direction_to_local(self.direction))
