"""Options compared: what each choice a surgeon could make otherwise would change, in numbers beside one another.

Nothing is searched again: the anchors are those that were found, graded anew in each light. An option is not a
recommendation; the plan's own choice is marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment
from planner.construct import graded_in_both_poses, plan_construct, seated
from planner.construct.plan import Construct, Reduction
from planner.construct.reduction import plan_reduction, shared, unmoved
from planner.decompression import graded_on_bone_left, plan_decompression
from planner.decompression.extent import Decompression
from planner.decompression.laminectomy import TROUGHS
from planner.fixation.anchor import AnchorStatus, Candidate, Fixation
from planner.geometry.axes import SIDES
from planner.geometry.surface import Surface

_HALF, _SAME_SHARE = 0.5, 0.005
_REDUCTION, _TROUGH, _DOOR = "reduction", "trough", "laminoplasty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of one choice, with its consequences.

    ``numbers`` are in the units their names end in; what an option does not touch is not in them. ``conflicts`` are
    the codes and levels of the construct's conflicts. An option that is not ``offered`` is shown with the reason.
    """

    choice: str
    name: str
    chosen: bool
    offered: bool
    reason: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    anchors: Mapping[str, int] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """What the walk has found when options are compared; ``searched`` are the fixations before any grading anew."""

    vertebrae: Mapping[str, Vertebra]
    assessment: Assessment
    searched: tuple[Fixation, ...]
    fixations: tuple[Fixation, ...]
    construct: Construct
    decompression: tuple[Decompression, ...]
    masses: Mapping[str, Surface]
    decompress: str
    trough: str
    reduce_percent: float = 100.0


def compared(found: Found) -> tuple[Option, ...]:
    """Return the options of each choice this plan had: reduction, trough, each side without a sound anchor, and the
    open door in place of the laminectomy. Empty where there was nothing to choose."""
    return (*_reductions(found), *_troughs(found), *_doors(found), *_sides(found))


def _reductions(found: Found) -> Iterator[Option]:
    """In situ, half way and as far as the bones allow, where a segment is unstable or was reduced."""
    own = found.construct.reduction
    whole = own if own.segment and found.reduce_percent >= 100.0 else _whole(found)
    if not whole.segment:
        return
    lights: list[tuple[str, Reduction]] = [("in situ", unmoved(found.vertebrae, "in situ"))]
    if whole.share > _HALF + _SAME_SHARE:
        lights.append(("half way", shared(found.vertebrae, found.assessment, whole, _HALF)))
    if whole.share > _SAME_SHARE:
        lights.append((f"reduced, {100 * whole.share:.0f} %", whole))
    if own.segment and min(abs(own.share - light.share) for _, light in lights) > _SAME_SHARE:
        lights.append((f"reduced, {100 * own.share:.0f} %", own))
    lights.sort(key=lambda pair: pair[1].share)
    for name, light in lights:
        chosen = abs(light.share - own.share) <= _SAME_SHARE
        if chosen:
            fixations, construct = found.fixations, found.construct
        else:
            fixations, construct = _constructed(found, light, found.decompression)
        numbers = light.after if light.segment else whole.before
        keys = ("listhesis_mm", "pincer_mm", "passage_mm2", "lordosis_deg")
        yield Option(
            choice=_REDUCTION, name=f"{whole.segment} {name}", chosen=chosen, offered=True, reason="",
            numbers={key: float(numbers[key]) for key in keys} | _rods(construct), **_held(fixations, construct),
        )  # fmt: skip


def _whole(found: Found) -> Reduction:
    """The reduction as far as bones allow, of the segment that was reduced, or else of the worst unstable one."""
    return plan_reduction(found.vertebrae, found.assessment, found.construct.reduction.segment or "auto")


def _constructed(
    found: Found, reduction: Reduction, cuts: Sequence[Decompression], searched: Sequence[Fixation] | None = None
) -> tuple[tuple[Fixation, ...], Construct]:
    fixations = graded_in_both_poses(found.vertebrae, reduction, searched or found.searched)
    fixations, stepped_on = graded_on_bone_left(
        found.vertebrae, found.assessment, cuts, fixations, found.masses
    )
    fixations, changes = seated(found.vertebrae, reduction, fixations)
    construct = plan_construct(
        found.vertebrae, found.assessment, fixations, reduction=reduction, conflicts=stepped_on, changes=changes
    )
    return fixations, construct


