"""The transverse foramen of one side laid on the other: where a passage should be free, and how much narrower it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.anatomy.vertebra import Status, Vertebra
from planner.assessment.grading import comparison
from planner.assessment.mirror import Mirror
from planner.geometry.axes import OPPOSITE, SIDES

# What narrows a foramen grows from the bone about it: looked for so far from its wall and along its axis.
_ABOUT_MM, _ALONG_MM = 6.0, 7.0
_FORAMEN_HALF_MM = 4.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bore:
    """A side's transverse foramen as the other side's mirror image has it: middle and axis in local (l, p, s) mm.

    ``ratio`` is the other side's diameter over its own, inf where its own was not found.
    """

    side: str
    middle: np.ndarray
    along: np.ndarray
    radius_mm: float
    ratio: float

    @property
    def narrowed(self) -> bool:
        """Whether its own passage is narrower than two healthy sides' measures differ by as a rule."""
        return self.ratio >= comparison("plugged_ratio")

    @property
    def stuffed(self) -> bool:
        """Whether its own passage is much narrower, or not found at all."""
        return comparison("stuffed_share") * self.ratio > 1.0

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Whether points (..., 3), local mm, lie in the passage."""
        return self._within(points, self.radius_mm, _FORAMEN_HALF_MM)

    def about(self, points: np.ndarray) -> np.ndarray:
        """Whether points (..., 3), local mm, lie in the passage or in the bone about it."""
        return self._within(points, self.radius_mm + _ABOUT_MM, _ALONG_MM)

    def corners(self) -> np.ndarray:
        """Low and high corner (2, 3) of a box that holds all of what lies about it."""
        reach = np.hypot(self.radius_mm + _ABOUT_MM, _ALONG_MM)
        return np.array([self.middle - reach, self.middle + reach])

    def _within(self, points: np.ndarray, radius_mm: float, half_mm: float) -> np.ndarray:
        away = points - self.middle
        s = away @ self.along
        across = np.linalg.norm(away - s[..., None] * self.along, axis=-1)
        return (across < radius_mm) & (np.abs(s) < half_mm)


def bores(vertebra: Vertebra, mirror: Mirror) -> Iterator[Bore]:
    """Yield the bore of each side whose opposite transverse foramen is measured."""
    for side in SIDES:
        own, twin = vertebra.foramina[side], vertebra.foramina[OPPOSITE[side]]
        if twin.status is Status.MEASURED:
            found = own.status is Status.MEASURED and own.diameter_mm > 0
            yield Bore(
                side=side,
                middle=mirror(vertebra.frame.to_local(twin.center)),
                along=vertebra.frame.direction_to_local(twin.axis) @ mirror.matrix.T,
                radius_mm=twin.diameter_mm / 2,
                ratio=twin.diameter_mm / own.diameter_mm if found else float("inf"),
            )
