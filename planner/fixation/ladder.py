"""From technique to technique and anchor to anchor until one is acceptable, or a reasoned skip."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment, Severity
from planner.fixation.acceptance import rank
from planner.fixation.accord import in_accord
from planner.fixation.anchor import AnchorStatus, Candidate, Fixation, Refusal
from planner.fixation.artery import artery, foramen_state, other_side_doubtful
from planner.fixation.corridor import SALVAGE, corridor
from planner.fixation.grade import unseen
from planner.fixation.hazard import Hazard
from planner.fixation.site import UNICORTICAL, Side, as_hazard, beside
from planner.fixation.surroundings import Bone, bodies_around, canal_below, given_artery, hazards_of
from planner.fixation.transfacet import ANCHOR as TRANSFACET
from planner.fixation.transfacet import Joint, barred_joint, joint_below
from planner.geometry.axes import SIDES
from planner.geometry.surface import Surface
from planner.reference.execution import executions
from planner.reference.hazards import foramen_norm_mm, setting
from planner.reference.levels import order
from planner.reference.techniques import AUTO, Technique, every_technique_at, technique_at, techniques_at

SKIP = "skip"
# The order among equals: what is strongest and safest first.
_ORDER = {"lateral_mass": 0, "pars": 0, "translaminar": 1, "pedicle": 2, "paravertebral_foramen": 3, "transfacet": 4}
_ORDER_CAUTION = {**_ORDER, "pedicle": 1, "translaminar": 2}
_C2 = "C2"
_SAME_MASS = "the same mass is ill"
_THREADS = 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Around:
    """A level's bone and what surrounds each of its sides; ``avoid`` are the keep-outs as they were given."""

    bone: Bone
    hazards: Mapping[str, Mapping[str, tuple[Hazard, ...]]]
    joints: Mapping[str, Joint | None]
    avoid: Mapping[str, Surface]


def plan_fixations(
    vertebrae: Mapping[str, Vertebra],
    assessment: Assessment,
    levels: tuple[str, ...],
    *,
    technique: Mapping[tuple[str, str], str],
    c2: Mapping[str, str],
    execution: str,
    seed: int,
    avoid: Mapping[str, Surface] | None = None,
    masses: Mapping[str, Surface] | None = None,
    strict: bool = False,
    cortex: str = UNICORTICAL,
    progress: Callable[[str], None] | None = None,
) -> tuple[Fixation, ...]:
    """Propose one fixation for each level and side, from the head down, left before right.

    ``vertebrae`` may hold more levels than ``levels``: neighbours are hazards, and their foramina shape the
    artery. ``technique`` maps (level, side) and ``c2`` maps side to a name, ``auto`` where missing, ``skip``
    to leave the side out. A named technique that has no acceptable trajectory is ``rejected``; ``auto`` goes
    down the ladder and ends ``skipped`` with the reason of every rung. With ``strict`` only `planned` is
    acceptable. ``avoid`` holds keep-outs in world mm by name (a name with "artery" in it is the vertebral
    artery), ``masses`` what was declared to look like bone and not to be; what ``assessment`` found to be excess is
    no bone either. With ``cortex`` "bicortical" lateral mass screws pass the
    far cortex.
    """
    keep_outs, declared = avoid or {}, masses or {}
    places: dict[tuple[str, str], Side] = {}
    wishes: dict[tuple[str, str], str] = {}

    def of_level(level: str) -> list[Fixation]:
        if progress is not None:
            progress(f"{level}: screw corridors")
        around = _surroundings(vertebrae, assessment, level, keep_outs, declared)
        fixations = []
        for side in SIDES:
            wish = (c2.get(side, AUTO) if level == _C2 else technique.get((level, side), AUTO)).lower()
            wishes[level, side] = wish
            if wish == SKIP:
                fixations.append(_skipped(level, side, "skipped as asked", ()))
                continue
            doubt = _doubt(vertebrae[level])
            if doubt:
                fixations.append(_doubtful(level, side, doubt, named=wish != AUTO))
                continue
            place = places[level, side] = _side(vertebrae, around, side, assessment, execution, seed, cortex)
            if wish == AUTO:
                fixations.append(_auto(place, assessment, strict))
            else:
                fixations.append(_named(place, assessment, wish, strict))
            around = _with_crossing_screw(around, side, fixations[-1], vertebrae[level])
        return fixations

    # Levels do not depend on each other; each draws its samples from its own seeded generator.
    with ThreadPoolExecutor(_THREADS) as pool:
        found = in_accord([fixation for level in pool.map(of_level, levels) for fixation in level])
    chosen = {(f.level, f.side): f for f in found}
    return tuple(
        _across_the_joint(places[f.level, f.side], f, chosen, wishes[f.level, f.side], assessment, strict)
        if (f.level, f.side) in places else f
        for f in found
    )  # fmt: skip


