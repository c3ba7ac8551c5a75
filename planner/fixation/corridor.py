"""The best corridor that one technique allows on one side, graded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.fixation.acceptance import Verdict, margin_mm, purchase_needed_mm, rank, status_of
from planner.fixation.aim import NotPossible, angles_over, offset_from
from planner.fixation.anchor import (
    AnchorStatus,
    Angles,
    Candidate,
    Certificate,
    EntryOffset,
    Refusal,
    Screw,
)  # fmt: skip
from planner.fixation.choice import GRID_ERROR_MM, choose, lengths_on, passing
from planner.fixation.grade import grade_of
from planner.fixation.preference import cost, nearest_recognised
from planner.fixation.recheck import exact_clearance, exact_purchase, tip_to_far_cortex
from planner.fixation.risk import breach_probability
from planner.fixation.search import COMFORT_MM, Found, search
from planner.fixation.shaft import Ground
from planner.fixation.sight import Seen
from planner.fixation.site import Side
from planner.fixation.task import Task
from planner.fixation.window import Window
from planner.geometry.axes import OPPOSITE
from planner.geometry.trajectory import Trajectory
from planner.reference.hazards import setting
from planner.reference.implants import catalogue
from planner.reference.techniques import AUTO, Technique

# Anchors that are kept for where the usual ones fail.
SALVAGE = ("paravertebral_foramen", "transfacet")
SAMPLES = 1024
# The search reads purchase in slices of 1 mm; asking for this much more makes it hold when read finely.
_GRIP_ALLOWANCE_MM = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is tried: executions of the breach simulation, trajectories in a window (the free one is wider than a
    named technique's), and those where little is left of a window that is acceptable at all."""

    samples: int = SAMPLES
    free: int = 3000
    named: int = 1000
    last: int = 2500


FULL, QUICK = Effort(), Effort(samples=512, free=1024, named=512, last=512)


def corridor(side: Side, technique: Technique, effort: Effort = FULL) -> Candidate | Refusal:
    """Return the best trajectory a technique allows on a side, graded, or why there is none.

    Where the safest with the purchase of a planned screw is not acceptable, the window is searched once more for what
    a caution asks.
    """

    def refuse(reason: str) -> Refusal:
        return Refusal(anchor=technique.anchor, technique=technique.id, reason=reason)

    seen = Seen()
    try:
        task, found = searched(side, technique, effort, seen)
    except NotPossible as missing:
        return refuse(str(missing))
    best = None
    if len(found.feasible):
        row = choose(side, task, found)
        parameters = found.tried.parameters[row]
        # A longer screw that keeps its clearances may yet be breached more often: never longer at the price of status.
        for length in lengths_on(task, parameters, found.tried.length[row], found.tried.score[row]):
            candidate = _candidate(side, task, found, parameters, length, effort)
            if best is None or rank(candidate.status) < rank(best.status):
                best = candidate
            if best.status is AnchorStatus.PLANNED:
                break
        if best.status is not AnchorStatus.REJECTED:
            return best
    if _hopeless(side, technique):
        return best or refuse(_why_none(found, task, effort.named))
    least = replace(
        task, purchase_mm=purchase_needed_mm(technique.anchor)[1] - _GRIP_ALLOWANCE_MM,
        margins_mm=_margins(technique.anchor, task.ground, AnchorStatus.CAUTION),
    )  # fmt: skip
    scraped = search(least, effort.last, floor=-GRID_ERROR_MM, seen=seen)
    for parameters, length in passing(side, least, scraped):
        candidate = _candidate(side, least, scraped, parameters, length, effort)
        if candidate.status is not AnchorStatus.REJECTED:
            return candidate
    return best or refuse(_why_none(scraped, task, effort.last))


def _hopeless(side: Side, technique: Technique) -> bool:
    """True if no trajectory could be acceptable, however clear: the bridge too narrow, an artery not located."""
    clearance = dict.fromkeys(side.hazards_for(technique.anchor), np.inf)
    verdict = status_of(
        technique.anchor, clearance_mm=clearance, breach={}, purchase_mm=np.inf,
        width_mm=width_of(side.vertebra, side.side, technique),
        conditions=conditions_of(side, technique.anchor, clearance), words=side.words,
    )  # fmt: skip
    return verdict.status is AnchorStatus.REJECTED


def searched(
    side: Side, technique: Technique, effort: Effort = FULL, seen: Seen | None = None
) -> tuple[Task, Found]:
    """Return what was searched for a technique on a side, and all that was found; `NotPossible` without a footing.

    The purchase of a planned screw is asked for first; where nothing has it, that of a caution. ``seen`` keeps what
    is looked at.
    """
    seen = seen or Seen()
    window = side.window(technique)
    ground, implant = side.ground(technique.anchor), catalogue(technique.anchor)
    planned, caution = purchase_needed_mm(technique.anchor)
    for needed in (planned + _GRIP_ALLOWANCE_MM, caution + _GRIP_ALLOWANCE_MM, caution):
        task = Task(
            window=window, ground=ground, lengths_mm=implant.between(technique.length_min_mm, technique.length_max_mm),
            radius_mm=implant.radius_mm, margins_mm=_margins(technique.anchor, ground), purchase_mm=needed,
            tip_mm=side.tip_mm(technique.anchor),
        )  # fmt: skip
        found = search(task, effort.free if technique.id == AUTO else effort.named, seen=seen)
        if len(found.feasible):
            break
    return task, found


def _margins(anchor: str, ground: Ground, status: AnchorStatus = AnchorStatus.PLANNED) -> np.ndarray:
    return np.array([margin_mm(anchor, name, status) for name in ground.names])


