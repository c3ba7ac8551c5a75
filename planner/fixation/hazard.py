"""What a screw must stay clear of, as distances: tubes, solid bodies and articular surfaces.

Every hazard answers ``distance(points)``: mm from a point to the structure, positive outside it, negative
within. A screw's clearance is that distance along its axis less its radius. ``distance`` is quick and good
to a few hundredths of a millimetre; ``exact`` is used on the winners. All points of one hazard share one
frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from planner.geometry.placed import Placed
from planner.geometry.surface import Surface

FAR_MM = 5.0
"""Quick distances of bodies stop here: a shaft that far away is clear beyond any margin."""

# Cosines of the angle off a sheet's normal at which a point begins to be over it, and wholly is.
_BESIDE, _OVER = 0.92, 0.98


class Hazard(Protocol):
    name: str

    def distance(self, points: np.ndarray) -> np.ndarray: ...

    def exact(self, points: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True, eq=False, kw_only=True)
class Tube:
    """A round vessel or nerve of one radius along a polyline ``path`` (k, 3), k >= 2."""

    name: str
    path: np.ndarray
    radius_mm: float

    def distance(self, points: np.ndarray) -> np.ndarray:
        least = np.full(len(points), np.inf)
        x, y, z = np.ascontiguousarray(points.T)
        for (a, b, c), (u, v, w) in zip(self.path[:-1], np.diff(self.path, axis=0), strict=True):
            # By coordinates: sums along the points are many times quicker than along three numbers each.
            dx, dy, dz = x - a, y - b, z - c
            along = np.clip((dx * u + dy * v + dz * w) / max(u * u + v * v + w * w, 1e-12), 0.0, 1.0)
            dx -= along * u
            dy -= along * v
            dz -= along * w
            np.minimum(least, dx * dx + dy * dy + dz * dz, out=least)
        return np.sqrt(least) - self.radius_mm

    exact = distance


@dataclass(frozen=True, eq=False, kw_only=True)
class Body:
    """A solid body or a keep-out region bounded by a surface whose faces wind outwards.

    The quick distance is to discs drawn on the surface (about ``pitch_mm`` apart), with the sign of the
    nearest one's normal, or of three rays where that stands askew, `FAR_MM` at most; the exact one to the
    triangles. ``part`` limits the quick one to some of the discs.
    """

    name: str
    placed: Placed
    part: np.ndarray | None = None
    pitch_mm: float = 0.6

    @cached_property
    def discs(self) -> tuple[np.ndarray, np.ndarray]:
        """Local centres and outward normals, each (n, 3), of discs spread over the whole surface."""
        surface, frame = self.placed.surface, self.placed.frame
        count = int(np.clip(surface.area_mm2 / self.pitch_mm**2, 500, 80000))
        points, normals = _evenly(surface, count)
        return frame.to_local(points), frame.direction_to_local(normals)

    @cached_property
    def _samples(self):
        from scipy.spatial import cKDTree

        points, normals = self.discs
        if self.part is not None:
            points, normals = points[self.part], normals[self.part]
        return cKDTree(points), points, normals

    def distance(self, points: np.ndarray) -> np.ndarray:
        tree, samples, normals = self._samples
        distance, nearest = tree.query(points, distance_upper_bound=FAR_MM, eps=0.05)
        value = np.full(len(points), FAR_MM)
        near = np.flatnonzero(nearest < len(samples))
        nearest, distance = nearest[near], distance[near]
        height = np.einsum("ij,ij->i", points[near] - samples[nearest], normals[nearest])
        inside = height < 0
        askew = np.flatnonzero(np.abs(height) < 0.7 * distance)
        inside[askew] = self.placed.inside(points[near[askew]])
        # The surface goes on about half a pitch beside each sample: what lies within it is not distance.
        beside = np.sqrt(np.maximum(distance**2 - height**2, 0.0))
        distance = np.hypot(height, np.maximum(beside - self.pitch_mm / 2, 0.0))
        value[near] = np.where(inside, -distance, distance)
        return value

    def exact(self, points: np.ndarray) -> np.ndarray:
        return -self.placed.signed_distance(points)

    def near(self, low: np.ndarray, high: np.ndarray) -> Body | None:
        """Return the body as its discs in a box show it, for quick distances; None if there are none."""
        points, _ = self.discs
        within = np.flatnonzero(((points > low) & (points < high)).all(axis=1))
        if not len(within):
            return None
        near = Body(name=self.name, placed=self.placed, part=within, pitch_mm=self.pitch_mm)
        near.__dict__["discs"] = self.discs
        return near


def _evenly(surface: Surface, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (points, normals), each (count, 3), spread over a surface more evenly than by chance.

    Equal steps of area choose the face, a two-dimensional additive recurrence (Roberts' R2) the place in it.
    """
    order = np.arange(count)
    cumulative = np.cumsum(surface.face_areas_mm2)
    face = np.searchsorted(cumulative, (order + 0.5) / count * cumulative[-1]).clip(0, len(surface.faces) - 1)
    u, v = (0.7548776662 * order) % 1.0, (0.5698402910 * order) % 1.0
    flip = u + v > 1
    u[flip], v[flip] = 1 - u[flip], 1 - v[flip]
    a, b, c = surface.triangles[face].transpose(1, 0, 2)
    return a + u[:, None] * (b - a) + v[:, None] * (c - a), surface.face_normals[face]


@dataclass(frozen=True, eq=False, kw_only=True)
class Sheet:
    """An articular surface: points (n, 3) on it and its outward normal.

    A point is beyond the sheet, and its distance negative, when it lies on the outward side within `FAR_MM`
    and over the sheet rather than beside it; from 23 to 11 degrees off the normal the one passes into the
    other.
    """

    name: str
    points: np.ndarray
    normal: np.ndarray

    @cached_property
    def _tree(self):
        from scipy.spatial import cKDTree

        return cKDTree(self.points)

    def distance(self, points: np.ndarray) -> np.ndarray:
        distance, nearest = self._tree.query(points, distance_upper_bound=FAR_MM)
        known = np.flatnonzero(nearest < len(self.points))
        value = np.full(len(points), FAR_MM)
        value[known] = self._signed(points[known], distance[known], nearest[known])
        return value

    def exact(self, points: np.ndarray) -> np.ndarray:
        distance, nearest = self._tree.query(points)
        return np.where(distance < FAR_MM, self._signed(points, distance, nearest), distance)

    def _signed(self, points: np.ndarray, distance: np.ndarray, nearest: np.ndarray) -> np.ndarray:
        height = (points - self.points[nearest]) @ self.normal
        cosine = height / np.maximum(distance, 1e-9)
        over = np.clip((cosine - _BESIDE) / (_OVER - _BESIDE), 0.0, 1.0)
        return distance * (1.0 - 2.0 * over)


def by_name(hazards: Sequence[Hazard]) -> dict[str, tuple[Hazard, ...]]:
    """Group hazards that share a name, in order of first appearance: two roots are one kind of hazard."""
    groups: dict[str, tuple[Hazard, ...]] = {}
    for hazard in hazards:
        groups[hazard.name] = (*groups.get(hazard.name, ()), hazard)
    return groups
