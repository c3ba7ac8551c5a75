"""What each screw was held against, as shapes: the artery's and the roots' tubes, and the canal's free space.

The same shapes that the clearances were measured to, so that a drawing of them beside a screw says what the
numbers say. They are models: a surface shows neither vessel nor nerve.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.document.values import number, points
from planner.fixation.hazard import Tube
from planner.fixation.surroundings import bodies_around, hazards_of
from planner.geometry.axes import SIDES, Frame
from planner.geometry.surface import Surface
from planner.planning import Plan

CANAL = "canal"
_SAME_HEIGHT_MM = 1e-6


def hazards_block(plan: Plan) -> list[dict[str, Any]]:
    """Tubes by level and side as ``path`` and ``radius_mm``; the canal once a level as ``rings`` from below upwards.

    A tube runs along its path with that radius; the canal is the body between its rings, each with the same
    number of points. Bones, facets and keep-outs are not told again: the bones and files show them.
    """
    found: list[dict[str, Any]] = []
    for level in plan.options.levels:
        if level not in plan.vertebrae:
            continue
        frame = plan.vertebrae[level].frame
        bodies = bodies_around(plan.vertebrae, level, plan.case.avoid)
        if CANAL in bodies:
            rings = [points(ring) for ring in _rings(bodies[CANAL].placed.surface, frame)]
            found.append({"level": level, "side": "midline", "name": CANAL, "rings": rings})
        for side in SIDES:
            groups = hazards_of(plan.vertebrae, level, side, plan.assessment, plan.case.avoid, bodies)
            found += [_tube(level, side, one, frame) for g in groups.values() for one in g if isinstance(one, Tube)]
    return found


def _tube(level: str, side: str, tube: Tube, frame: Frame) -> dict[str, Any]:
    path = points(frame.to_world(tube.path))
    return {"level": level, "side": side, "name": tube.name, "path": path, "radius_mm": number(tube.radius_mm)}


def _rings(canal: Surface, frame: Frame) -> list[np.ndarray]:
    """The rings of a canal's body, each at one height of the frame; its last two points close the ends."""
    ringed = canal.vertices[:-2]
    height = frame.to_local(ringed)[:, 2]
    return np.split(ringed, np.flatnonzero(np.abs(np.diff(height)) > _SAME_HEIGHT_MM) + 1)
