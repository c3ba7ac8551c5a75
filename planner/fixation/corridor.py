"""The best corridor that one technique allows on one side, graded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.fixation import shaft
from planner.fixation.acceptance import margin_mm, purchase_needed_mm, status_of
from planner.fixation.aim import NotPossible, aim, angles_over, offset_from
from planner.fixation.anchor import (
    Angles, Candidate, Certificate, EntryOffset, Refusal, Screw,
)  # fmt: skip
from planner.fixation.grade import grade_of
from planner.fixation.hazard import Hazard
from planner.fixation.risk import TOGETHER, breach_probability
from planner.fixation.search import COMFORT_MM, Found, Task, search
from planner.fixation.shaft import Ground
from planner.fixation.surroundings import Bone, distances, hazard_field
from planner.fixation.window import Window
from planner.geometry.axes import OPPOSITE
from planner.geometry.trajectory import Trajectory
from planner.reference.execution import Execution
from planner.reference.hazards import setting
from planner.reference.implants import catalogue
from planner.reference.techniques import AUTO, Technique, technique_at, techniques_at

# Anchors that lie in the same bone and meet the same hazards.
_REGIONS = (("lateral_mass",), ("pars", "pedicle"), ("translaminar",))
_SAMPLES = 2000
_PREVIEW = 200
_CHOICES = 5
# The search reads purchase in slices of 1 mm; asking for this much more makes it hold when read finely.
_GRIP_ALLOWANCE_MM = 0.5
# What the hazard grid may misread without a second thought.
_GRID_ERROR_MM = 0.3
_REACH_MM = 4.5
_BUDGET = {True: 3000, False: 1000}


@dataclass(frozen=True, eq=False, kw_only=True)
class Side:
    """One side of one vertebra with all that surrounds it.

    ``side`` is that of the screw's head. ``hazards`` holds both sides' hazards: a translaminar screw meets those
    of the lamina it lies in. ``conditions`` are names of the acceptance table.
    """

    bone: Bone
    side: str
    hazards: Mapping[str, Mapping[str, tuple[Hazard, ...]]]
    conditions: frozenset[str]
    execution: Execution
    seed: int
    grounds: dict[tuple[str, ...], Ground]

    @property
    def vertebra(self) -> Vertebra:
        return self.bone.vertebra

    def hazards_for(self, anchor: str) -> Mapping[str, tuple[Hazard, ...]]:
        """The hazards of the side that an anchor lies in."""
        return self.hazards[OPPOSITE[self.side] if anchor == "translaminar" else self.side]

    def ground(self, anchor: str) -> Ground:
        """The fields over all that the anchor's techniques can reach here, shared by anchors of one region."""
        region = next(region for region in _REGIONS if anchor in region)
        if region not in self.grounds:
            low, high = _reach(self, region)
            hazards = self.hazards_for(anchor)
            bone = self.bone.field(low, high) if region == ("lateral_mass",) else self.bone.whole_field
            self.grounds[region] = Ground(bone=bone, hazards=hazard_field(hazards, low, high), names=tuple(hazards))
        return self.grounds[region]


def corridor(side: Side, technique: Technique) -> Candidate | Refusal:
    """Return the best trajectory a technique allows on a side, graded, or why there is none."""
    anchor = technique.anchor

    def refuse(reason: str) -> Refusal:
        return Refusal(anchor=anchor, technique=technique.id, reason=reason)

    try:
        window = aim(side.vertebra, side.bone.surface, side.side, technique)
    except NotPossible as missing:
        return refuse(str(missing))
    ground = side.ground(anchor)
    implant = catalogue(anchor)
    lengths = implant.between(technique.length_min_mm, technique.length_max_mm)
    margins = np.array([margin_mm(anchor, name) for name in ground.names])
    found = None
    planned, caution = purchase_needed_mm(anchor)
    for needed in (planned + _GRIP_ALLOWANCE_MM, caution + _GRIP_ALLOWANCE_MM, caution):
        task = Task(
            window=window, ground=ground, lengths_mm=lengths, radius_mm=implant.radius_mm,
            margins_mm=margins, purchase_mm=needed,
        )  # fmt: skip
        found = search(task, _BUDGET[technique.id == AUTO])
        if len(found.feasible):
            break
    else:
        return refuse(_why_none(found, task))
    row = _choose(side, task, found)
    parameters = found.tried.parameters[row]
    length = _lengthen(task, parameters, found.tried.length[row], found.tried.score[row])
    return _candidate(side, task, found, parameters, length)