def try_every_technique(
    vertebrae: Mapping[str, Vertebra],
    assessment: Assessment,
    levels: tuple[str, ...],
    *,
    execution: str,
    seed: int,
    avoid: Mapping[str, Surface] | None = None,
    masses: Mapping[str, Surface] | None = None,
    cortex: str = UNICORTICAL,
    progress: Callable[[str], None] | None = None,
) -> dict[tuple[str, str], tuple[Candidate | Refusal, ...]]:
    """Return, for each level and side, the best trajectory of every technique of the level, or why it has none.

    In the table's order, each by the same search and the same grades; nothing is left out because another technique
    is acceptable. Arguments as in `plan_fixations`.
    """
    keep_outs, declared = avoid or {}, masses or {}

    def of_level(level: str) -> list[tuple[tuple[str, str], tuple[Candidate | Refusal, ...]]]:
        if progress is not None:
            progress(f"{level}: every technique")
        rows, doubt = every_technique_at(level), _doubt(vertebrae[level])
        if doubt:
            refused = tuple(Refusal(anchor=row.anchor, technique=row.id, reason=doubt) for row in rows)
            return [((level, side), refused) for side in SIDES]
        places = sides_of(
            vertebrae, assessment, level, execution=execution, seed=seed, avoid=keep_outs, masses=declared,
            cortex=cortex,
        )  # fmt: skip
        return [((level, place.side), tuple(_try(place, assessment, row) for row in rows)) for place in places]

    with ThreadPoolExecutor(_THREADS) as pool:
        return dict(pair for level in pool.map(of_level, levels) for pair in level)


def sides_of(
    vertebrae: Mapping[str, Vertebra], assessment: Assessment, level: str, *, execution: str, seed: int,
    avoid: Mapping[str, Surface] | None = None, masses: Mapping[str, Surface] | None = None, cortex: str = UNICORTICAL,
) -> tuple[Side, ...]:  # fmt: skip
    """Return both sides of a level as places where a screw is sought; arguments as in `plan_fixations`."""
    around = _surroundings(vertebrae, assessment, level, avoid or {}, masses or {})
    return tuple(_side(vertebrae, around, side, assessment, execution, seed, cortex) for side in SIDES)


def _surroundings(vertebrae, assessment: Assessment, level: str, keep_outs, masses) -> Around:
    """A level's bone, the hazards of each of its sides, and what lies at the joint below."""
    bodies = bodies_around(vertebrae, level, keep_outs)
    hazards = {side: hazards_of(vertebrae, level, side, assessment, keep_outs, bodies) for side in SIDES}
    bone = Bone.of(vertebrae[level], assessment.not_bone(level, masses))
    joints = dict.fromkeys(SIDES)
    if techniques_at(level, TRANSFACET):
        canal = canal_below(vertebrae, level)
        joints = {s: joint_below(vertebrae, bone, s, assessment, hazards[s], canal, masses) for s in SIDES}
    return Around(bone=bone, hazards=hazards, joints=joints, avoid=keep_outs)


def _with_crossing_screw(around: Around, side: str, fixation: Fixation, vertebra: Vertebra) -> Around:
    """A translaminar screw is in the way of the next one, whose head is on the other side."""
    chosen = fixation.chosen
    if chosen is None or chosen.anchor != "translaminar":
        return around
    tube = as_hazard(chosen, vertebra)
    return replace(around, hazards={**around.hazards, side: {**around.hazards[side], tube.name: (tube,)}})


def _across_the_joint(
    place: Side, fixation: Fixation, chosen: Mapping[tuple[str, str], Fixation], wish: str, assessment: Assessment,
    strict: bool,
) -> Fixation:  # fmt: skip
    """The last rung, tried when the screw of the level below is known, which ends in the same mass."""
    row = technique_at(TRANSFACET, fixation.level)
    named = wish == TRANSFACET
    if row is None or not (named or (wish == AUTO and fixation.chosen is None)):
        return fixation
    below = chosen.get((place.joint.level_below, place.side)) if place.joint is not None else None
    if below is not None and below.chosen is not None:
        place = beside(place, below.chosen, place.side)
    if named:
        return _named(place, assessment, wish, strict)
    tried = _try(place, assessment, row)
    if _acceptable(tried, strict):
        return _fixation(place, tried.status, tried.reason, tried, fixation.alternatives)
    told = tried.reason == _SAME_MASS
    reason = fixation.reason if told else f"{fixation.reason} {_why([tried])}"
    return replace(fixation, reason=reason, alternatives=(*fixation.alternatives, tried))


