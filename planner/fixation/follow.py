"""Quick answers for a view in which a hand moves a screw: one trajectory graded again, one side searched again.

Both work on a `Side` (`planner.fixation.ladder.sides_of`), whose fields are made at the first question and kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.fixation.acceptance import Verdict, status_of
from planner.fixation.anchor import BreachProbability, Candidate, Refusal
from planner.fixation.corridor import QUICK, conditions_of, corridor, width_of
from planner.fixation.recheck import exact_clearance, exact_purchase, tip_to_far_cortex
from planner.fixation.risk import breach_probability
from planner.fixation.site import Side
from planner.geometry.trajectory import Trajectory
from planner.reference.implants import catalogue
from planner.reference.techniques import Technique


@dataclass(frozen=True, slots=True, kw_only=True)
class Regrade:
    """One trajectory as it is held: exact clearances and purchase, breach shares, and what the table makes of it."""

    verdict: Verdict
    clearance_mm: Mapping[str, float]
    purchase_mm: float
    tip_to_far_cortex_mm: float
    breach: BreachProbability


def regrade(side: Side, technique: Technique, trajectory: Trajectory) -> Regrade:
    """Grade a trajectory in world mm as an anchor of a technique on a side."""
    frame, anchor = side.vertebra.frame, technique.anchor
    entry, direction = frame.to_local(trajectory.entry), frame.direction_to_local(trajectory.direction)
    radius, length = catalogue(anchor).radius_mm, trajectory.length_mm
    hazards, bone = side.hazards_for(anchor), side.bone_for(anchor)
    clearance = exact_clearance(hazards, entry, direction, length, radius)
    purchase = exact_purchase(bone, entry, direction, length, radius)
    breach = breach_probability(
        side.ground(anchor), entry, direction, length, radius, side.execution, QUICK.samples, side.seed, hazards
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


def search_again(side: Side, technique: Technique) -> Candidate | Refusal:
    """Return the best trajectory of a technique on a side, with less tried than for a plan."""
    return corridor(side, technique, QUICK)
