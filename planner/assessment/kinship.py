"""A lateral mass against those of the neighbouring levels: the second reference, where the other side is none.

Another level's mass is laid on the bone, mirrored if it is of the other side, by a trimmed registration. The share of
its surface that the bone shows again tells which of two unlike sides is ill: volume and excess cannot, because a
mass replaced by calcification makes the healthy side look like the one with too much. And its volume is a room in
which the bone that is left can be counted, as in the mirrored room of the other side.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.bending import bent
from planner.assessment.grading import comparison
from planner.assessment.lateral_mass import Box, MassComparison, Reference, compare, filled_fraction
from planner.assessment.mirror import Mirror, in_own_frame, point_to_plane
from planner.assessment.occupancy import occupied
from planner.geometry.axes import SIGN
from planner.geometry.crossings import Solid
from planner.reference.levels import order

_SAMPLES = 300
_ROUNDS = 6
# So many other masses tell, the nearest levels first.
_OTHERS = 4
_CARRIED = 3
_KEPT = 0.7
_LEAST_PAIRS = 12

Masses = Collection[tuple[Vertebra, str]]
Rooms = Mapping[tuple[str, str], Box]


def likeness(vertebra: Vertebra, side: str, others: Masses, rooms: Rooms) -> float:
    """Return the share of the other levels' mass surfaces that this side shows again (median; nan without any)."""
    near = _nearest(vertebra, side, others)[:_OTHERS]
    shares = [_laid(vertebra, side, other, name, rooms[other.level, name])[1] for other, name in near]
    return float(np.median(shares)) if shares else float("nan")


