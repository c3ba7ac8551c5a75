"""Screws graded again on the bone that is left, and the conflicts where a cut steps onto an anchor's bone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment
from planner.construct.plan import Conflict
from planner.construct.regrade import graded_again
from planner.decompression.extent import Decompression
from planner.decompression.trough import cut
from planner.fixation.acceptance import purchase_needed_mm, rank
from planner.fixation.anchor import AnchorStatus, Candidate, Fixation
from planner.fixation.recheck import exact_purchase
from planner.fixation.surroundings import Bone
from planner.geometry.surface import Surface

# Purchase is counted in steps of a quarter of a millimetre.
_STEP_MM = 0.25


def graded_on_bone_left(
    vertebrae: Mapping[str, Vertebra],
    assessment: Assessment,
    decompression: Sequence[Decompression],
    fixations: Sequence[Fixation],
    masses: Mapping[str, Surface] | None = None,
) -> tuple[tuple[Fixation, ...], tuple[Conflict, ...]]:
    """Return the fixations with the purchase that the cuts leave them, and the conflicts this makes.

    Only a screw that a cut comes near can change. One whose purchase is no longer enough gives way as in
    `planner.construct.regrade`; a conflict tells it, and one is told too where a cut comes within the table's
    margin of a screw or its entry though purchase is left. Not done where a bone could not be cut exactly.
    """
    cuts = {d.level: d for d in decompression if d.left is not None and d.left.is_closed and len(d.removed.faces)}
    out, conflicts = [], []
    for fixation in fixations:
        entry = cuts.get(fixation.level)
        if entry is None or fixation.chosen is None:
            out.append(fixation)
            continue
        not_bone = assessment.not_bone(fixation.level, masses or {})
        bone = Bone.of(replace(vertebrae[fixation.level], surface=entry.left), not_bone)
        after = graded_again(fixation, lambda c, bone=bone, entry=entry: _on(bone, entry, c))
        conflicts += _conflicts(entry, fixation, after)
        out.append(after)
    return tuple(out), tuple(conflicts)


def gap_mm(removed: Surface, candidate: Candidate) -> float:
    """Return how far a screw's thread stays from bone that comes off, mm; < 0 where it runs into it."""
    _, points = candidate.trajectory.stations(_STEP_MM)
    return float((-removed.signed_distance(points)).min()) - candidate.screw.diameter_mm / 2


def _on(bone: Bone, entry: Decompression, candidate: Candidate) -> Candidate:
    if gap_mm(entry.removed, candidate) > 0:
        return candidate
    frame, path = bone.vertebra.frame, candidate.trajectory
    left = exact_purchase(
        bone, frame.to_local(path.entry), frame.direction_to_local(path.direction), path.length_mm,
        candidate.screw.diameter_mm / 2,
    )  # fmt: skip
    if left > candidate.purchase_mm - _STEP_MM:
        return candidate
    return with_purchase_left(candidate, left, entry.procedure.split(";")[0])


def with_purchase_left(candidate: Candidate, left_mm: float, after: str) -> Candidate:
    """Return a screw with the purchase that what is done to its bone (``after``, in words) leaves it, graded by it."""
    planned, caution = purchase_needed_mm(candidate.anchor)
    status, reason = candidate.status, f"{candidate.reason}; after the {after}, purchase {left_mm:.1f} mm"
    if left_mm < planned:
        worse = AnchorStatus.CAUTION if left_mm >= caution else AnchorStatus.REJECTED
        status, reason = max(status, worse, key=rank), f"{reason}, {planned:g} wanted"
    return replace(candidate, purchase_mm=left_mm, status=status, reason=reason)


def _conflicts(entry: Decompression, before: Fixation, after: Fixation) -> Iterator[Conflict]:
    first = before.chosen
    gap = gap_mm(entry.removed, first)
    if gap >= cut("trough_anchor_mm"):
        return
    name = f"{first.anchor.replace('_', ' ')} screw"
    lost = first.purchase_mm - _purchase(after, first)
    if lost >= _STEP_MM:
        what = f"takes {lost:.1f} of {first.purchase_mm:.1f} mm of the purchase of"
    else:
        what = f"comes within {max(gap, 0.0):.1f} mm of" if gap > 0 else "touches the bone of"
    text = f"{entry.procedure.split(';')[0]} {what} the {before.side} {name} of {before.level}"
    if after.chosen is None:
        text += "; no other anchor holds there, the side is left out"
    elif after.chosen.technique != first.technique:
        text += f"; {after.chosen.anchor.replace('_', ' ')} ({after.chosen.technique}) takes its place"
    yield Conflict(
        code="cut.anchor", side=before.side, levels=(before.level,), text=text,
        options=(
            "another anchor at this level", "a narrower trough on this side", f"keep the lamina of {before.level}",
        ),
        source="proposal",
    )  # fmt: skip


def _purchase(fixation: Fixation, first: Candidate) -> float:
    """What is left of the first choice's purchase, wherever it stands now."""
    for candidate in (fixation.chosen, *fixation.alternatives):
        if isinstance(candidate, Candidate) and candidate.trajectory is first.trajectory:
            return candidate.purchase_mm
    return float("nan")
