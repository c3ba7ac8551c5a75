"""What the construct consists of. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RigidMotion:
    """``x -> rotation @ x + translation`` in world LPS mm."""

    rotation: np.ndarray
    translation: np.ndarray

    @classmethod
    def identity(cls) -> RigidMotion:
        return cls(rotation=np.eye(3), translation=np.zeros(3))

    def __call__(self, points: np.ndarray) -> np.ndarray:
        return np.asarray(points, float) @ self.rotation.T + self.translation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reduction:
    """How each level moves from scan pose to planned pose; nothing moves when ``segment`` is empty.

    ``before`` and ``after`` hold the segment's numbers (listhesis_mm, pincer_mm, ...) and the column's lordosis.
    ``share`` (0 to 1) is how much of the whole reduction is planned: what was asked for, or where bones meet.
    """

    segment: str
    reason: str
    motions: Mapping[str, RigidMotion]
    before: Mapping[str, float]
    after: Mapping[str, float]
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Head:
    """A screw's head on a rod, in planned pose. ``tilt_deg`` is the cone angle the rod asks of it,
    ``offset_mm`` the distance between the head's centre and the rod."""

    level: str
    center: np.ndarray
    tilt_deg: float
    offset_mm: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rod:
    """One side's rod in planned pose, from above downwards."""

    side: str
    levels: tuple[str, ...]
    points: np.ndarray
    length_mm: float
    diameter_mm: float
    min_bend_radius_mm: float
    heads: tuple[Head, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A construct rule that is not met: named with its numbers and options, never silently mended."""

    code: str
    side: str
    levels: tuple[str, ...]
    text: str
    options: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillItem:
    item: str
    quantity: int
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Construct:
    reduction: Reduction
    rods: tuple[Rod, ...]
    conflicts: tuple[Conflict, ...]
    bill_of_materials: tuple[BillItem, ...]
