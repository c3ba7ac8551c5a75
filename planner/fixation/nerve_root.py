"""The nerve root beside one vertebra: from the canal's recess, behind the foramen, out along the gutter."""

from __future__ import annotations

import numpy as np

from planner.anatomy.vertebra import Status, Vertebra
from planner.fixation.hazard import Tube
from planner.geometry.axes import OPPOSITE, SIGN
from planner.reference.hazards import root_radius_mm
from planner.reference.levels import order

# The gutter leads outwards, forwards and down (local l, p, s; unit length), about 50 degrees off the midline. How far
# down is read on the bone, at `_GUTTER_STEPS` places and the first; this is the slope where it cannot be.
_GUTTER = np.array([0.74, -0.56, -0.37])
_GUTTER_LENGTH_MM = 10.0
_GUTTER_STEPS = 2
_DROP_MM = 6.0
_FIRST_IN_A_GUTTER = "C3"


def nerve_root(vertebra: Vertebra, side: str) -> tuple[Tube, ...]:
    """Return the root that lies on this vertebra's transverse process, in world mm.

    It rests on the pedicle's upper border, lies behind the foramen against the front of the articular pillar
    (found by a ray backwards from the foramen's axis), and leaves along the gutter, on the transverse process
    (F105: sections through the lower pedicle of C3 to C7 show it there; at C2 it is left above). Empty where neither
    this side's nor the mirrored foramen and pedicle were found. The gutter's direction seen from above is a proposal.
    """
    foramen, isthmus = _local(vertebra, side)
    if foramen is None or isthmus is None:
        return ()
    radius = root_radius_mm(vertebra.level)
    center, hole = foramen
    middle, width, height = isthmus
    s = middle[2] + height / 2 + radius
    sign = SIGN[side]
    start = np.array([middle[0] - sign * (width / 2), middle[1] + radius, s])
    behind = center[1] + hole + radius
    probe = vertebra.frame.to_world(np.array([[center[0], center[1], s]]))
    hit, _ = vertebra.surface.first_hit(probe, vertebra.frame.posterior[None])
    pillar = vertebra.frame.to_local(hit)[0, 1]
    if np.isfinite(pillar):
        behind = min(behind, pillar - radius)
    bend = np.array([center[0], behind, s])
    steps = np.linspace(0.0, _GUTTER_LENGTH_MM, _GUTTER_STEPS + 1)[:, None]
    along = bend + steps * _GUTTER * [sign, 1.0, 1.0]
    if order(vertebra.level) >= order(_FIRST_IN_A_GUTTER):
        along = _resting(vertebra, along, radius)
    path = vertebra.frame.to_world(np.vstack([start, along]))
    return (Tube(name="nerve_root", path=path, radius_mm=radius),)


def _resting(vertebra: Vertebra, along: np.ndarray, radius: float) -> np.ndarray:
    """Points (k, 3) along the gutter, let down until a nerve of this radius rests on the transverse process.

    Where no bone lies within `_DROP_MM` beneath, or all about, a point is let down as far as the middle one of the
    others; never up.
    """
    down = -vertebra.frame.superior
    hit, face = vertebra.surface.first_hit(vertebra.frame.to_world(along), np.tile(down, (len(along), 1)))
    drop = along[:, 2] - vertebra.frame.to_local(hit)[:, 2] - radius
    from_above = (face >= 0) & (vertebra.surface.face_normals[face] @ down < 0)
    drop = np.where(from_above & (drop < _DROP_MM), np.maximum(drop, 0.0), np.nan)
    usual = np.nanmedian(drop) if np.isfinite(drop).any() else 0.0
    along = along.copy()
    along[:, 2] -= np.where(np.isfinite(drop), drop, usual)
    return along


def _local(vertebra: Vertebra, side: str):
    """A side's foramen (centre, radius) and isthmus (centre, width, height), mirrored where missing."""
    foramen = isthmus = None
    for here in (OPPOSITE[side], side):
        mirror = np.array([1.0 if here == side else -1.0, 1.0, 1.0])
        hole, bridge = vertebra.foramina.get(here), vertebra.isthmuses.get(here)
        if hole is not None and hole.status is not Status.ABSENT and np.isfinite(hole.center).all():
            foramen = vertebra.frame.to_local(hole.center) * mirror, hole.diameter_mm / 2
        if bridge is not None and bridge.status is not Status.ABSENT and np.isfinite(bridge.center).all():
            isthmus = vertebra.frame.to_local(bridge.center) * mirror, bridge.width_mm, bridge.height_mm
    return foramen, isthmus
