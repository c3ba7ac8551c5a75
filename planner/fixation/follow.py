"""Quick answers for a view in which a hand moves a screw: one trajectory graded again, one side searched again.

Both work on a `Side` (`planner.fixation.ladder.sides_of`), whose fields are made at the first question and kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from planner.fixation.acceptance import Verdict, rank, status_of
from planner.fixation.aim import angles_over, offset_from
from planner.fixation.anchor import (
    AnchorStatus,
    Angles,
    BreachProbability,
    Candidate,
    Certificate,
    EntryOffset,
    Refusal,
    Screw,
)
from planner.fixation.corridor import QUICK, SAMPLES, conditions_of, corridor, least_room, width_of
from planner.fixation.grade import grade_of
from planner.fixation.recheck import exact_clearance, exact_purchase, tip_to_far_cortex
from planner.fixation.risk import breach_probability
from planner.fixation.site import BICORTICAL, UNICORTICAL, Side
from planner.geometry.axes import OPPOSITE
from planner.geometry.trajectory import Trajectory
from planner.reference.implants import catalogue, family_of
from planner.reference.techniques import Technique


@dataclass(frozen=True, slots=True, kw_only=True)
class Regrade:
    """One trajectory as it is held: exact clearances and purchase, breach shares, and what the table makes of it."""

    verdict: Verdict
    clearance_mm: Mapping[str, float]
    purchase_mm: float
    tip_to_far_cortex_mm: float
    breach: BreachProbability


def regrade(
    side: Side, technique: Technique, trajectory: Trajectory, diameter_mm: float | None = None,
    samples: int = QUICK.samples,
) -> Regrade:  # fmt: skip
    """Grade a trajectory in world mm as an anchor of a technique on a side, in the catalogue's diameter or another."""
    frame, anchor = side.vertebra.frame, technique.anchor
    entry, direction = frame.to_local(trajectory.entry), frame.direction_to_local(trajectory.direction)
    radius, length = (diameter_mm or catalogue(anchor).diameter_mm) / 2, trajectory.length_mm
    hazards, bone = side.hazards_for(anchor), side.bone_for(anchor)
    clearance = exact_clearance(hazards, entry, direction, length, radius)
    purchase = exact_purchase(bone, entry, direction, length, radius)
    breach = breach_probability(
        side.ground(anchor), entry, direction, length, radius, side.execution, samples, side.seed, hazards
    )
    verdict = status_of(
        anchor, clearance_mm=clearance, breach=breach.hazards, purchase_mm=purchase,
        width_mm=width_of(side.vertebra, side.side, technique), conditions=conditions_of(side, anchor, clearance),
        words=side.words,
    )  # fmt: skip
    return Regrade(
        verdict=verdict, clearance_mm=clearance, purchase_mm=purchase, breach=breach,
        tip_to_far_cortex_mm=tip_to_far_cortex(bone, entry, direction, length),
    )  # fmt: skip


def held_by_hand(
    side: Side, technique: Technique, before: Candidate, trajectory: Trajectory, diameter_mm: float
) -> Candidate:
    """Return a candidate moved to another trajectory (world mm) and diameter, with every number graded anew.

    It has the simulation of a full plan, and no certificate: nobody searched here. A tip further past the far cortex
    than a plan lets it is never better than caution. The entry's offset keeps the
    landmark that ``before`` is told from.
    """
    frame, vertebra = side.vertebra.frame, side.vertebra
    found = regrade(side, technique, trajectory, diameter_mm, SAMPLES)
    lateral, cephalad = trajectory.angles_in(frame, side.side)
    to_facet, to_dorsal = angles_over(
        vertebra, side.bone.surface, side.side, frame.direction_to_local(trajectory.direction)
    )
    medial, cranial = offset_from(
        frame.to_local(before.trajectory.entry), frame.to_local(trajectory.entry), side.side
    )  # fmt: skip
    past, status = found.tip_to_far_cortex_mm < 0, found.verdict.status
    reasons = list(found.verdict.reasons or [least_room(technique.anchor, found.clearance_mm)])
    if past:
        reasons.append(f"tip {-found.tip_to_far_cortex_mm:.1f} mm past the far cortex")
        # A search never goes there, so the acceptance table has no row for it: what it would not propose is a caution.
        if found.tip_to_far_cortex_mm < min(side.tip_mm(technique.anchor)[0], 0.0):
            status = max(status, AnchorStatus.CAUTION, key=rank)
    return replace(
        before,
        status=status,
        reason="; ".join(["moved by hand", *reasons]),
        cortex=BICORTICAL if past else UNICORTICAL,
        trajectory=trajectory,
        angles=Angles(
            lateral_deg=lateral, cephalad_deg=cephalad, cephalad_reference=technique.sagittal_reference,
            to_facet_deg=to_facet, to_dorsal_surface_deg=to_dorsal,
        ),
        entry_offset=EntryOffset(
            medial=before.entry_offset.medial + medial, cranial=before.entry_offset.cranial + cranial,
            origin=before.entry_offset.origin,
        ),
        screw=Screw(diameter_mm=diameter_mm, length_mm=trajectory.length_mm, family=family_of(diameter_mm)),
        purchase_mm=found.purchase_mm,
        clearance_mm=found.clearance_mm,
        breach=found.breach,
        grade=grade_of(found.clearance_mm),
        certificate=Certificate(bound_mm=float("nan"), evaluations=0, grid_mm=float("nan")),
        tip_to_far_cortex_mm=found.tip_to_far_cortex_mm,
        lamina_side=OPPOSITE[side.side] if technique.anchor == "translaminar" else None,
    )  # fmt: skip


def search_again(side: Side, technique: Technique) -> Candidate | Refusal:
    """Return the best trajectory of a technique on a side, with less tried than for a plan."""
    return corridor(side, technique, QUICK)