def _why_none(found: Found, task: Task) -> str:
    reach = found.tried.reach.max(initial=0.0)
    if reach == 0:
        return (
            f"even the shortest screw of the {task.window.technique.name} window, {task.lengths_mm[0]:g} mm, leaves bone "
            f"at its tip in all of {found.evaluations} tried"
        )
    return (
        f"no trajectory of the {task.window.technique.name} window holds {task.purchase_mm:g} mm of bone with its "
        f"tip inside: the most is {reach:.0f} mm in {found.evaluations} tried"
    )


def _choose(side: Side, task: Task, found: Found) -> int:
    """Among the safest trajectories that differ, the one an imperfect hand breaches least."""
    tried = found.tried
    rows = found.feasible
    rows = rows[np.argsort(-tried.score[rows], kind="stable")]
    rows = rows[tried.score[rows] >= tried.score[rows[0]] - 0.6][:400]
    scale = np.array([1.0, 1.0, 4.0, 4.0])
    chosen: list[int] = []
    for row in rows:
        apart = [np.linalg.norm((tried.parameters[row] - tried.parameters[c]) / scale) for c in chosen]
        if not apart or min(apart) > 0.7:
            chosen.append(int(row))
        if len(chosen) == _CHOICES:
            break
    entries, directions = task.window.axes(tried.parameters[chosen])
    costs = []
    for k, row in enumerate(chosen):
        preview = breach_probability(
            task.ground, entries[k], directions[k], tried.length[row], task.radius_mm, side.execution,
            _PREVIEW, side.seed,
        )  # fmt: skip
        serious = preview.hazards[TOGETHER]
        others = sum(b.any for name, b in preview.hazards.items() if name not in (TOGETHER, "vertebral_artery", "canal"))
        stray = np.linalg.norm((tried.parameters[row] - task.window.ideal) / scale)
        cost = 2.0 * serious.any + 10.0 * serious.over_2mm + 0.3 * others
        costs.append(cost + 0.01 * stray - 0.01 * tried.reach[row])
    order = np.argsort(costs, kind="stable")
    for k in order:
        # A coarse field can miss the rim of a joint: the choice must hold by exact distances, or the next is taken.
        row = chosen[k]
        clearance = exact_clearance(
            side.hazards_for(task.window.technique.anchor), entries[k], directions[k], tried.length[row], task.radius_mm
        )
        exact = min(clearance[name] - m for name, m in zip(task.ground.names, task.margins_mm, strict=True))
        if exact > min(0.0, tried.score[row]) - _GRID_ERROR_MM:
            return row
    return chosen[order[0]]


def _lengthen(task: Task, parameters: np.ndarray, shortest: float, score: float) -> float:
    """The longest screw on the chosen axis that costs no safety, or keeps three quarters of a mm to spare."""
    entries, directions = task.window.axes(parameters[None])
    depths = shaft.depths_to(task.lengths_mm[-1], task.radius_mm)
    points = shaft.stations(entries, directions, depths)
    ahead = shaft.bone_ahead(task.ground, points, depths)[0]
    room = (shaft.clearance_to(task.ground, points, depths, task.radius_mm)[0] - task.margins_mm).min(axis=1)
    best = shortest
    for length in task.lengths_mm:
        end = int(np.searchsorted(depths, length - task.radius_mm - 1e-9))
        if length > best and ahead >= length + setting("tip_short_mm") and room[end] >= min(score, 0.75) - 1e-6:
            best = length
    return float(best)


def _candidate(side: Side, task: Task, found: Found, parameters: np.ndarray, length: float) -> Candidate:
    window, vertebra = task.window, side.vertebra
    technique = window.technique
    entries, directions = window.axes(parameters[None])
    entry, direction = entries[0], directions[0]
    clearance = exact_clearance(side.hazards_for(technique.anchor), entry, direction, length, task.radius_mm)
    purchase = exact_purchase(side.bone, entry, direction, length, task.radius_mm)
    breach = breach_probability(
        task.ground, entry, direction, length, task.radius_mm, side.execution, _SAMPLES, side.seed
    )
    verdict = status_of(
        technique.anchor, clearance_mm=clearance, breach=breach.hazards, purchase_mm=purchase,
        width_mm=_width(vertebra, side.side, technique), conditions=_conditions(side, technique.anchor, clearance),
    )  # fmt: skip
    score = min(clearance[name] - m for name, m in zip(task.ground.names, task.margins_mm, strict=True))
    score = min(score, COMFORT_MM)
    to_facet, to_dorsal = angles_over(vertebra, side.bone.surface, side.side, direction)
    trajectory = Trajectory(
        entry=vertebra.frame.to_world(entry), direction=vertebra.frame.direction_to_world(direction), length_mm=length
    )
    lateral, cephalad = trajectory.angles_in(vertebra.frame, side.side)
    origin, origin_name = _offset_origin(vertebra, window)
    medial, cranial = offset_from(origin, entry, side.side)
    implant = catalogue(technique.anchor)
    return Candidate(
        anchor=technique.anchor,
        technique=technique.id,
        status=verdict.status,
        reason=_reason(verdict.reasons, side, window, parameters, clearance),
        trajectory=trajectory,
        angles=Angles(
            lateral_deg=lateral, cephalad_deg=cephalad, cephalad_reference=technique.sagittal_reference,
            to_facet_deg=to_facet, to_dorsal_surface_deg=to_dorsal,
        ),
        entry_offset=EntryOffset(medial=medial, cranial=cranial, origin=origin_name),
        screw=Screw(diameter_mm=implant.diameter_mm, length_mm=length, family=implant.family),
        purchase_mm=purchase,
        cortex="unicortical",
        clearance_mm=clearance,
        breach=breach,
        grade=grade_of(clearance),
        certificate=Certificate(
            bound_mm=max(0.0, found.ceiling - score),
            evaluations=found.evaluations,
            grid_mm=task.ground.hazards.spacing_mm,
        ),
        lamina_side=OPPOSITE[side.side] if technique.anchor == "translaminar" else None,
    )  # fmt: skip


