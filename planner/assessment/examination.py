"""The examination of a column: every vertebra for itself, against its mirror image, and on its neighbour."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from planner.anatomy.vertebra import Vertebra
from planner.assessment.alignment import canal_findings, segment_findings
from planner.assessment.canal_map import canal_map, spaces
from planner.assessment.corridor import screw_corridor_mm
from planner.assessment.finding import Assessment, Finding, MotionSegment, Severity
from planner.assessment.grading import severity
from planner.assessment.lamina import LaminaLook, look_at_lamina
from planner.assessment.lamina_site import Place, usual_places
from planner.assessment.masses import declared_mass_findings, excess_findings, mass_findings
from planner.assessment.measurements import measurements_of
from planner.assessment.not_bone import found_excess
from planner.assessment.parts import (
    axis_findings,
    foramen_findings,
    lamina_findings,
    mesh_findings,
    name_findings,
    pedicle_findings,
)
from planner.assessment.residual import Residual, hidden_filling, judge, usual_about
from planner.assessment.segment import lordosis, motion_segment
from planner.assessment.sides import SideBySide, side_by_side
from planner.assessment.soundness import allowance, roughness
from planner.geometry.axes import OPPOSITE, SIDES
from planner.geometry.surface import Surface
from planner.reference.levels import order

_NO_MASSES: Mapping[str, Surface] = {}
_NO_REPAIRS: Mapping[str, Sequence[str]] = {}


def assess(
    vertebrae: Mapping[str, Vertebra],
    *,
    sex: str | None = None,
    masses: Mapping[str, Surface] = _NO_MASSES,
    repairs: Mapping[str, Sequence[str]] = _NO_REPAIRS,
) -> Assessment:
    """Measure a column and say what is deficient, out of place or narrow.

    Findings come gravest first, then from the head down. What cannot be measured is left out, never guessed.
    ``masses`` are surfaces declared as calcification; they are told as excess and fill no deficit. ``repairs`` names
    what was mended in each level's mesh when it was read.
    """
    levels = sorted(vertebrae, key=order)
    vertebrae = {level: vertebrae[level] for level in levels}
    with ThreadPoolExecutor(max_workers=2) as pool:
        looking = [pool.submit(side_by_side, vertebra) for vertebra in vertebrae.values()]
        # What needs no look at the sides fills the time in which one worker would wait for the other.
        places = usual_places(vertebrae)
        along = [pool.submit(_laminae, vertebra, places.get(level)) for level, vertebra in vertebrae.items()]
        mapped = pool.submit(canal_map, vertebrae)
        looks = {level: one.result() for level, one in zip(levels, looking, strict=True)}
        rough = roughness(looks)
        looks, residuals = judge({level: look.firm(rough) for level, look in looks.items()}, vertebrae, pool)
        corridors = {
            (level, side): pool.submit(_corridor_mm, vertebra, side, looks[level], residuals)
            for level, vertebra in vertebrae.items()
            for side in SIDES
        }
        segments = _segments(vertebrae, residuals)
        laminae = {level: one.result() for level, one in zip(levels, along, strict=True)}
        stations = mapped.result()
        widest = {place: one.result() for place, one in corridors.items()}
    slack = allowance(looks)
    room = spaces(vertebrae, stations)
    findings: list[Finding] = []
    measurements = []
    excess: dict[str, Surface] = {}
    for level, vertebra in vertebrae.items():
        look = _beside_absent_laminae(vertebrae, looks, residuals, level, laminae[level])
        findings += name_findings(vertebra)
        findings += mass_findings(vertebra, look, residuals)
        grown = list(excess_findings(vertebra, look, residuals, slack, rough))
        findings += grown
        apart = found_excess(vertebra, look, residuals, grown, slack, rough)
        excess |= {} if apart is None else {level: apart}
        findings += lamina_findings(vertebra, laminae[level])
        findings += foramen_findings(vertebra, look.lumps)
        findings += pedicle_findings(vertebra)
        findings += axis_findings(vertebra)
        findings += mesh_findings(vertebra, repairs.get(level, ()))
        computed = {
            ("lateral_mass_volume_ratio", side): left.fraction
            for (name, side), left in residuals.items()
            if name == level
        }
        computed |= {("screw_corridor_diameter", side): widest[level, side] for side in SIDES}
        here = next((space for space in room if space.level == level), None)
        computed |= {} if here is None else {("torg_ratio", "midline"): here.torg_ratio}
        measurements += measurements_of(vertebra, computed, sex)
    findings += segment_findings(segments)
    findings += canal_findings(vertebrae)
    findings += declared_mass_findings(vertebrae, masses)
    gravity = list(Severity)
    ranked = sorted(findings, key=lambda f: (-gravity.index(f.severity), order(f.level.split("-")[0]), f.code, f.side))
    return Assessment(
        measurements=tuple(measurements), findings=tuple(ranked), segments=segments, stations=stations, spaces=room,
        lordosis=lordosis(vertebrae), excess=excess,
    )  # fmt: skip


def _laminae(vertebra: Vertebra, usual: Place | None) -> dict[str, LaminaLook | None]:
    return {side: look_at_lamina(vertebra, side, usual) for side in SIDES}


def _beside_absent_laminae(
    vertebrae: Mapping[str, Vertebra],
    looks: Mapping[str, SideBySide],
    residuals: Mapping[tuple[str, str], Residual],
    level: str,
    laminae: Mapping[str, LaminaLook | None],
) -> SideBySide:
    """The look without the lamina that is left beside one that is absent: it is no excess.

    Other levels' bone, laid on it, tells what is.
    """
    vertebra, look = vertebrae[level], looks[level]
    canal = vertebra.landmarks["canal_center"]
    for side in SIDES:
        own, other = laminae[side], laminae[OPPOSITE[side]]
        gone = other is not None and severity("lamina.absent", {"covered_share": other.covered_share}) is not None
        if gone and own is not None and canal.located and look.lumps:
            usual = usual_about(level, side, vertebrae, looks, residuals)
            look = look.sparing_lamina(side, own.medial_l, float(vertebra.frame.to_local(canal.xyz)[1]), usual)
    return look


def _corridor_mm(
    vertebra: Vertebra, side: str, look: SideBySide, residuals: Mapping[tuple[str, str], Residual]
) -> float:
    """Diameter of the widest screw's corridor through a lateral mass, what is not bone left out."""
    lumps = [lump.points for lump in look.lumps]
    return screw_corridor_mm(vertebra, side, [*lumps, *hidden_filling(look.level, side, residuals)])


def _segments(
    vertebrae: Mapping[str, Vertebra], residuals: Mapping[tuple[str, str], Residual]
) -> tuple[MotionSegment, ...]:
    """Each level on the next, from the head down."""
    doubtful = {key for key, left in residuals.items() if left.doubtful} | _unjudged(vertebrae, residuals)
    lost = {key for key, left in residuals.items() if left.destroyed}
    return tuple(
        motion_segment(vertebrae[above], vertebrae[below], doubtful, lost)
        for above, below in itertools.pairwise(vertebrae)
        if order(below) == order(above) + 1
    )


def _unjudged(
    vertebrae: Mapping[str, Vertebra], residuals: Mapping[tuple[str, str], Residual]
) -> set[tuple[str, str]]:
    """Sides whose lateral mass nothing could be held against and whose centre is not measured."""
    return {
        (level, side)
        for level, vertebra in vertebrae.items()
        for side in SIDES
        if (level, side) not in residuals
        and (mark := vertebra.landmarks.get(f"lateral_mass_center_{side}")) is not None
        and level != "C2"
        and not mark.measured
    }