def _why_none(found: Found, task: Task, budget: int) -> str:
    reach = found.tried.reach.max(initial=0.0)
    tried = f"in all of {found.evaluations} tried" if found.evaluations >= budget else "anywhere in it, by its bounds"
    if reach == 0:
        return (
            f"even the shortest screw of the {task.window.technique.name} window, {task.lengths_mm[0]:g} mm, "
            f"leaves bone at its tip {tried}"
        )
    return (
        f"no trajectory of the {task.window.technique.name} window holds {task.purchase_mm:g} mm of bone "
        f"by its thread {tried}; the longest screw with its tip in bone is {reach:.0f} mm"
    )


def _candidate(
    side: Side, task: Task, found: Found, parameters: np.ndarray, length: float, effort: Effort
) -> Candidate:  # fmt: skip
    window, vertebra = task.window, side.vertebra
    technique = window.technique
    entries, directions = window.axes(parameters[None])
    entry, direction = entries[0], directions[0]
    clearance = exact_clearance(side.hazards_for(technique.anchor), entry, direction, length, task.radius_mm)
    purchase = exact_purchase(side.bone_for(technique.anchor), entry, direction, length, task.radius_mm)
    breach = breach_probability(
        task.ground, entry, direction, length, task.radius_mm, side.execution, effort.samples, side.seed,
        side.hazards_for(technique.anchor),
    )
    verdict = status_of(
        technique.anchor, clearance_mm=clearance, breach=breach.hazards, purchase_mm=purchase,
        width_mm=width_of(vertebra, side.side, technique),
        conditions=conditions_of(side, technique.anchor, clearance), words=side.words,
    )  # fmt: skip
    nearest, steps_off = nearest_recognised(side, window, parameters)
    score = min(clearance[name] - m for name, m in zip(task.ground.names, task.margins_mm, strict=True))
    score = min(score, COMFORT_MM)
    to_facet, to_dorsal = angles_over(vertebra, side.bone.surface, side.side, direction)
    trajectory = Trajectory(
        entry=vertebra.frame.to_world(entry),
        direction=vertebra.frame.direction_to_world(direction),
        length_mm=length,
    )
    lateral, cephalad = trajectory.angles_in(vertebra.frame, side.side)
    origin, origin_name = _offset_origin(vertebra, window)
    medial, cranial = offset_from(origin, entry, side.side)
    implant = catalogue(technique.anchor)
    return Candidate(
        anchor=technique.anchor,
        technique=technique.id,
        status=verdict.status,
        reason=_reason(verdict, technique, nearest, clearance),
        trajectory=trajectory,
        angles=Angles(
            lateral_deg=lateral, cephalad_deg=cephalad, cephalad_reference=technique.sagittal_reference,
            to_facet_deg=to_facet, to_dorsal_surface_deg=to_dorsal,
        ),
        entry_offset=EntryOffset(medial=medial, cranial=cranial, origin=origin_name),
        screw=Screw(diameter_mm=implant.diameter_mm, length_mm=length, family=implant.family),
        purchase_mm=purchase,
        cortex=side.cortex_of(technique.anchor),
        clearance_mm=clearance,
        breach=breach,
        grade=grade_of(clearance),
        tip_to_far_cortex_mm=tip_to_far_cortex(side.bone_for(technique.anchor), entry, direction, length),
        cost=cost(breach, purchase, cephalad, steps_off, technique.id),
        certificate=Certificate(
            bound_mm=max(0.0, found.ceiling - score),
            evaluations=found.evaluations,
            grid_mm=task.ground.hazards.spacing_mm,
        ),
        lamina_side=OPPOSITE[side.side] if technique.anchor == "translaminar" else None,
    )  # fmt: skip


def conditions_of(side: Side, anchor: str, clearance: Mapping[str, float]) -> frozenset[str]:
    """The side's conditions, without those about an artery that this shaft stays well away from."""
    near = clearance.get("vertebral_artery", 0.0) < setting("passes_within_mm")
    conditions = side.conditions if near else side.conditions - {"foramen_not_normal"}
    return conditions | {"salvage"} if anchor in SALVAGE else conditions


def width_of(vertebra: Vertebra, side: str, technique: Technique) -> float | None:
    if technique.anchor == "pedicle":
        return vertebra.isthmuses[side].width_mm
    if technique.anchor == "translaminar":
        return float(vertebra.measures.get(("lamina_thickness", OPPOSITE[side]), float("nan")))
    return None


def _offset_origin(vertebra: Vertebra, window: Window) -> tuple[np.ndarray, str]:
    """The landmark that entry offsets are given from: the lateral mass centre where it is measured."""
    name = f"lateral_mass_center_{window.side}"
    landmark = vertebra.landmarks.get(name)
    if landmark is not None and landmark.measured:
        return vertebra.frame.to_local(landmark.xyz), name
    return window.origin, window.origin_name


def _reason(verdict: Verdict, technique: Technique, nearest: str, clearance: Mapping[str, float]) -> str:
    """What it is, what keeps it from being better, and where its room is least."""
    text = technique.name
    if technique.id == AUTO:
        text = f"lateral mass, {technique.name.lower()}, closest to {nearest}"
    elif technique.anchor == "lateral_mass":
        text = f"lateral mass, {technique.name}"
    if verdict.reasons:
        return "; ".join([text, *verdict.reasons])
    return f"{text}; {least_room(technique.anchor, clearance)}"


def least_room(anchor: str, clearance: Mapping[str, float]) -> str:
    """In words, the clearance that comes nearest to what the acceptance table asks."""
    name, least = min(clearance.items(), key=lambda item: item[1] - margin_mm(anchor, item[0]))
    return f"least room {least:.1f} mm, at {name.replace('_', ' ')}"
