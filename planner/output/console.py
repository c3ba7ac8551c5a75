"""The summary on the terminal: what was read, what was found, what is proposed and what was refused."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from planner.assessment.finding import Assessment, Finding, MotionSegment, Severity
from planner.document import INTENDED_USE
from planner.fixation.anchor import Fixation, Refusal
from planner.output.console_assessment import print_canal, print_masses
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
    from rich.table import Table

_ORDER = {s: i for i, s in enumerate((Severity.CRITICAL, Severity.DEFICIENT, Severity.CAUTION, Severity.INFO))}
NOT_ASSESSED = "not assessed"
_STYLE = {
    "critical": "bold magenta",
    "deficient": "magenta",
    "caution": "yellow",
    "info": "dim",
    "planned": "cyan",
    "rejected": "bold magenta",
    "skipped": "dim",
}


def print_plan(plan: Plan, console: Console, verbose: bool = False) -> None:
    """Print a plan so that a surgeon can read it in a minute; fits 100 columns, plain where colour is off.

    With ``verbose`` every reason is printed in full, with all techniques that were considered.
    """
    _title(console, f"Plan of {plan.case.name}, {', '.join(plan.options.levels)}")
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
    _closing(console, _warned(plan.case, plan.warnings), _unseen(plan.fixations))


def print_inspection(inspection: Inspection, console: Console) -> None:
    """Print what was read and understood of a case."""
    _title(console, f"Inspection of {inspection.case.name}, {', '.join(inspection.levels)}")
    _read(console, inspection.case)
    _understood(console, inspection)
    _findings(console, inspection.assessment)
    print_masses(console, inspection.assessment, inspection.levels)
    _alignment(console, inspection.assessment.segments)
    print_canal(console, inspection.assessment)
    _closing(console, _warned(inspection.case, inspection.warnings), ())


def _title(console: Console, words: str) -> None:
    from rich.text import Text

    console.print(Text(words, style="bold"))


def _heading(console: Console, words: str) -> None:
    from rich.text import Text

    console.print()
    console.print(Text(words, style="bold"))


def _say(console: Console, words: str, style: str = "", indent: int = 2) -> None:
    from rich.padding import Padding
    from rich.text import Text

    console.print(Padding(Text(words, style=style), (0, 0, 0, indent), expand=False))


def _table(*columns: tuple[str, dict]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name, options in columns:
        table.add_column(name, **options)
    return table


def _read(console: Console, case: Case) -> None:
    _heading(console, "Read")
    for f in case.files:
        repairs = f"; {', '.join(f.repairs)}" if f.repairs else ""
        _say(console, f"{f.level or '-'}: {f.path} ({f.faces} faces{repairs})")
    _say(console, f"Axes of the files: {case.space}, known from: {case.space_source}.")
    if case.side_attested:
        _say(console, "Left and right: attested.")
    else:
        _say(
            console,
            "Left and right: as the files give them, NOT attested (bone cannot show a mirror).",
            "yellow",
        )
    for name in case.masses:
        _say(console, f"Mass, never counted as bone: {name}")
    for name in case.avoid:
        _say(console, f"Keep-out: {name}")


def _understood(console: Console, inspection: Inspection) -> None:
    _heading(console, "Understood")
    table = _table(
        ("level", {"no_wrap": True}),
        ("pose", {"justify": "right"}),
        ("landmarks", {"justify": "right"}),
        ("absent", {"overflow": "fold"}),
    )
    for level, v in inspection.vertebrae.items():
        marks = v.landmarks.values()
        absent = ", ".join(m.name for m in marks if not m.located) or "none"
        table.add_row(level, f"{v.pose.confidence:.0%}", str(sum(m.located for m in marks)), absent)
    console.print(table)
    measured = {(m.level, m.name, m.side): m for m in inspection.assessment.measurements}
    if not measured:
        return
    _heading(console, "Measurements")
    levels = [level for level in inspection.vertebrae if any(key[0] == level for key in measured)]
    table = _table(("measure", {}), *((level, {"justify": "right", "no_wrap": True}) for level in levels))
    rows = dict.fromkeys((name, side, m.unit) for (_, name, side), m in measured.items())
    for name, side, unit in rows:
        words = name.replace("_", " ") + (f" {side}" if side in ("left", "right") else "")
        cells = [measured.get((level, name, side)) for level in levels]
        table.add_row(f"{words} [{unit}]".replace("[", r"\["), *(_number(m.value) if m else "" for m in cells))
    console.print(table)


def _findings(console: Console, assessment: Assessment) -> None:
    _heading(console, "Findings")
    if not assessment.findings:
        _say(console, "None.")
    for f in sorted(assessment.findings, key=_severity):
        _say(console, f"{f.severity.value}: {f.text}", _STYLE[f.severity.value])


def _severity(finding: Finding) -> int:
    return _ORDER[finding.severity]


def _alignment(console: Console, segments: Iterable[MotionSegment]) -> None:
    segments = tuple(segments)
    if not segments:
        return
    _heading(console, "Alignment")
    right = {"justify": "right"}
    table = _table(
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
        table.add_row(
            s.name,
            _number(s.listhesis_mm),
            _number(s.listhesis_percent, 0),
            _number(s.angle_deg),
            *facets,
            _number(s.pincer_mm),
            _number(s.canal_min_area_mm2, 0),
            _number(s.canal_min_ap_mm),
        )
    console.print(table)


def _facet(segment: MotionSegment, side: str) -> str:
    """State and overlap of a facet joint; a dash where it was not assessed."""
    facet = segment.facets.get(side)
    if facet is None or facet.state == NOT_ASSESSED:
        return "-"
    overlap = _number(facet.overlap_percent, 0)
    return facet.state if overlap == "-" else f"{facet.state}, {overlap} %"


def _fixations(console: Console, fixations: Iterable[Fixation]) -> None:
    """One row a level and side."""
    _heading(console, "Fixation")
    right = {"justify": "right", "no_wrap": True}
    table = _table(
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
        table.add_row(*_fixation_row(f))
    console.print(table)
    _say(console, "free: anywhere in the safe window, not bound to a published technique;", "dim")
    _say(console, "hold: thread in bone; lat > 0 away from the midline, ceph > 0 towards the head;", "dim")
    _say(console, "breach: likelihood that artery or canal is touched at all, the larger of the two.", "dim")


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
    _heading(console, "Why")
    for f, reason, more in lines:
        _say(console, f"{f.level} {f.side}, {f.status.value}: {reason}", _STYLE[f.status.value])
        for words in more:
            _say(console, words, "dim", 6)
    _say(console, "Every technique considered, with its reasons: -v, or plan.json.", "dim")


def _all_reasons(console: Console, fixations: Iterable[Fixation]) -> None:
    _heading(console, "Why")
    for f in fixations:
        _say(console, f"{f.level} {f.side}, {f.status.value}: {f.reason}", _STYLE[f.status.value])
        if f.chosen is None:
            for other in f.alternatives:
                name = f"{anchor_words(other.anchor, other.technique)}: " if isinstance(other, Refusal) else ""
                if name:
                    _say(console, name + other.reason, "dim", 6)


def _fixation_row(f: Fixation) -> list[str]:
    from rich.markup import escape

    c = f.chosen
    status = f"[{_STYLE[f.status.value]}]{f.status.value}[/]"
    if c is None:
        return [f"{f.level} {f.side}", "none", status, "-", "-", "-", "-", "-"]
    name = anchor_words(c.anchor, c.technique).replace("free safe window", "free")
    if c.lamina_side:
        name += f", in the {c.lamina_side} lamina"
    near = nearest_hazard(c.clearance_mm)
    risk = max((b.any for b in c.breach.hazards.values() if math.isfinite(b.any)), default=math.nan)
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
    _heading(console, "Construct")
    reduction = construct.reduction
    if reduction.segment:
        changes = ", ".join(
            f"{name.replace('_', ' ')} {_number(reduction.before[name])} to {_number(reduction.after[name])}"
            for name in reduction.before
            if name in reduction.after and math.isfinite(reduction.before[name] + reduction.after[name])
        )
        _say(
            console,
            f"Reduction of {reduction.segment}: {reduction.reason}" + (f" ({changes})" if changes else ""),
        )
    else:
        _say(console, f"No reduction: {reduction.reason}")
    if not construct.rods:
        _say(console, "No rod.")
    for rod in construct.rods:
        _say(
            console,
            f"{rod.side} rod {'-'.join(rod.levels)}: {_number(rod.length_mm, 0)} mm "
            f"of {rod.diameter_mm:g} mm, tightest bend {_number(rod.min_bend_radius_mm, 0)} mm radius, "
            f"steepest head {_number(max((h.tilt_deg for h in rod.heads), default=math.nan), 0)}°",
        )
    for conflict in construct.conflicts:
        _say(console, f"conflict: {conflict.text}", "yellow")
        for option in conflict.options:
            _say(console, f"option: {option}", indent=6)
    for item in construct.bill_of_materials:
        _say(console, f"{item.quantity} × {item.item} ({', '.join(item.levels)})", "dim")


def _decompression(console: Console, plan: Plan) -> None:
    _heading(console, "Decompression")
    if not plan.decompression:
        _say(console, "None.")
    for d in plan.decompression:
        facets = ", ".join(
            f"{side} {p:.0f} %" if math.isfinite(p) else f"{side} not assessed"
            for side, p in d.facet_preserved_percent.items()
        )
        _say(console, f"{d.level} {d.procedure}: {d.reason}")
        _say(
            console,
            f"removes {_number(d.removed_volume_mm3, 0)} mm³; canal {_number(d.canal_area_before_mm2, 0)} to "
            f"{_number(d.canal_area_after_mm2, 0)} mm²; facet kept: {facets}",
            indent=6,
        )
        for sentence in d.unprotected:
            _say(console, sentence, "yellow", 6)


def _unseen(fixations: Iterable[Fixation]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(thing for f in fixations for thing in f.unseen))


def _warned(case: Case, warnings: tuple[str, ...]) -> tuple[str, ...]:
    """Warnings and the reader's notes, each once."""
    return tuple(dict.fromkeys((*warnings, *case.notes)))


def _closing(console: Console, warnings: Iterable[str], unseen: tuple[str, ...]) -> None:
    warnings = tuple(warnings)
    if warnings:
        _heading(console, "Warnings")
    for sentence in warnings:
        _say(console, sentence, "yellow")
    console.print()
    if unseen:
        _say(console, f"A surface cannot show: {', '.join(unseen)}.", indent=0)
    _say(console, f"Intended use: {INTENDED_USE}.", "bold", 0)


def _number(value: float | None, decimals: int = 1) -> str:
    """A number for a reader; a dash where nothing was measured."""
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value + 0.0:.{decimals}f}"
