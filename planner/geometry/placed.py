"""A world surface seen from a vertebra's own frame, without building its search trees again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.geometry.axes import Frame
from planner.geometry.surface import Surface

_NUDGE = np.array([1.31e-5, 0.73e-5, 2.17e-5])
_SURELY_INSIDE, _SURELY_OUTSIDE = 0.98, 0.8
"""Cosines of the angle between the way from the nearest point and its face's normal."""
_PROBES = np.array([[0.36, 0.48, 0.8], [-0.8, 0.36, 0.48], [0.48, -0.8, 0.36]])


@dataclass(frozen=True, eq=False, kw_only=True)
class Placed:
    """A surface in world mm whose questions and answers are in the local coordinates of ``frame``."""

    surface: Surface
    frame: Frame

    @cached_property
    def local(self) -> Surface:
        """The surface's arrays in local coordinates; ask `closest` and `first_hit` here, not there."""
        return self.surface.in_frame(self.frame)

    @cached_property
    def bounds(self) -> np.ndarray:
        """(2, 3) least and greatest local corner."""
        return self.local.bounds

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (distance (n,), closest point (n, 3), outward normal of its face (n, 3))."""
        distance, nearest, face = self.surface.closest(self.frame.to_world(points))
        normal = self.frame.direction_to_local(self.surface.face_normals[face])
        return distance, self.frame.to_local(nearest), normal

    def first_hit(self, origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First point hit by each ray, nan where it misses, and the face, -1 there.

        Rays start a hundred-thousandth of a mm off: one that meets an edge exactly can slip through the
        surface.
        """
        hit, face = self.surface.first_hit(
            self.frame.to_world(origins + _NUDGE), self.frame.direction_to_world(directions)
        )
        return self.frame.to_local(hit), face

    def signed_distance(self, points: np.ndarray) -> np.ndarray:
        """Return (n,) distances in mm, positive inside, exact in length.

        The sign is that of the nearest face's normal; where that stands askew (beside an edge) three rays vote,
        sooner for a point that seems inside: beside a rim sharper than 37 degrees the far face can be the nearest.
        Quicker than winding numbers for a few points, and meant for closed surfaces.
        """
        distance, nearest, normal = self.closest(points)
        cosine = np.einsum("ij,ij->i", points - nearest, normal) / np.maximum(distance, 1e-9)
        inside = cosine < 0
        doubtful = np.flatnonzero((cosine > -_SURELY_INSIDE) & (cosine < _SURELY_OUTSIDE) & (distance > 1e-6))
        inside[doubtful] = self.inside(points[doubtful])
        return np.where(inside, distance, -distance)

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Return (n,) bool by three rays that vote: inside where most first leave the surface.

        The third ray is asked only where the first two disagree.
        """
        if not len(points):
            return np.zeros(0, bool)
        first, second, third = _PROBES / np.linalg.norm(_PROBES, axis=1, keepdims=True)
        inside = self._leaves(points, first)
        split = np.flatnonzero(inside != self._leaves(points, second))
        inside[split] = self._leaves(points[split], third)
        return inside

    def _leaves(self, points: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """True where a ray's first hit is on the inner face of the surface."""
        _, face = self.first_hit(points, np.tile(direction, (len(points), 1)))
        return (face >= 0) & (self.surface.face_normals[face] @ self.frame.direction_to_world(direction) > 0)
