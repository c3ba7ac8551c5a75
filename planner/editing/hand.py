"""The state of an edit, and each thing a hand does to it. Values only: every act returns a new state.

Directions are the patient's: ``left`` and ``up`` (towards the head) are positive, whichever side the screw is on.
An act that cannot be done returns the same screws with the reason in ``word``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.construct import plan_construct
from planner.construct.both_poses import held_in_both_poses
from planner.construct.motion import moved_trajectory
from planner.construct.plan import Construct, Rod
from planner.construct.rod import bend_rod
from planner.editing.bench import Bench, Key
from planner.fixation.anchor import Candidate, Fixation
from planner.fixation.follow import held_by_hand
from planner.fixation.grade import unseen
from planner.geometry.axes import SIGN, direction_from_angles, unit
from planner.geometry.trajectory import Trajectory
from planner.reference.implants import catalogue, diameters_mm
from planner.reference.levels import order
from planner.reference.techniques import technique_at

STEEPEST_DEG = 80.0
_LEAST_FACING = 0.1  # cosine between a screw and the inward normal at its entry: beyond it the bone turns away
_STUCK = 0.2  # a step that gets less far than this share of itself stands at an edge


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Editing:
    """``fixations`` as they are held now, ``at`` the one in hand, ``past`` what undo returns to, ``word`` why not."""

    bench: Bench
    fixations: Mapping[Key, Fixation]
    at: Key | None = None
    past: tuple[Mapping[Key, Fixation], ...] = ()
    word: str = ""

    @property
    def here(self) -> Fixation | None:
        return self.fixations.get(self.at)

    @property
    def edited(self) -> tuple[Key, ...]:
        """The sides that are no longer as proposed, from the head down."""
        return tuple(key for key, f in self.fixations.items() if f.chosen is not self.bench.proposal[key].chosen)


def begin(bench: Bench, at: Key | None = None, edits: Sequence[Fixation] = ()) -> Editing:
    """Start from the proposal and what was changed in it before (``edits``), with ``at`` in hand, else the first
    screw."""
    first = next((key for key, f in bench.proposal.items() if f.chosen is not None), None)
    held = {key: f for f in edits if (key := (f.level, f.side)) in bench.proposal}
    return Editing(bench=bench, fixations={**bench.proposal, **held}, at=at if at in bench.proposal else first)


def taken(editing: Editing, key: Key) -> Editing:
    """Take another screw in hand."""
    return replace(editing, at=key, word="") if key in editing.fixations else editing


def warmed(editing: Editing) -> Editing:
    """Grade the screw in hand once for nothing: fields and trees are made, and its first move is as quick as others.

    Returns the same state."""
    screw = _screw(editing)
    if screw is not None:
        _moved(editing, screw, screw.trajectory, screw.screw.diameter_mm)
        rod_of(editing, editing.at[1])
    return editing


def shifted(editing: Editing, left_mm: float, up_mm: float) -> Editing:
    """Move the entry over the bone's surface, towards the patient's left and up; the angles stay."""
    screw = _screw(editing)
    if screw is None:
        return _refused(editing)
    place = editing.bench.sides[editing.at]
    surface, frame = place.bone.surface.surface, place.vertebra.frame
    wish = frame.direction_to_world(np.array([left_mm, 0.0, up_mm]))
    entry = screw.trajectory.entry
    _, _, face = surface.closest(entry[None])
    normal = surface.face_normals[face[0]]
    along = wish - (wish @ normal) * normal
    size = np.linalg.norm(wish)
    if np.linalg.norm(along) < _STUCK * size:
        return replace(editing, word="the bone's surface turns away there")
    _, landed, face = surface.closest((entry + size * unit(along))[None])
    if -(surface.face_normals[face[0]] @ screw.trajectory.direction) < _LEAST_FACING:
        return replace(editing, word="the screw would only graze the bone there: turn it first")
    if (landed[0] - entry) @ unit(along) < _STUCK * size:
        return replace(editing, word="the bone ends here")
    return _moved(editing, screw, replace(screw.trajectory, entry=landed[0]), screw.screw.diameter_mm)


def tilted(editing: Editing, left_deg: float, up_deg: float) -> Editing:
    """Turn the screw about its entry: the tip goes towards the patient's left and up."""
    screw = _screw(editing)
    if screw is None:
        return _refused(editing)
    frame, side = editing.bench.sides[editing.at].vertebra.frame, editing.at[1]
    lateral, cephalad = screw.trajectory.angles_in(frame, side)
    cephalad = float(np.clip(cephalad + up_deg, -STEEPEST_DEG, STEEPEST_DEG))
    direction = frame.direction_to_world(direction_from_angles(side, lateral + SIGN[side] * left_deg, cephalad))
    surface = editing.bench.sides[editing.at].bone.surface.surface
    _, _, face = surface.closest(screw.trajectory.entry[None])
    if -(surface.face_normals[face[0]] @ direction) < _LEAST_FACING:
        return replace(editing, word="the screw would only graze the bone at that angle")
    return _moved(editing, screw, replace(screw.trajectory, direction=direction), screw.screw.diameter_mm)


