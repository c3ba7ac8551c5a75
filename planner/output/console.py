"""The summary on the terminal: what was read, what was found, what is proposed and what was refused."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from planner.assessment.finding import Assessment, Finding, MotionSegment, Severity
from planner.construct.plan import Bend
from planner.document import INTENDED_USE
from planner.fixation.anchor import Fixation, Refusal
from planner.output.console_assessment import print_canal, print_masses
from planner.output.console_options import print_options
from planner.output.printing import STYLE, heading, say, table, title
from planner.output.wording import (
    anchor_words,
    finding_words,
    first_clause,
    nearest_hazard,
    without_least_room,
)
from planner.planning import Inspection, Plan
from planner.reading.case import Case

if TYPE_CHECKING:
    from rich.console import Console

_ORDER = {s: i for i, s in enumerate((Severity.CRITICAL, Severity.DEFICIENT, Severity.CAUTION, Severity.INFO))}
NOT_ASSESSED = "not assessed"


def print_plan(plan: Plan, console: Console, verbose: bool = False) -> None:
    """Print a plan so that a surgeon can read it in a minute; fits 100 columns, plain where colour is off.

    With ``verbose`` every reason is printed in full, with all techniques that were considered.
    """
    title(console, f"Plan of {plan.case.name}, {', '.join(plan.options.levels)}")
    _read(console, plan.case)
    _findings(console, plan.assessment)
    _alignment(console, plan.assessment.segments)
    _fixations(console, plan.fixations)
    if verbose:
        _all_reasons(console, plan.fixations)
    else:
        _reasons(console, plan.fixations, plan.assessment.findings)
    _construct(console, plan)
    _decompression(console, plan)
    print_options(plan.options_compared, console)
    _closing(console, _warned(plan.case, plan.warnings), _unseen(plan.fixations))


def print_inspection(inspection: Inspection, console: Console) -> None:
    """Print what was read and understood of a case."""
    title(console, f"Inspection of {inspection.case.name}, {', '.join(inspection.levels)}")
    _read(console, inspection.case)
    _understood(console, inspection)
    _findings(console, inspection.assessment)
    print_masses(console, inspection.assessment, inspection.levels)
    _alignment(console, inspection.assessment.segments)
    print_canal(console, inspection.assessment)
    _closing(console, _warned(inspection.case, inspection.warnings), ())


def _read(console: Console, case: Case) -> None:
    heading(console, "Read")
    for f in case.files:
        repairs = f"; {', '.join(f.repairs)}" if f.repairs else ""
        say(console, f"{f.level or '-'}: {f.path} ({f.faces} faces{repairs})")
    say(console, f"Axes of the files: {case.space}, known from: {case.space_source}.")
    if case.side_attested:
        say(console, "Left and right: attested.")
    else:
        say(
            console,
            "Left and right: as the files give them, NOT attested (bone cannot show a mirror).",
            "yellow",
        )
    for name in case.masses:
        say(console, f"Mass, never counted as bone: {name}")
    for name in case.avoid:
        say(console, f"Keep-out: {name}")


def _understood(console: Console, inspection: Inspection) -> None:
    heading(console, "Understood")
    rows = table(
        ("level", {"no_wrap": True}),
        ("pose", {"justify": "right"}),
        ("landmarks", {"justify": "right"}),
        ("absent", {"overflow": "fold"}),
    )
    for level, v in inspection.vertebrae.items():
        marks = v.landmarks.values()
        absent = ", ".join(m.name for m in marks if not m.located) or "none"
        rows.add_row(level, f"{v.pose.confidence:.0%}", str(sum(m.located for m in marks)), absent)
    console.print(rows)
    measured = {(m.level, m.name, m.side): m for m in inspection.assessment.measurements}
    if not measured:
        return
    heading(console, "Measurements")
    levels = [level for level in inspection.vertebrae if any(key[0] == level for key in measured)]
    shown = table(("measure", {}), *((level, {"justify": "right", "no_wrap": True}) for level in levels))
    rows = dict.fromkeys((name, side, m.unit) for (_, name, side), m in measured.items())
    for name, side, unit in rows:
        words = name.replace("_", " ") + (f" {side}" if side in ("left", "right") else "")
        cells = [measured.get((level, name, side)) for level in levels]
        shown.add_row(f"{words} [{unit}]".replace("[", r"\["), *(_number(m.value) if m else "" for m in cells))
    console.print(shown)


def _findings(console: Console, assessment: Assessment) -> None:
    heading(console, "Findings")
    if not assessment.findings:
        say(console, "None.")
    for f in sorted(assessment.findings, key=_severity):
        say(console, f"{f.severity.value}: {f.text}", STYLE[f.severity.value])


def _severity(finding: Finding) -> int:
    return _ORDER[finding.severity]


def _alignment(console: Console, segments: Iterable[MotionSegment]) -> None:
    segments = tuple(segments)
    if not segments:
        return
    heading(console, "Alignment")
    right = {"justify": "right"}
    rows = table(
        ("segment", {"no_wrap": True}),
        ("slip mm", right),
        ("slip %", right),
        ("angle °", right),
        ("left facet", {}),
        ("right facet", {}),
        ("pincer mm", right),
        ("canal mm²", right),
        ("AP mm", right),
    )
    for s in segments:
        facets = [_facet(s, side) for side in ("left", "right")]
        rows.add_row(
            s.name,
            _number(s.listhesis_mm),
            _number(s.listhesis_percent, 0),
            _number(s.angle_deg),
            *facets,
            _number(s.pincer_mm),
            _number(s.canal_min_area_mm2, 0),
            _number(s.canal_min_ap_mm),
        )
    console.print(rows)


def _facet(segment: MotionSegment, side: str) -> str:
    """State and overlap of a facet joint; a dash where it was not assessed."""
    facet = segment.facets.get(side)
    if facet is None or facet.state == NOT_ASSESSED:
        return "-"
    overlap = _number(facet.overlap_percent, 0)
    return facet.state if overlap == "-" else f"{facet.state}, {overlap} %"


def _fixations(console: Console, fixations: Iterable[Fixation]) -> None:
    """One row a level and side."""
    heading(console, "Fixation")
    right = {"justify": "right", "no_wrap": True}
    rows = table(
        ("side", {"no_wrap": True}),
        ("anchor", {}),
        ("status", {"no_wrap": True}),
        ("screw mm", right),
        ("hold mm", right),
        ("lat/ceph °", right),
        ("closest, mm", {}),
        ("breach", right),
    )
    for f in fixations:
        rows.add_row(*_fixation_row(f))
    console.print(rows)
    say(console, "free: anywhere in the safe window, not bound to a published technique;", "dim")
    say(console, "hold: thread in bone; lat > 0 away from the midline, ceph > 0 towards the head;", "dim")
    say(console, "breach: likelihood that artery or canal is touched at all.", "dim")


def _reasons(console: Console, fixations: Iterable[Fixation], findings: Iterable[Finding]) -> None:
    """Why a side is not simply planned, shortly: what the table and the findings say is not said again."""
    told = {f.text: f"{finding_words(f.code)}, see the findings" for f in findings}
    asked = [f for f in fixations if f.status != "planned"]
    lines = []
    for f in asked:
        if f.chosen is not None:
            lines.append((f, without_least_room(f.reason), ()))
        elif f.alternatives:
            first: dict[str, str] = {}
            for other in f.alternatives:
                why = told.get(other.reason) or first_clause(other.reason)
                first.setdefault(other.anchor.replace("_", " "), why)
            lines.append((f, "no acceptable anchor", tuple(f"{name}: {why}" for name, why in first.items())))
        else:
            lines.append((f, first_clause(f.reason), ()))
    if not lines:
        return
    heading(console, "Why")
    for f, reason, more in lines:
        say(console, f"{f.level} {f.side}, {f.status.value}: {reason}", STYLE[f.status.value])
        for words in more:
            say(console, words, "dim", 6)
    say(console, "Every technique considered, with its reasons: -v, or plan.json.", "dim")


def _all_reasons(console: Console, fixations: Iterable[Fixation]) -> None:
    heading(console, "Why")
    for f in fixations:
        say(console, f"{f.level} {f.side}, {f.status.value}: {f.reason}", STYLE[f.status.value])
        if f.chosen is None:
            for other in f.alternatives:
                name = f"{anchor_words(other.anchor, other.technique)}: " if isinstance(other, Refusal) else ""
                if name:
                    say(console, name + other.reason, "dim", 6)


def _fixation_row(f: Fixation) -> list[str]:
    from rich.markup import escape

    c = f.chosen
    status = f"[{STYLE[f.status.value]}]{f.status.value}[/]"
    if c is None:
        return [f"{f.level} {f.side}", "none", status, "-", "-", "-", "-", "-"]
    name = anchor_words(c.anchor, c.technique).replace("free safe window", "free")
    if c.lamina_side:
        name += f", in the {c.lamina_side} lamina"
    near = nearest_hazard(c.clearance_mm)
    risk = c.breach.artery_or_canal
    return [
        f"{f.level} {f.side}",
        escape(name),
        status,
        f"{c.screw.diameter_mm:g} × {c.screw.length_mm:g}",
        _number(c.purchase_mm),
        f"{_number(c.angles.lateral_deg, 0)}/{_number(c.angles.cephalad_deg, 0)}",
        escape(f"{near[0]} {near[1]:.1f}") if near else "-",
        f"{risk:.0%}" if math.isfinite(risk) else "-",
    ]


def _construct(console: Console, plan: Plan) -> None:
    construct = plan.construct
    heading(console, "Construct")
    reduction = construct.reduction
    if reduction.segment:
        changes = ", ".join(
            f"{name.replace('_', ' ')} {_number(reduction.before[name])} to {_number(reduction.after[name])}"
            for name in reduction.before
            if name in reduction.after and math.isfinite(reduction.before[name] + reduction.after[name])
        )
        say(
            console,
            f"Reduction of {reduction.segment}: {reduction.reason}" + (f" ({changes})" if changes else ""),
        )
    else:
        say(console, f"No reduction: {reduction.reason}")
    if not construct.rods:
        say(console, "No rod.")
    for rod in construct.rods:
        say(
            console,
            f"{rod.side} rod {'-'.join(rod.levels)}: {_number(rod.length_mm, 0)} mm "
            f"of {rod.diameter_mm:g} mm, tightest bend {_number(rod.min_bend_radius_mm, 0)} mm radius, "
            f"steepest head {_number(max((h.tilt_deg for h in rod.heads), default=math.nan), 0)}°",
        )
        if rod.bends:
            say(console, f"bends: {'; '.join(map(_bend_words, rod.bends))}", indent=6)
    for change in construct.changes:
        say(console, f"changed: {change}", "yellow")
    for conflict in construct.conflicts:
        say(console, f"conflict: {conflict.text}", "yellow")
        for option in conflict.options:
            say(console, f"option: {option}", indent=6)
    for remark in construct.ends:
        say(console, f"{remark.end} end {remark.level}: {remark.text}")
    for item in construct.bill_of_materials:
        say(console, f"{item.quantity} × {item.item} ({', '.join(item.levels)})", "dim")


def _bend_words(bend: Bend) -> str:
    """One bend of the guide, in the two planes a bender turns in."""
    way = "back" if bend.lordosis_deg >= 0 else "forward"
    side = "in" if bend.inward_deg >= 0 else "out"
    return (
        f"{bend.at_mm:.0f} mm from the upper end ({bend.level}) {abs(bend.lordosis_deg):.0f}° {way}, "
        f"{abs(bend.inward_deg):.0f}° {side}"
    )


def _decompression(console: Console, plan: Plan) -> None:
    heading(console, "Decompression")
    if not plan.decompression:
        say(console, "None.")
    for d in plan.decompression:
        facets = ", ".join(
            f"{side} {p:.0f} %" if math.isfinite(p) else f"{side} not assessed"
            for side, p in d.facet_preserved_percent.items()
        )
        say(console, f"{d.level} {d.procedure}: {d.reason}")
        say(
            console,
            f"removes {_number(d.removed_volume_mm3, 0)} mm³; canal {_number(d.canal_area_before_mm2, 0)} to "
            f"{_number(d.canal_area_after_mm2, 0)} mm²; facet kept: {facets}",
            indent=6,
        )
        if math.isfinite(d.pincer_before_mm + d.pincer_after_mm):
            to = f"pincer {d.pincer_before_mm:.1f} mm to this lamina, {d.pincer_after_mm:.1f} mm to the next that stays"
            say(console, to, indent=6)
        for u in d.undercuts:
            say(
                console,
                f"undercut of {u.level}, if done: {u.removed_volume_mm3:.0f} mm³, canal at that edge "
                f"{_number(u.canal_area_before_mm2, 0)} to {_number(u.canal_area_after_mm2, 0)} mm², "
                f"{_number(u.lamina_left_mm)} mm of lamina left",
                indent=6,
            )
        for sentence in d.residual:
            say(console, sentence, "yellow", 6)
        for sentence in d.unprotected:
            say(console, sentence, "yellow", 6)


def _unseen(fixations: Iterable[Fixation]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(thing for f in fixations for thing in f.unseen))


def _warned(case: Case, warnings: tuple[str, ...]) -> tuple[str, ...]:
    """Warnings and the reader's notes, each once."""
    return tuple(dict.fromkeys((*warnings, *case.notes)))


def _closing(console: Console, warnings: Iterable[str], unseen: tuple[str, ...]) -> None:
    warnings = tuple(warnings)
    if warnings:
        heading(console, "Warnings")
    for sentence in warnings:
        say(console, sentence, "yellow")
    console.print()
    if unseen:
        say(console, f"A surface cannot show: {', '.join(unseen)}.", indent=0)
    say(console, f"Intended use: {INTENDED_USE}.", "bold", 0)


def _number(value: float | None, decimals: int = 1) -> str:
    """A number for a reader; a dash where nothing was measured."""
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value + 0.0:.{decimals}f}"
