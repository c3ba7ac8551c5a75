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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bend:
    """One step of the bending guide: where along the rod from its upper end, and how far it is bent there.

    ``level`` is the head at which the bend is set. ``lordosis_deg`` bends in the sagittal plane (hollow towards the
    back), ``inward_deg`` in the coronal plane (the lower part towards the midline); ``angle_deg`` is the whole bend.
    """

    level: str
    at_mm: float
    angle_deg: float
    lordosis_deg: float
    inward_deg: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rod:
    """One side's rod in planned pose, from above downwards.

    ``bends`` turn a straight rod into one that passes every head; ``guide_miss_mm`` is how far the bent rod is from
    the worst head, because a rod turns about the bender's radius and not in a corner.
    """

    side: str
    levels: tuple[str, ...]
    points: np.ndarray
    length_mm: float
    diameter_mm: float
    min_bend_radius_mm: float
    heads: tuple[Head, ...]
    bends: tuple[Bend, ...] = ()
    guide_miss_mm: float = 0.0


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
class EndRemark:
    """What is said of ending the construct at a level; the user chooses the ends."""

    end: str
    level: str
    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillItem:
    item: str
    quantity: int
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Construct:
    """Rods, what speaks against them, and what was changed to solve a conflict (``changes``, sentences)."""

    reduction: Reduction
    rods: tuple[Rod, ...]
    conflicts: tuple[Conflict, ...]
    bill_of_materials: tuple[BillItem, ...]
    ends: tuple[EndRemark, ...] = ()
    changes: tuple[str, ...] = ()
