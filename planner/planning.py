"""The walk through the house: a case in, a plan out. Each room's answer is the next room's question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment
from planner.consequences import Found, Option, compared
from planner.construct.plan import Construct
from planner.decompression.extent import Decompression
from planner.errors import LevelError
from planner.fixation.anchor import Fixation
from planner.reading.case import Case
from planner.reference.implants import generic_anchors, own_catalogue
from planner.reference.levels import levels as levels_table


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What the user asked for.

    ``technique`` maps ``(level, side)`` and ``c2`` a side to a name; a side that is not in them is ``auto``. A
    choice in them is named by the user, so its failure ends with exit code 3.
    """

    levels: tuple[str, ...]
    technique: Mapping[tuple[str, str], str] = field(default_factory=dict)
    c2: Mapping[str, str] = field(default_factory=dict)
    execution: str = "freehand"
    reduce: str = "auto"
    reduce_percent: float = 100.0
    decompress: str = "auto"
    trough: str = "narrow"
    undercut: bool = False
    implants: str | None = None
    sex: str | None = None
    age: int | None = None
    pose: str = "patient"
    strict: bool = False
    seed: int = 0
    cortex: str = "unicortical"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """Everything a plan says, in the order of the walk. Anatomy, fixations and troughs are in scan pose;
    heads, rods and conflicts in the planned pose."""

    case: Case
    options: PlanOptions
    vertebrae: Mapping[str, Vertebra]
    assessment: Assessment
    fixations: tuple[Fixation, ...]
    construct: Construct
    decompression: tuple[Decompression, ...]
    warnings: tuple[str, ...]
    options_compared: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inspection:
    """What was read and understood of a case, without a plan. ``levels`` are those asked for, from the head
    down; ``vertebrae`` may hold neighbours too, read as context."""

    case: Case
    levels: tuple[str, ...]
    vertebrae: Mapping[str, Vertebra]
    assessment: Assessment
    warnings: tuple[str, ...]


Progress = Callable[[str], None]


def inspect_case(
    case: Case, levels: tuple[str, ...] | None = None, *, pose: str = "patient", sex: str | None = None,
    progress: Progress | None = None,
) -> Inspection:  # fmt: skip
    """Read, understand and assess a case without planning.

    ``levels`` None takes every level of the case that can be planned. Raises `LevelError` for a level that the
    case does not hold and `FrameError` where the bones contradict the declared axes.
    """
    from planner.assessment import assess

    tell = progress or _silent
    chosen = _chosen_levels(case, levels)
    vertebrae, warnings = _understand(case, chosen, pose, tell)
    tell("assessment")
    repairs = {level: case.bones[level].source.repairs for level in vertebrae}
    assessment = _of_levels(assess(vertebrae, sex=sex, masses=case.masses, repairs=repairs), chosen)
    return Inspection(
        case=case, levels=chosen, vertebrae=vertebrae, assessment=assessment,
        warnings=(*_case_warnings(case), *warnings),
    )  # fmt: skip


def make_plan(case: Case, options: PlanOptions, progress: Progress | None = None) -> Plan:
    """Walk through the house once: understand, assess, fix, reduce, decompress, construct on the bone that is left."""
    with own_catalogue(options.implants):
        return _walk(case, options, progress)


