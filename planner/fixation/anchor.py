"""What is proposed for one side of one level. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from planner.geometry.trajectory import Trajectory

TOGETHER = "artery_or_canal"


class AnchorStatus(StrEnum):
    """Derived from the acceptance table alone."""

    PLANNED = "planned"
    CAUTION = "caution"
    REJECTED = "rejected"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screw:
    diameter_mm: float
    length_mm: float
    family: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Monte Carlo breach probability of one hazard: any breach, and one deeper than 2 mm."""

    any: float
    over_2mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachProbability:
    """Breach shares by hazard; ``TOGETHER`` among them is artery or canal, whichever is met, where they are known."""

    profile: str
    samples: int
    seed: int
    hazards: Mapping[str, Breach]

    @property
    def artery_or_canal(self) -> float:
        """Share of executions that touch artery or canal at all, as the acceptance table counts it; nan if unknown."""
        names = (TOGETHER,) if TOGETHER in self.hazards else ("vertebral_artery", "canal")
        return max((self.hazards[name].any for name in names if name in self.hazards), default=float("nan"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Angles:
    """The screw's direction in three references; signs as in `planner.geometry.axes`.

    ``to_facet_deg`` is the angle over the superior facet's plane and ``to_dorsal_surface_deg`` the elevation
    over the normal of the dorsal surface, both in the sagittal plane, positive cephalad; nan where that
    surface is absent.
    """

    lateral_deg: float
    cephalad_deg: float
    cephalad_reference: str
    to_facet_deg: float
    to_dorsal_surface_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryOffset:
    """Where the entry lies from a named landmark, mm in the vertebra's frame, along the surface's l and s."""

    medial: float
    cranial: float
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """No trajectory of the searched window beats the chosen one's score by more than ``bound_mm`` (modelled
    surface and grid)."""

    bound_mm: float
    evaluations: int
    grid_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The best trajectory that one technique allows on one side, with its grade by the acceptance table.

    ``tip_to_far_cortex_mm`` is the bone ahead of the tip, negative where it stands past the cortex (6 mm where there
    is more). ``cost`` ranks candidates of equal status, less is better (`planner.fixation.preference`).
    """

    anchor: str
    technique: str
    status: AnchorStatus
    reason: str
    trajectory: Trajectory
    angles: Angles
    entry_offset: EntryOffset
    screw: Screw
    purchase_mm: float
    cortex: str
    clearance_mm: Mapping[str, float]
    breach: BreachProbability
    grade: str
    certificate: Certificate
    tip_to_far_cortex_mm: float
    lamina_side: str | None = None
    cost: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A technique that could not even be tried on one side, or has no trajectory, and why."""

    anchor: str
    technique: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixation:
    """One entry per level and side. ``chosen`` is None when the side is skipped; the reason then says why.

    ``alternatives`` are the other techniques considered, best first, refused ones last.
    """

    level: str
    side: str
    status: AnchorStatus
    reason: str
    chosen: Candidate | None
    alternatives: tuple[Candidate | Refusal, ...]
    unseen: tuple[str, ...]
