"""Moving a level and everything above it: a slip, and a facet perched on the one below."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.errors import InputError
from planner.geometry.axes import SIGN
from planner.phantom.column import Column
from planner.phantom.pose import Pose, about, turn
from planner.phantom.shape import Shape
from planner.phantom.truth import round_all

_TIP_BEHIND_FACE_MM = 1.2
_TIP_ABOVE_TOP_MM = -0.1
"""Where a perched tip stands: this far beneath the plane of the lower facet's face, and above its upper end."""
_PROCESS_THICKNESS_MM = 5.0
_LOCKED_BELOW_TOP_MM = 2.0
"""How far a locked tip has come down in front of the superior process below."""
_USUAL_FLEXION_DEG = 5.0
_WEIGHTS = np.array([3.0, 2.8, 2.45, 1.0, np.inf, 1.71])
"""Degrees of flexion, roll and turn, and mm of shift, that weigh alike; the forward shift is free (proposal)."""


def carried(column: Column, level: str, move: Pose) -> Column:
    """Apply a world move to a level and all levels above it, with their masses and the places in the log."""
    moved = []
    for name, here in column.bones.items():
        masses = tuple(mass.moved(move.rotation, move.offset) for mass in here.masses)
        moved.append(replace(here, pose=move.after(here.pose), masses=masses))
        if name == level:
            break
    gone = {one.level for one in moved}
    log = tuple(_carried(entry, move) if entry.get("level") in gone else entry for entry in column.log)
    return replace(column, log=log).changed(*moved)


def _carried(entry: dict, move: Pose) -> dict:
    """A line of the log whose world places have moved with their level."""
    places = {"center_lps": move, "direction_lps": Pose(rotation=move.rotation)}
    return entry | {name: round_all(to(np.array(entry[name]))) for name, to in places.items() if name in entry}


def rear_corners(column: Column, upper: str, lower: str) -> tuple[np.ndarray, np.ndarray]:
    """World rear corners: of the upper body's lower endplate and of the lower body's upper endplate."""
    a, b = column.bones[upper], column.bones[lower]
    return a.pose(a.shape.lower_rear_corner), b.pose(b.shape.upper_rear_corner)


def slip_mm(column: Column, upper: str, lower: str) -> float:
    """Forward offset of the upper level's rear corner along the lower's upper endplate; > 0 is anterolisthesis."""
    above, below = rear_corners(column, upper, lower)
    return float((below - above) @ column.bones[lower].pose.rotation[:, 1])


def oblique_canal_mm(column: Column, upper: str, lower: str) -> float:
    """Narrowest way through the bony canal between two levels, in the lower one's mid-sagittal plane.

    From the rear wall of the lower body's upper half to the arch of the upper level (0.2 mm raster).
    """
    from scipy.spatial import cKDTree

    base = column.bones[lower]
    shape = base.shape
    p, s = (g.ravel() for g in np.meshgrid(
        np.arange(0.0, shape.posterior_wall + 28.0, 0.2), np.arange(0.0, 30.0, 0.2)
    ))  # fmt: skip
    local = np.column_stack([np.zeros_like(p), p, s])
    points = base.pose(local)
    front = (p < shape.posterior_wall + 3.0) & (s < shape.body_height / 2 + 1.0)
    body = points[front & (base.in_world(points) < 0)]
    arch = points[(p > shape.posterior_wall + 4.0) & (column.bones[upper].in_world(points) < 0)]
    if not len(body) or not len(arch):
        return float("nan")
    return float(cKDTree(body).query(arch)[0].min())


def facet_overlap(column: Column, upper: str, lower: str, side: str) -> float:
    """Share of the lower level's superior facet, along its length, that the upper level's facet still covers."""
    a, b = column.bones[upper], column.bones[lower]
    top, foot = _facet_ends(b.shape, side, superior=True)
    _, tip = _facet_ends(a.shape, side, superior=False)
    along = (top - foot) / np.linalg.norm(top - foot)
    tip = b.pose.inverse(a.pose(tip))
    return float(np.clip((top - tip) @ along / np.linalg.norm(top - foot), 0.0, 1.0))


def _facet_ends(shape: Shape, side: str, *, superior: bool) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower end of an articular surface, local."""
    facet = shape.superior_facet if superior else shape.inferior_facet
    up = np.array([0.0, -abs(facet.normal[2]), abs(facet.normal[1])])
    up /= np.linalg.norm(up)
    half = facet.height / 2 - (0.4 if superior else 0.7)
    mirror = np.array([SIGN[side], 1.0, 1.0])
    return (facet.center + half * up) * mirror, (facet.center - half * up) * mirror


def slip(column: Column, level: str, forward_mm: float) -> Column:
    """Slide a level and those above straight forwards along the lower neighbour's upper endplate."""
    lower = below_of(column, level)
    forward = -column.bones[lower].pose.rotation[:, 1]
    before = slip_mm(column, level, lower)
    moved = carried(column, level, Pose(offset=forward * (forward_mm - before)))
    return moved.changed(
        moved.bones[level], operator="slip", upper=level, lower=lower, slip_mm=round(slip_mm(moved, level, lower), 3)
    )