def _troughs(found: Found) -> Iterator[Option]:
    if not found.decompression:
        return
    taken = [d for d in found.decompression if np.isfinite(d.width_mm)]
    for trough in TROUGHS:
        cuts, construct, fixations = taken, found.construct, found.fixations
        if trough != found.trough:
            cuts = plan_decompression(
                found.vertebrae, found.assessment, found.searched, decompress=found.decompress, trough=trough,
                alternatives=False,
            )  # fmt: skip
            fixations, construct = _constructed(found, found.construct.reduction, cuts)
        widths = sorted(d.width_mm for d in cuts)
        facets = [p for d in cuts for p in d.facet_preserved_percent.values() if np.isfinite(p)]
        yield Option(
            choice=_TROUGH, name=f"laminectomy {_levels(cuts)}, {trough}", chosen=trough == found.trough,
            offered=True, reason=f"{widths[0]:.1f} to {widths[-1]:.1f} mm wide" if widths else "",
            numbers={
                "removed_volume_mm3": float(sum(d.removed_volume_mm3 for d in cuts)),
                "canal_area_mm2": _least(d.canal_area_after_mm2 for d in cuts),
                "pincer_mm": _least(d.pincer_after_mm for d in cuts),
                "facet_kept_percent": _least(facets), "width_mm": widths[-1],
            },
            **_held(fixations, construct),
        )  # fmt: skip


def _doors(found: Found) -> Iterator[Option]:
    """The open door at every level of the laminectomy, or what speaks against it, level by level."""
    doors = [d.laminoplasty for d in found.decompression if d.laminoplasty is not None]
    if not doors:
        return
    against = {door.level: door.reason for door in doors if not door.offered}
    numbers = {}
    if not against:
        numbers = {
            "removed_volume_mm3": float(sum(door.gutter_volume_mm3 for door in doors)),
            "canal_area_mm2": _least(door.canal_area_after_mm2 for door in doors), "facet_kept_percent": float("nan"),
        }  # fmt: skip
    reason = (
        "; ".join(f"{level}: {why}" for level, why in against.items())
        if against
        else "; ".join(
            f"{door.level} {door.reason}, opened {door.opening_mm:.0f} mm ({door.opening_deg:.0f}°)" for door in doors
        )
    )
    if not against and len({door.hinge for door in doors}) > 1:
        reason = f"no side serves every level as a hinge; {reason}"
    yield Option(
        choice=_DOOR, name=f"open door {', '.join(door.level for door in doors)}, no rods", chosen=False,
        offered=not against, reason=reason, numbers=numbers,
    )  # fmt: skip


def _sides(found: Found) -> Iterator[Option]:
    """Each side that was left out, or holds only with caution: left out, and with each anchor that was considered."""
    for place, fixation in enumerate(found.fixations):
        if fixation.status is AnchorStatus.PLANNED:
            continue
        name = f"{fixation.level} {fixation.side}"
        best: dict[str, Candidate] = {}
        for one in (fixation.chosen, *fixation.alternatives):
            # What has no trajectory has no consequences either; why stands with the fixation.
            if isinstance(one, Candidate):
                best.setdefault(one.anchor, one)
        for one in (None, *best.values()):
            chosen = fixation.chosen is one
            label = f"{name}: no screw" if one is None else f"{name}: {one.anchor.replace('_', ' ')}"
            offered = one is None or one.status is not AnchorStatus.REJECTED
            fixations, construct = found.fixations, found.construct
            if not chosen:
                other = replace(fixation, chosen=one, status=one.status if one else AnchorStatus.SKIPPED)
                fixations = (*fixations[:place], other, *fixations[place + 1 :])
                construct = plan_construct(
                    found.vertebrae, found.assessment, fixations, reduction=found.construct.reduction
                )
            yield Option(
                choice=name, name=label, chosen=chosen, offered=offered, reason="" if one is None else one.reason,
                numbers=_rods(construct), **_held(fixations, construct),
            )  # fmt: skip


def _held(fixations: Sequence[Fixation], construct: Construct) -> dict:
    return {
        "anchors": {side: sum(f.side == side and f.chosen is not None for f in fixations) for side in SIDES},
        "conflicts": tuple(f"{c.code} {c.side} {'-'.join(c.levels)}" for c in construct.conflicts),
    }


def _rods(construct: Construct) -> dict[str, float]:
    return {"min_bend_radius_mm": _least(rod.min_bend_radius_mm for rod in construct.rods)}


def _levels(cuts: Sequence[Decompression]) -> str:
    return ", ".join(d.level for d in cuts)


def _least(values) -> float:
    known = [float(v) for v in values if np.isfinite(v)]
    return min(known) if known else float("nan")
