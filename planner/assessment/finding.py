"""What the assessment says: measurements, findings and motion segments. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from planner.assessment.canal_map import LevelSpace, Station
from planner.geometry.surface import Surface
from planner.reference.norms import Norm


class Severity(StrEnum):
    INFO = "info"
    CAUTION = "caution"
    DEFICIENT = "deficient"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One number of one vertebra. ``norm`` and ``z`` are None where no source shares our definition."""

    level: str
    name: str
    side: str
    value: float
    unit: str
    norm: Norm | None
    z: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A sentence a spine surgeon could sign, with its code, place, severity and the numbers behind it."""

    code: str
    level: str
    side: str
    severity: Severity
    text: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetState:
    """How the facets of one side of a motion segment face each other. nan where not measurable.

    ``state`` is normal, subluxed, perched, locked, or ``not assessed`` when a facet is absent.
    """

    overlap_percent: float
    gap_mm: float
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionSegment:
    """Two neighbouring levels, the upper against the lower. Anterolisthesis of the upper is positive.

    ``pincer_mm`` is the oblique room between the lower body's rear upper corner and the upper
    vertebra's inner lamina, which axial slices miss.
    """

    upper: str
    lower: str
    listhesis_mm: float
    listhesis_percent: float
    angle_deg: float
    facets: Mapping[str, FacetState]
    pincer_mm: float
    canal_min_area_mm2: float
    canal_min_ap_mm: float

    @property
    def name(self) -> str:
        return f"{self.upper}-{self.lower}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lordosis:
    """Angle between the lower endplates of two levels (after Cobb), degrees, positive in lordosis; as the bones lie."""

    upper: str
    lower: str
    angle_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Everything measured on a case, in the order of the column.

    ``stations`` are the canal map from the head down, ``spaces`` the least sizes of the canal by level, ``lordosis``
    that from C2 to C7, or to the lowest level there is below C4 (None where not measurable). ``excess`` holds by level
    what of its surface is told as excess bone or calcification, world mm: it is no bone to hold a screw.
    """

    measurements: tuple[Measurement, ...]
    findings: tuple[Finding, ...]
    segments: tuple[MotionSegment, ...]
    stations: tuple[Station, ...] = ()
    spaces: tuple[LevelSpace, ...] = ()
    lordosis: Lordosis | None = None
    excess: Mapping[str, Surface] = field(default_factory=dict)

    def not_bone(self, level: str, declared: Mapping[str, Surface]) -> dict[str, Surface]:
        """The masses declared and what was found to be excess at a level, by name: neither holds a screw."""
        found = self.excess.get(level)
        return dict(declared) if found is None else {**declared, f"excess {level}": found}

    def finding(self, code: str, level: str, side: str) -> Finding | None:
        """The finding of that code and place, or None."""
        return next((f for f in self.findings if (f.code, f.level, f.side) == (code, level, side)), None)