def _side(
    vertebrae, around: Around, side: str, assessment: Assessment, execution: str, seed: int, cortex: str
) -> Side:  # fmt: skip
    bone, avoid = around.bone, around.avoid
    level = bone.vertebra.level
    conditions = set()
    in_bone = foramen_norm_mm(level) is not None
    if not in_bone:
        conditions.add("no_artery_in_bone")
    if order(level) <= order("C7") and given_artery(artery(vertebrae, level, side, assessment), avoid) is None:
        conditions.add("artery_not_given")
    words = {}
    own = foramen_state(bone.vertebra, side, assessment)
    if in_bone and not own.normal:
        conditions.add("foramen_not_normal")
        words["foramen"] = own.reason
    narrowed = assessment.finding("transverse_foramen.narrowed", level, side)
    grave = narrowed is not None and narrowed.severity in (Severity.DEFICIENT, Severity.CRITICAL)
    if grave and "artery_not_given" in conditions:
        conditions.add("foramen_gravely_narrowed")
    high = assessment.finding("c2.high_riding_artery", level, side)
    if high is not None and "artery_not_given" in conditions:
        conditions.add("artery_rides_high")
        words["high"] = ", ".join(
            f"{name.removesuffix('_mm').replace('_', ' ')} {value:.1f} mm" for name, value in high.evidence.items()
        )
    doubt = other_side_doubtful(vertebrae, side, assessment)
    if doubt:
        conditions.add("foramen_narrowed_other_side")
        words["other_foramen"] = doubt
    if any(assessment.finding(f"lateral_mass.{x}", level, side) for x in ("thinned", "destroyed")):
        conditions.add("bone_thinned")
    if _excess_near(bone.vertebra, side, assessment):
        conditions.add("excess_bone")
    return Side(
        bone=bone, side=side, hazards=around.hazards, joint=around.joints[side], cortex=cortex,
        conditions=frozenset(conditions), words=words, execution=executions()[execution], seed=seed,
        grounds={},
    )  # fmt: skip


def _excess_near(vertebra: Vertebra, side: str, assessment: Assessment) -> bool:
    """True if excess bone was found beside a side's lateral mass, or on the side with no place told."""
    landmark = vertebra.landmarks.get(f"lateral_mass_center_{side}")
    for finding in assessment.findings:
        if (finding.code, finding.level, finding.side) != ("excess_bone", vertebra.level, side):
            continue
        center = finding.evidence.get("center")
        if center is None or landmark is None or not landmark.located:
            return True
        if np.linalg.norm(np.asarray(center, float) - landmark.xyz) < setting("excess_beside_mm"):
            return True
    return False


def _try(place: Side, assessment: Assessment, row: Technique) -> Candidate | Refusal:
    barred = _barred(place, assessment, row.anchor)
    if barred:
        return Refusal(anchor=row.anchor, technique=row.id, reason=barred)
    return corridor(place, row)


def _barred(place: Side, assessment: Assessment, anchor: str) -> str:
    """Why an anchor is out of the question on a side, before any search; "" if it is not."""
    level, side = place.vertebra.level, place.side
    if anchor in ("lateral_mass", *SALVAGE):
        for code in ("lateral_mass.destroyed", "lateral_mass.thinned"):
            finding = assessment.finding(code, level, side)
            if finding is not None and finding.severity in (Severity.CRITICAL, Severity.DEFICIENT):
                return finding.text if anchor == "lateral_mass" else _SAME_MASS
    if anchor == TRANSFACET:
        return barred_joint(place.joint, level, side, assessment)
    if anchor == "translaminar":
        other = "right" if side == "left" else "left"
        for code in ("lamina.absent", "lamina.defect"):
            finding = assessment.finding(code, level, other)
            if finding is not None:
                return finding.text
    return ""


def _doubt(vertebra: Vertebra) -> str:
    """Why no screw may be planned in a bone at all; "" if one may."""
    if vertebra.name_doubt:
        return f"the level is doubtful: {vertebra.name_doubt}"
    if vertebra.pose.confidence < setting("least_pose_confidence"):
        why = "; ".join(vertebra.pose.notes) or "it fits neither its template nor its mirror image well"
        return f"the bone's pose is not sure enough ({vertebra.pose.confidence:.0%}): {why}"
    return ""


