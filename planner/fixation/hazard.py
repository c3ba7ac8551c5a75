"""What a screw must stay clear of, as distances: tubes, solid bodies and articular surfaces.

Every hazard answers ``distance(points)``: mm from a point to the structure, positive outside it, negative
within. A screw's clearance is that distance along its axis less its radius. ``distance`` is quick and good to a
few hundredths of a millimetre; ``exact`` is used on the winners. All points of one hazard share one frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from planner.geometry.axes import Frame
from planner.geometry.surface import Surface


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
        for start, end in zip(self.path[:-1], self.path[1:], strict=True):
            run = end - start
            along = np.clip((points - start) @ run / max(run @ run, 1e-12), 0.0, 1.0)
            off = points - start - along[:, None] * run
            np.minimum(least, np.einsum("ij,ij->i", off, off), out=least)
        return np.sqrt(least) - self.radius_mm

    exact = distance


@dataclass(frozen=True, eq=False, kw_only=True)
class Body:
    """A solid body or a keep-out region bounded by a surface whose faces wind outwards.

    The quick distance is to points drawn on the surface (about ``pitch_mm`` apart), with the sign of the
    nearest one's normal; the exact one to the triangles. Points are in ``frame`` where one is given, while the
    surface stays in world space, so that its search tree is built once for all who ask.
    """

    name: str
    surface: Surface
    frame: Frame | None = None
    pitch_mm: float = 0.5

    @cached_property
    def _samples(self):  # noqa: ANN202
        from scipy.spatial import cKDTree

        count = int(np.clip(3.0 * self.surface.area_mm2 / self.pitch_mm**2, 500, 80000))
        points, normals = self.surface.sampled(count)
        return cKDTree(points), points, normals

    def distance(self, points: np.ndarray) -> np.ndarray:
        points = points if self.frame is None else self.frame.to_world(points)
        tree, samples, normals = self._samples
        distance, nearest = tree.query(points)
        outside = np.einsum("ij,ij->i", points - samples[nearest], normals[nearest]) >= 0
        return np.where(outside, distance, -distance)

    def exact(self, points: np.ndarray) -> np.ndarray:
        points = points if self.frame is None else self.frame.to_world(points)
        distance, nearest, face = self.surface.closest(points)
        offset = points - nearest
        cosine = np.einsum("ij,ij->i", offset, self.surface.face_normals[face]) / np.maximum(distance, 1e-9)
        inside = cosine < 0
        # Beside an edge the nearest face's normal can point either way: ask the winding number there.
        doubtful = (np.abs(cosine) < 0.7) & (distance < 4.0)
        if doubtful.any():
            inside[doubtful] = self.surface.contains(points[doubtful])
        return np.where(inside, -distance, distance)

    def near(self, low: np.ndarray, high: np.ndarray) -> Body | None:
        """Return the part of the body whose faces come near a box, for quick distances only; None if none do."""
        corners = self.surface.triangles
        if self.frame is not None:
            corners = self.frame.to_local(corners)
        touches = ((corners.max(axis=1) > low) & (corners.min(axis=1) < high)).all(axis=1)
        if not touches.any():
            return None
        part = Surface(vertices=self.surface.vertices, faces=self.surface.faces[touches])
        return Body(name=self.name, surface=part, frame=self.frame, pitch_mm=self.pitch_mm)


@dataclass(frozen=True, eq=False, kw_only=True)
class Sheet:
    """An articular surface: points (n, 3) on it and its outward normal.

    A point is beyond the sheet, and its distance negative, when it lies on the outward side and over the
    sheet rather than beside it.
    """

    name: str
    points: np.ndarray
    normal: np.ndarray
    cone: float = field(default=0.7)

    @cached_property
    def _tree(self):  # noqa: ANN202
        from scipy.spatial import cKDTree

        return cKDTree(self.points)

    def distance(self, points: np.ndarray) -> np.ndarray:
        distance, nearest = self._tree.query(points)
        height = (points - self.points[nearest]) @ self.normal
        return np.where(height > self.cone * distance, -distance, distance)

    exact = distance


def by_name(hazards: Sequence[Hazard]) -> dict[str, tuple[Hazard, ...]]:
    """Group hazards that share a name, in order of first appearance: two roots are one kind of hazard."""
    groups: dict[str, tuple[Hazard, ...]] = {}
    for hazard in hazards:
        groups[hazard.name] = (*groups.get(hazard.name, ()), hazard)
    return groups