def nearest(level: str, side: str, sound: Collection[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The (level, side) of the masses of other levels that one is held against, the nearest first."""
    others = [other for other in sound if other[0] != level and other[0] != "C2"]
    return tuple(sorted(others, key=lambda o: (abs(order(o[0]) - order(level)), o[1] != side, o))[:_CARRIED])


def among_neighbours(
    vertebra: Vertebra, side: str, bone: Solid, others: Masses, rooms: Rooms
) -> list[MassComparison]:
    """Compare a lateral mass with others, each laid on it, less those that were plainly laid amiss.

    ``bone`` is the vertebra's own solid in local mm.
    """
    laid = (_reference(vertebra, side, bone, other, name, rooms) for other, name in others)
    found = [mass for reference, image in laid if (mass := compare(vertebra, side, bone, image, reference)) is not None]
    best = max((mass.matched_share for mass in found), default=0.0)
    # Of a destroyed mass none shows much: there is nothing to tell by that one was laid amiss.
    least = comparison("laid_amiss_share") * best if best >= comparison("laid_well_share") else 0.0
    return [mass for mass in found if mass.matched_share >= least]


def fractions(vertebra: Vertebra, side: str, bone: Solid, others: Masses, rooms: Rooms) -> Iterator[float]:
    """Yield the plain volume of a lateral mass over that of each of the others laid on it, as they are asked for."""
    for other, name in others:
        reference, image = _reference(vertebra, side, bone, other, name, rooms)
        fraction = filled_fraction(bone, image, reference)
        if fraction is not None:
            yield fraction


def _reference(
    vertebra: Vertebra, side: str, bone: Solid, other: Vertebra, name: str, rooms: Rooms
) -> tuple[Reference, Solid]:
    """Another level's mass as it lies on this side, and its bone there on the bone's grid."""
    room = rooms[other.level, name]
    lay = _laid(vertebra, side, other, name, room)[0]
    image = lay.surface(in_own_frame(other))
    low, high = _box(lay(room.corners), 4.0, bone)
    # Both are filled the same way: the two ways differ by half a voxel where a face lies on the grid.
    closed = vertebra.surface.is_closed and other.surface.is_closed
    solid = occupied(image, bone.spacing_mm, low, high, closed)
    return Reference(vertebra=other, side=name, room=room, lay=lay), solid


def usual_bone(
    vertebra: Vertebra, side: str, others: Masses, rooms: Rooms, reach_mm: float, hidden: np.ndarray | None = None
) -> Solid | None:
    """Return where the nearest other levels have bone at a mass and ``reach_mm`` about it, each laid on this side.

    Each is bent onto the bone as well, where that shows it again: levels differ in size and slope. A voxel counts where
    most of them have bone. None without any. What lies under ``hidden`` (n, 3), local mm, is not bent onto.
    """
    near = [(other, name, rooms[other.level, name]) for other, name in _nearest(vertebra, side, others)[:_CARRIED]]
    if not near:
        return None
    lays = [_laid(vertebra, side, other, name, room)[0] for other, name, room in near]
    corners = np.concatenate([lay(room.corners) for lay, (_, _, room) in zip(lays, near, strict=True)])
    fine = comparison("fine_voxel_mm")
    low, high = fine * np.floor((corners.min(axis=0) - reach_mm) / fine), corners.max(axis=0) + reach_mm
    count, closed = 0, vertebra.surface.is_closed
    lumps = np.zeros((0, 3)) if hidden is None else hidden
    for lay, (other, _, _) in zip(lays, near, strict=True):
        image = lay.surface(in_own_frame(other))
        fitted = bent(vertebra, image, lumps, (low, high), comparison("bend_levels_mm"))
        one = occupied(image if fitted is None else fitted, fine, low, high, closed and other.surface.is_closed)
        count = count + one.filled.astype(np.int8)
    return Solid(low=low, spacing_mm=fine, filled=2 * count >= len(near))


def _box(points: np.ndarray, margin_mm: float, like: Solid) -> tuple[np.ndarray, np.ndarray]:
    """Corners of a box about points (n, 3) whose grid shares its nodes with another's."""
    low, high = points.min(axis=0) - margin_mm, points.max(axis=0) + margin_mm
    return like.low + np.round((low - like.low) / like.spacing_mm) * like.spacing_mm, high


def _nearest(vertebra: Vertebra, side: str, others: Masses) -> list[tuple[Vertebra, str]]:
    return sorted(others, key=lambda o: (abs(order(o[0].level) - order(vertebra.level)), o[1] != side))


def _laid(vertebra: Vertebra, side: str, other: Vertebra, name: str, room: Box) -> tuple[Mirror, float]:
    """Return (the map that lays another mass on this side, the share of its surface that is shown again)."""
    points, normals = other.surface.sampled(6000, seed=2)
    points, normals = other.frame.to_local(points), other.frame.direction_to_local(normals)
    inside = room.holds(points)
    flip = np.array([SIGN[side] * SIGN[name], 1.0, 1.0])
    points, normals = points[inside][:_SAMPLES] * flip, normals[inside][:_SAMPLES] * flip
    turn, shift = np.eye(3), np.zeros(3)
    frame = vertebra.frame
    share = 0.0
    for _ in range(_ROUNDS if len(points) >= 50 else 0):
        distance, foot, face = vertebra.surface.closest(frame.to_world(points))
        foot = frame.to_local(foot)
        across = frame.direction_to_local(vertebra.surface.face_normals[face])
        agree = np.einsum("ij,ij->i", normals, across) > np.cos(np.radians(comparison("surface_match_deg")))
        share = float((agree & (distance < comparison("surface_match_mm"))).mean())
        if agree.sum() < _LEAST_PAIRS:
            break
        distance = np.where(agree, distance, np.inf)
        used = distance <= np.quantile(distance, _KEPT * max(agree.mean(), 1e-9))
        step = point_to_plane(points[used], foot[used], across[used]) if used.sum() >= _LEAST_PAIRS else None
        if step is None:
            break
        points, normals = points @ step[0].T + step[1], normals @ step[0].T
        turn, shift = step[0] @ turn, step[0] @ shift + step[1]
    if share < comparison("laid_share"):
        # Nothing like a mass is there to lay it on: it stays where the frames put it, rather than on what is nearest.
        turn, shift = np.eye(3), np.zeros(3)
    return Mirror(matrix=turn @ np.diag(flip), offset=shift, residual_mm=float("nan")), share