def rotate(column: Column, level: str, degrees: float) -> Column:
    """Turn a level and those above about the lower neighbour's long axis, through the middle of its endplate.

    Positive turns the front to the patient's left. Logged: the angle.
    """
    lower = below_of(column, level)
    base = column.bones[lower]
    local = about(base.shape.upper_endplate, turn(2, degrees))
    moved = carried(column, level, base.pose.after(local).after(base.pose.inverse))
    return moved.changed(operator="rotate", upper=level, lower=lower, turned_deg=round(degrees, 3))


def perch(column: Column, level: str, side: str, slip_to_mm: float) -> Column:
    """Slip a level forwards and turn it until one inferior facet's tip stands on the top of the facet below.

    The move is the one nearest to a slight flexion (weighted least squares) that puts the tip on the top of
    the lower level's superior process and gives the slip.
    Logged: slip, facet overlap on both sides, and the move in the lower level's axes.
    """
    return _dislocated(column, level, side, slip_to_mm, "perch", _TIP_ABOVE_TOP_MM, _TIP_BEHIND_FACE_MM)


def lock(column: Column, level: str, side: str, slip_to_mm: float) -> Column:
    """Dislocate one facet: its tip comes down in front of the superior process below and is held there.

    Solved and logged as `perch`; the level turns about the joint of the other side, which stays in place.
    """
    lower = below_of(column, level)
    # In front of the whole process: its thickness, and the joint's space again.
    deep = _PROCESS_THICKNESS_MM + column.bones[lower].shape.facet_gap
    return _dislocated(column, level, side, slip_to_mm, "lock", -_LOCKED_BELOW_TOP_MM, deep)


def _dislocated(
    column: Column, level: str, side: str, slip_to_mm: float, operator: str, above_top_mm: float, behind_face_mm: float
) -> Column:
    """Bring the tip of one inferior facet to a place relative to the top of the facet below, with a given slip."""
    from scipy.optimize import least_squares

    lower = below_of(column, level)
    base = column.bones[lower]
    here = column.bones[level]
    to_base = base.pose.inverse
    top, foot = _facet_ends(base.shape, side, superior=True)
    along = (top - foot) / np.linalg.norm(top - foot)
    normal = base.shape.superior_facet.normal * [SIGN[side], 1, 1]
    _, tip = _facet_ends(here.shape, side, superior=False)
    tip = to_base(here.pose(tip))
    corner = to_base(rear_corners(column, level, lower)[0])
    center = base.shape.upper_endplate
    wanted = top + along * above_top_mm - normal * behind_face_mm
    rear = base.shape.upper_rear_corner[1]

    usual = np.array([_USUAL_FLEXION_DEG, 0, 0, 0, 0, 0])

    def pose(x: np.ndarray) -> Pose:
        return about(center, turn(0, x[0]) @ turn(1, x[1]) @ turn(2, x[2]), x[3:])

    def miss(x: np.ndarray) -> np.ndarray:
        move = pose(x)
        reached = move(tip)
        return np.concatenate([
            20.0 * (reached - wanted)[1:], [20.0 * (rear - move(corner)[1] - slip_to_mm)],
            (x - usual) / _WEIGHTS,
        ])  # fmt: skip

    found = least_squares(miss, np.zeros(6)).x
    move = base.pose.after(pose(found)).after(base.pose.inverse)
    moved = carried(column, level, move)
    other = "left" if side == "right" else "right"
    return moved.changed(
        operator=operator, upper=level, lower=lower, side=side,
        slip_mm=round(slip_mm(moved, level, lower), 3),
        oblique_canal_before_mm=round(oblique_canal_mm(column, level, lower), 2),
        oblique_canal_after_mm=round(oblique_canal_mm(moved, level, lower), 2),
        facet_overlap={side: round(facet_overlap(moved, level, lower, side), 3) if operator == "perch" else 0.0,
                       other: round(facet_overlap(moved, level, lower, other), 3)},
        turns_deg=dict(zip(("about_left", "about_posterior", "about_superior"), round_all(found[:3], 2), strict=True)),
        shift_mm=round_all(found[3:], 2),
        reduction={"rotation": round_all(move.inverse.rotation, 6), "offset_mm": round_all(move.inverse.offset, 4)},
    )  # fmt: skip


def below_of(column: Column, level: str) -> str:
    """The level below, which the column must have."""
    levels = list(column.bones)
    place = levels.index(level) + 1
    if place == len(levels):
        raise InputError(f"There is no level below {level} in this column.", f"It has {', '.join(levels)}.")
    return levels[place]
