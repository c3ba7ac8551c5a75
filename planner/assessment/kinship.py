"""How like its neighbours a lateral mass is: the arbiter where the two sides of a level differ.

Volume and excess cannot arbitrate, because a mass replaced by calcification makes the healthy side look like the
one with too much. The shape of the other levels' masses can.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.grading import comparison
from planner.assessment.lateral_mass import Box
from planner.assessment.mirror import point_to_plane
from planner.geometry.axes import SIGN
from planner.reference.levels import order

_SAMPLES = 300
_ROUNDS = 6
# So many other masses tell, the nearest levels first.
_OTHERS = 4
_KEPT = 0.7


def likeness(
    vertebra: Vertebra, side: str, others: Collection[tuple[Vertebra, str]], rooms: Mapping[tuple[str, str], Box]
) -> float:
    """Return the share of the other levels' mass surfaces that this side shows again (median; nan without any).

    Each other mass is carried over in local coordinates, mirrored if it is of the other side, and laid on the bone
    by a trimmed registration.
    """
    near = sorted(others, key=lambda o: abs(order(o[0].level) - order(vertebra.level)))[:_OTHERS]
    shares = [_share(vertebra, side, other, name, rooms[other.level, name]) for other, name in near]
    return float(np.median(shares)) if shares else float("nan")


def _share(vertebra: Vertebra, side: str, other: Vertebra, name: str, room: Box) -> float:
    points, normals = other.surface.sampled(6000, seed=2)
    points, normals = other.frame.to_local(points), other.frame.direction_to_local(normals)
    inside = room.holds(points)
    flip = np.array([SIGN[side] * SIGN[name], 1.0, 1.0])
    points, normals = points[inside][:_SAMPLES] * flip, normals[inside][:_SAMPLES] * flip
    if len(points) < 50:
        return 0.0
    frame = vertebra.frame
    share = 0.0
    for _ in range(_ROUNDS):
        distance, foot, face = vertebra.surface.closest(frame.to_world(points))
        foot = frame.to_local(foot)
        across = frame.direction_to_local(vertebra.surface.face_normals[face])
        agree = np.einsum("ij,ij->i", normals, across) > np.cos(np.radians(comparison("surface_match_deg")))
        share = float((agree & (distance < comparison("surface_match_mm"))).mean())
        distance = np.where(agree, distance, np.inf)
        used = distance <= np.quantile(distance, _KEPT * max(agree.mean(), 1e-9))
        step = point_to_plane(points[used], foot[used], across[used]) if used.sum() >= 12 else None
        if step is None:
            break
        points, normals = points @ step[0].T + step[1], normals @ step[0].T
    return share