def exact_clearance(
    hazards: Mapping[str, tuple[Hazard, ...]], entry: np.ndarray, direction: np.ndarray, length: float, radius: float
) -> dict[str, float]:
    """Clearance in mm from each hazard by name, by exact distances each 0.1 mm along the shaft's axis."""
    depths = np.linspace(setting("entry_cortex_mm"), length - radius, max(2, round(10 * length)))
    points = entry + depths[:, None] * direction
    return {name: float(distances(group, points, exact=True).min() - radius) for name, group in hazards.items()}


def exact_purchase(bone: Bone, entry: np.ndarray, direction: np.ndarray, length: float, radius: float) -> float:
    """Length of shaft (mm) whose thread circumference lies in bone by the table's share, each 0.25 mm, exactly."""
    step = 0.25
    depths = np.arange(step / 2, length, step)
    points = shaft.ring(entry[None], direction[None], depths, radius)[0]
    value = bone.exact(points.reshape(-1, 3)).reshape(len(depths), -1)
    return float(step * ((value > 0).mean(axis=1) >= setting("thread_share") - 1e-9).sum())


def _conditions(side: Side, anchor: str, clearance: Mapping[str, float]) -> frozenset[str]:
    """The side's conditions, without those about an artery that this shaft stays well away from."""
    near = clearance.get("vertebral_artery", 0.0) < setting("passes_within_mm")
    return side.conditions if near else side.conditions - {"foramen_not_normal"}


def _width(vertebra: Vertebra, side: str, technique: Technique) -> float | None:
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


def _reason(reasons, side: Side, window: Window, parameters: np.ndarray, clearance) -> str:  # noqa: ANN001
    technique = window.technique
    name, least = min(clearance.items(), key=lambda item: item[1] - margin_mm(technique.anchor, item[0]))
    text = f"least room at {name.replace('_', ' ')}, {least:.1f} mm"
    if technique.id == AUTO:
        text = f"free window, closest to {_closest(side, parameters)}; " + text
    return "; ".join([*reasons, text])


def _closest(side: Side, parameters: np.ndarray) -> str:
    """Name of the named lateral mass technique whose own entry and aim lie nearest."""
    scale = np.array([1.0, 1.0, 5.0, 5.0])
    best, name = np.inf, "none"
    for technique in techniques_at(side.vertebra.level, "lateral_mass"):
        try:
            ideal = aim(side.vertebra, side.bone.surface, side.side, technique).ideal
        except NotPossible:
            continue
        apart = float(np.linalg.norm((parameters - ideal) / scale))
        if apart < best:
            best, name = apart, technique.name
    return name


def _reach(side: Side, anchors: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """A box round everything that the anchors' techniques can reach on a side, with room for a stray hand."""
    level = side.vertebra.level
    rows = [row for anchor in anchors for row in techniques_at(level, anchor)]
    free = technique_at(AUTO, level)
    if free is not None and free.anchor in anchors:
        rows.append(free)
    ends = []
    for technique in rows:
        try:
            window = aim(side.vertebra, side.bone.surface, side.side, technique)
        except NotPossible:
            continue
        corners = np.stack(np.meshgrid(*zip(window.low, window.ideal, window.high, strict=True)), -1).reshape(-1, 4)
        entries, directions = window.axes(corners)
        known = np.isfinite(entries).all(axis=1)
        ends += [window.origin[None], entries[known], (entries + technique.length_max_mm * directions)[known]]
    points = np.vstack(ends)
    low, high = side.bone.surface.bounds
    return (
        np.maximum(points.min(axis=0), low - 2.0) - _REACH_MM,
        np.minimum(points.max(axis=0), high + 2.0) + _REACH_MM,
    )