def _walk(case: Case, options: PlanOptions, progress: Progress | None) -> Plan:
    from planner.construct import graded_in_both_poses, plan_construct, plan_reduction, seated, unstable_segments
    from planner.decompression import graded_on_bone_left, plan_decompression
    from planner.fixation import plan_fixations

    tell = progress or _silent
    seen = inspect_case(case, options.levels, pose=options.pose, sex=options.sex, progress=tell)
    tell("fixation")
    searched = plan_fixations(
        seen.vertebrae, seen.assessment, seen.levels,
        technique=options.technique, c2=options.c2, execution=options.execution, seed=options.seed,
        avoid=case.avoid, masses=case.masses, strict=options.strict, cortex=options.cortex, progress=tell,
    )  # fmt: skip
    tell("reduction")
    reduction = plan_reduction(seen.vertebrae, seen.assessment, options.reduce, options.reduce_percent / 100.0)
    fixations = graded_in_both_poses(seen.vertebrae, reduction, searched)
    tell("decompression")
    decompression = plan_decompression(
        seen.vertebrae, seen.assessment, fixations, decompress=options.decompress, trough=options.trough,
        undercut_edges=options.undercut, unstable=unstable_segments(seen.assessment),
    )  # fmt: skip
    fixations, stepped_on = graded_on_bone_left(
        seen.vertebrae, seen.assessment, decompression, fixations, case.masses
    )
    tell("construct")
    fixations, changes = seated(seen.vertebrae, reduction, fixations)
    construct = plan_construct(
        seen.vertebrae, seen.assessment, fixations, reduction=reduction, conflicts=stepped_on, changes=changes
    )
    tell("options")
    options_compared = compared(
        Found(
            vertebrae=seen.vertebrae, assessment=seen.assessment, searched=searched, fixations=fixations,
            construct=construct, decompression=decompression, masses=case.masses, decompress=options.decompress,
            trough=options.trough, reduce_percent=options.reduce_percent,
        )
    )  # fmt: skip
    return Plan(
        case=case, options=options, vertebrae=seen.vertebrae, assessment=seen.assessment, fixations=fixations,
        construct=construct, decompression=decompression, warnings=(*seen.warnings, *_catalogue_warnings()),
        options_compared=options_compared,
    )  # fmt: skip


def _silent(_: str) -> None:
    """Progress that nobody watches."""


def _chosen_levels(case: Case, levels: tuple[str, ...] | None) -> tuple[str, ...]:
    table = levels_table()
    held = [name for name, level in table.items() if level.plannable and name in case.bones]
    chosen = tuple(held) if levels is None else levels
    missing = [name for name in chosen if name not in case.bones]
    if missing or not chosen:
        what = (
            f"The case has no {' and no '.join(missing)}" if missing else "The case holds no level that can be planned"
        )
        raise LevelError(
            f"{what}; it holds {', '.join(case.bones) or 'nothing'}.", "Name the levels it holds with --levels."
        )
    return chosen


def _understand(
    case: Case, chosen: tuple[str, ...], pose: str, tell: Progress
) -> tuple[dict[str, Vertebra], tuple[str, ...]]:
    """Understand the chosen levels and, as hazards and references, their neighbours above and below."""
    from planner.anatomy import understand

    names = [name for name, level in levels_table().items() if level.plannable]
    places = [names.index(name) for name in chosen]
    wanted = [n for k, n in enumerate(names) if min(places) - 1 <= k <= max(places) + 1 and n in case.bones]
    surfaces = {name: case.bones[name].surface for name in wanted}
    vertebrae = understand(surfaces, pose=pose, required=chosen, progress=tell)
    warnings = [f"{v.level}: {note}." for v in vertebrae.values() for note in v.pose.notes]
    warnings += [f"{name} was read but not understood; it is left out." for name in wanted if name not in vertebrae]
    return vertebrae, tuple(warnings)


def _of_levels(assessment: Assessment, chosen: tuple[str, ...]) -> Assessment:
    """Keep what concerns the chosen levels: neighbours serve as references and hazards, not as patients."""
    inside = set(chosen)
    return Assessment(
        measurements=tuple(m for m in assessment.measurements if m.level in inside),
        findings=tuple(f for f in assessment.findings if set(f.level.split("-")) <= inside),
        segments=tuple(s for s in assessment.segments if {s.upper, s.lower} <= inside),
        stations=tuple(s for s in assessment.stations if s.level in inside),
        spaces=tuple(s for s in assessment.spaces if s.level in inside),
        lordosis=assessment.lordosis,
        excess=assessment.excess,
    )


def _catalogue_warnings() -> tuple[str, ...]:
    generic = [anchor.replace("_", " ") for anchor in generic_anchors()]
    return (f"The given catalogue has no screw for {', '.join(generic)}: generic ones are planned.",) if generic else ()


def _case_warnings(case: Case) -> tuple[str, ...]:
    out = list(case.notes)
    if not case.side_attested:
        out.append(
            "Left and right are as the files declare; a mirrored bone cannot be seen in its shape. "
            "Check the sides and say so with --attest-sides."
        )
    return tuple(out)