def lengthened(editing: Editing, steps: int) -> Editing:
    """Take the next longer screw of the catalogue, or the next shorter one."""
    screw = _screw(editing)
    if screw is None:
        return _refused(editing)
    length = _stepped(catalogue(screw.anchor).lengths_mm, screw.screw.length_mm, steps)
    if length is None:
        return replace(editing, word=f"the catalogue has no {'longer' if steps > 0 else 'shorter'} screw")
    return _moved(editing, screw, replace(screw.trajectory, length_mm=length), screw.screw.diameter_mm)


def thickened(editing: Editing, steps: int) -> Editing:
    """Take the next thicker screw of the catalogue, or the next thinner one."""
    screw = _screw(editing)
    if screw is None:
        return _refused(editing)
    diameter = _stepped(diameters_mm(), screw.screw.diameter_mm, steps)
    if diameter is None:
        return replace(editing, word=f"the catalogue has no {'thicker' if steps > 0 else 'thinner'} screw")
    return _moved(editing, screw, screw.trajectory, diameter)


def another(editing: Editing) -> Editing:
    """Put the next of the side's alternatives in the place of what is held: another technique or anchor."""
    proposal = editing.bench.proposal.get(editing.at)
    known = (proposal.chosen, *proposal.alternatives) if proposal else ()
    ways = list({(c.anchor, c.technique): c for c in known if isinstance(c, Candidate)}.values())
    held = editing.here.chosen if editing.here else None
    now = next((k for k, c in enumerate(ways) if held and (c.anchor, c.technique) == (held.anchor, held.technique)), -1)
    if not ways or (len(ways) == 1 and now == 0):
        return replace(editing, word="no other trajectory was found on this side")
    return _with(editing, ways[(now + 1) % len(ways)])


def restored(editing: Editing) -> Editing:
    """Put the side in hand back to what was proposed."""
    if editing.at is None or editing.at not in editing.edited:
        return replace(editing, word="this side is as proposed")
    back = {**editing.fixations, editing.at: editing.bench.proposal[editing.at]}
    return replace(editing, fixations=back, past=(*editing.past, editing.fixations), word="")


def undone(editing: Editing) -> Editing:
    """Take back the last change, whichever screw it was."""
    if not editing.past:
        return replace(editing, word="there is nothing to undo")
    before = editing.past[-1]
    at = next((key for key, f in before.items() if f is not editing.fixations[key]), editing.at)
    return replace(editing, fixations=before, past=editing.past[:-1], at=at, word="")


def construct_of(editing: Editing) -> Construct:
    """Rods, conflicts and the bill of materials of the screws as they are held now."""
    bench = editing.bench
    return plan_construct(
        bench.vertebrae, bench.assessment, tuple(editing.fixations.values()), reduction=bench.reduction
    )


def rod_of(editing: Editing, side: str) -> Rod | None:
    """One side's rod through the screws as they are held, in the planned pose: what `construct_of` has for that side,
    without the rest."""
    own = [f for (_, at), f in editing.fixations.items() if at == side and f.chosen is not None]
    own.sort(key=lambda f: order(f.level))
    motions = editing.bench.reduction.motions
    paths = [moved_trajectory(f.chosen.trajectory, motions[f.level]) for f in own]
    return bend_rod(side, [f.level for f in own], paths)


def _screw(editing: Editing) -> Candidate | None:
    return editing.here.chosen if editing.here else None


def _refused(editing: Editing) -> Editing:
    return replace(editing, word="there is no screw on this side")


def _stepped(stock: tuple[float, ...], now: float, steps: int) -> float | None:
    """The next of a stock that is larger (or smaller) than now; None past its end."""
    wanted = [v for v in stock if (v > now + 1e-6 if steps > 0 else v < now - 1e-6)]
    return (min(wanted) if steps > 0 else max(wanted)) if wanted else None


def _moved(editing: Editing, screw: Candidate, trajectory: Trajectory, diameter_mm: float) -> Editing:
    bench, key = editing.bench, editing.at
    place = bench.side(key, screw, editing.fixations)
    graded = held_by_hand(place, technique_at(screw.technique, key[0]), screw, trajectory, diameter_mm)
    graded = held_in_both_poses(bench.vertebrae, bench.reduction, key[0], graded)
    return _with(editing, bench.on_bone_left(key, graded))


def _with(editing: Editing, screw: Candidate) -> Editing:
    held = replace(
        editing.fixations[editing.at], chosen=screw, status=screw.status, reason=screw.reason,
        unseen=unseen(screw.anchor),
    )  # fmt: skip
    return replace(
        editing, fixations={**editing.fixations, editing.at: held}, past=(*editing.past, editing.fixations), word=""
    )