def _doubtful(level: str, side: str, doubt: str, named: bool) -> Fixation:
    status = AnchorStatus.REJECTED if named else AnchorStatus.SKIPPED
    return replace(_skipped(level, side, doubt, ()), status=status)


def _auto(place: Side, assessment: Assessment, strict: bool) -> Fixation:
    level = place.vertebra.level
    tried: list[Candidate | Refusal] = []
    if level == _C2:
        for anchor in ("pars", "translaminar", "pedicle"):
            tried += [_try(place, assessment, row) for row in techniques_at(level, anchor)]
    else:
        free = technique_at(AUTO, level)
        if free is not None:
            tried.append(_try(place, assessment, free))
            tried += [_try(place, assessment, row) for row in techniques_at(level, "lateral_mass")]
        for anchor in ("pedicle", "paravertebral_foramen"):
            if not any(_acceptable(c, strict) for c in tried):
                tried += [_try(place, assessment, row) for row in techniques_at(level, anchor)]
    candidates = sorted((c for c in tried if isinstance(c, Candidate)), key=_preference)
    refusals = [c for c in tried if isinstance(c, Refusal)]
    if candidates and _acceptable(candidates[0], strict):
        chosen = candidates[0]
        return _fixation(place, chosen.status, chosen.reason, chosen, (*candidates[1:], *refusals))
    return _skipped(level, place.side, f"no acceptable anchor. {_why(tried)}", (*candidates, *refusals))


def _named(place: Side, assessment: Assessment, wish: str, strict: bool) -> Fixation:
    level = place.vertebra.level
    row = technique_at(wish, level)
    if row is None:
        raise ValueError(f"'{wish}' is no technique of {level}.")
    tried = _try(place, assessment, row)
    if isinstance(tried, Refusal):
        return _fixation(place, AnchorStatus.REJECTED, tried.reason, None, (tried,))
    if not _acceptable(tried, strict):
        return _fixation(place, AnchorStatus.REJECTED, tried.reason, None, (tried,))
    return _fixation(place, tried.status, tried.reason, tried, ())


def _acceptable(candidate: Candidate | Refusal, strict: bool) -> bool:
    return isinstance(candidate, Candidate) and rank(candidate.status) <= (0 if strict else 1)


def _preference(candidate: Candidate) -> tuple:
    order = _ORDER if candidate.status is AnchorStatus.PLANNED else _ORDER_CAUTION
    return rank(candidate.status), order[candidate.anchor], round(candidate.cost, 4)


def _why(tried: list[Candidate | Refusal]) -> str:
    """One short sentence for each anchor; the rest of the evidence stands in the alternatives."""
    by_anchor: dict[str, list[Candidate | Refusal]] = {}
    for rung in tried:
        by_anchor.setdefault(rung.anchor, []).append(rung)
    return " ".join(f"{_words(anchor)}: {_main_reason(rungs)}." for anchor, rungs in by_anchor.items())


def _main_reason(rungs: list[Candidate | Refusal]) -> str:
    candidates = sorted((r for r in rungs if isinstance(r, Candidate)), key=_preference)
    if not candidates:
        # A finding's text goes on with how it was compared; what was found stands first.
        return re.split(r", compared|;|\. ", rungs[0].reason)[0].rstrip(".")
    _, *reasons = candidates[0].reason.split("; ")
    which = f" at best ({len(candidates)} techniques tried)" if len(candidates) > 1 else ""
    return "; ".join(reasons[:2]) + which


def _words(anchor: str) -> str:
    return anchor.replace("_", " ").capitalize()


def _fixation(place: Side, status, reason: str, chosen: Candidate | None, alternatives) -> Fixation:
    anchor = chosen.anchor if chosen is not None else "none"
    return Fixation(
        level=place.vertebra.level, side=place.side, status=status, reason=reason, chosen=chosen,
        alternatives=tuple(alternatives), unseen=unseen(anchor),
    )  # fmt: skip


def _skipped(level: str, side: str, reason: str, alternatives: tuple[Candidate | Refusal, ...]) -> Fixation:
    return Fixation(
        level=level, side=side, status=AnchorStatus.SKIPPED, reason=reason, chosen=None,
        alternatives=alternatives, unseen=unseen("none"),
    )  # fmt: skip
