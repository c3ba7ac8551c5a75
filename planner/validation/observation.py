"""What one reading said of one bone, as plain values that can be kept, moved and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.geometry.axes import Frame

if TYPE_CHECKING:
    from planner.anatomy.vertebra import Vertebra

MEASURED, ABSENT = "measured", "absent"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mark:
    """A landmark in world mm (nan when absent), its status and its confidence (0 to 1)."""

    xyz: np.ndarray
    status: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plane:
    """An articular surface: centre (world mm) and outward unit normal."""

    center: np.ndarray
    normal: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observation:
    """Frame, landmarks, facets and measures of one bone in one reading. An absent facet is left out.

    ``measures`` are keyed ``(name, side)`` in mm or degrees, as in `planner.anatomy.vertebra.Vertebra`.
    """

    level: str
    frame: Frame
    pose_confidence: float
    marks: Mapping[str, Mark]
    facets: Mapping[str, Plane]
    measures: Mapping[tuple[str, str], float]

    @classmethod
    def of(cls, vertebra: Vertebra) -> Observation:
        return cls(
            level=vertebra.level,
            frame=vertebra.frame,
            pose_confidence=float(vertebra.pose.confidence),
            marks={
                name: Mark(xyz=m.xyz, status=str(m.status), confidence=float(m.confidence))
                for name, m in vertebra.landmarks.items()
            },
            facets={
                name: Plane(center=f.center, normal=f.normal)
                for name, f in vertebra.facets.items()
                if f.status != ABSENT
            },
            measures={key: float(value) for key, value in vertebra.measures.items()},
        )

    def mapped(self, rotation: np.ndarray, shift: np.ndarray) -> Observation:
        """The same observation after ``rotation @ x + shift``."""

        def place(x: np.ndarray) -> np.ndarray:
            return rotation @ x + shift

        f = self.frame
        return Observation(
            level=self.level,
            frame=Frame(
                origin=place(f.origin),
                left=rotation @ f.left,
                posterior=rotation @ f.posterior,
                superior=rotation @ f.superior,
            ),
            pose_confidence=self.pose_confidence,
            marks={n: Mark(xyz=place(m.xyz), status=m.status, confidence=m.confidence) for n, m in self.marks.items()},
            facets={n: Plane(center=place(p.center), normal=rotation @ p.normal) for n, p in self.facets.items()},
            measures=self.measures,
        )

    def local(self, name: str) -> np.ndarray | None:
        """A landmark in (l, p, s) of this observation's frame; None where it has no position."""
        mark = self.marks.get(name)
        return None if mark is None or mark.status == ABSENT else self.frame.to_local(mark.xyz)

    def to_json(self) -> dict[str, Any]:
        f = self.frame
        return {
            "level": self.level,
            "frame": [v.tolist() for v in (f.origin, f.left, f.posterior, f.superior)],
            "pose_confidence": self.pose_confidence,
            "marks": {n: [_or_none(m.xyz), m.status, m.confidence] for n, m in self.marks.items()},
            "facets": {n: [p.center.tolist(), p.normal.tolist()] for n, p in self.facets.items()},
            "measures": [[name, side, value] for (name, side), value in self.measures.items()],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Observation:
        origin, left, posterior, superior = (np.array(v, float) for v in kept["frame"])
        return cls(
            level=kept["level"],
            frame=Frame(origin=origin, left=left, posterior=posterior, superior=superior),
            pose_confidence=kept["pose_confidence"],
            marks={
                n: Mark(xyz=np.full(3, np.nan) if xyz is None else np.array(xyz), status=status, confidence=sure)
                for n, (xyz, status, sure) in kept["marks"].items()
            },
            facets={n: Plane(center=np.array(c), normal=np.array(k)) for n, (c, k) in kept["facets"].items()},
            measures={(name, side): value for name, side, value in kept["measures"]},
        )


def turn_deg(a: Frame, b: Frame) -> float:
    """The whole rotation between two frames, 0 to 180 degrees."""
    return float(np.degrees(np.arccos(np.clip((np.trace(a.axes @ b.axes.T) - 1) / 2, -1, 1))))


def _or_none(xyz: np.ndarray) -> list[float] | None:
    return xyz.tolist() if np.isfinite(xyz).all() else None
