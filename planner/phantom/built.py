"""The truth of a synthetic column: frames and foramina as they were built, landmarks and facets as they came out.

The superior axis, points and articular surfaces follow the written definitions on the mesh of the bone without its
masses (`planner.phantom.defined`); the points are read in the frame the bone was built in, whose left axis is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from planner.geometry.axes import SIDES, SIGN
from planner.geometry.surface import Surface
from planner.phantom import defined
from planner.phantom.column import Bone, Column
from planner.phantom.threads import on_threads
from planner.phantom.truth import ForamenProbe, round_all, solid_volume

_DESTROYING = ("destroy_lateral_mass", "thin_lateral_mass")
_GROWING = ("calcification", "add_mass")
_HOW = "by its definition on the mesh"
_STEP_MM, _MASS_STEP_MM = 0.5, 0.35
_NO_SURFACES: Mapping[str, Surface] = {}


def truth(column: Column, surfaces: Mapping[str, Surface] = _NO_SURFACES) -> dict[str, Any]:
    """Return the truth of a column as plain data for JSON, all points in world LPS mm.

    `surfaces` are the column's meshes by level, if they are at hand; those of levels without masses serve here.
    A landmark whose definition finds nothing, as on a removed arch or an altered lateral mass, is left out.
    """
    altered = {(entry["level"], entry["side"]) for entry in column.log if entry["operator"] in _DESTROYING}

    def level(here: Bone) -> dict[str, Any]:
        given = None if here.masses else surfaces.get(here.level)
        bone = column.surface(here.level, _STEP_MM, masses=False) if given is None else given
        back = here.pose.inverse
        return _level(here, bone.mapped(back.rotation, back.offset), altered)

    levels = on_threads(level, column.bones.values())
    return {
        "space": "LPS",
        "units": "mm",
        "seed": column.seed,
        "levels": dict(zip(column.bones, levels, strict=True)),
        "operators": as_built(column),
    }


def as_built(column: Column) -> list[dict[str, Any]]:
    """The log, with the volume and middle of every mass as they came out.

    A mass is logged when it grows; what is done later, and the level below, for which each level makes room, take some
    of it away again.
    """
    grown: dict[str, int] = {}
    lines = []
    for entry in column.log:
        if entry["operator"] in _GROWING:
            number = grown.setdefault(entry["level"], 0)
            grown[entry["level"]] += 1
            volume, middle = solid_volume(column.gained(entry["level"], number), _MASS_STEP_MM)
            entry = {**entry, "volume_mm3": round(volume, 1), "center_lps": round_all(middle)}
        lines.append(entry)
    return lines


def _level(here: Bone, bone: Surface, altered: set[tuple[str, str]]) -> dict[str, Any]:
    """The truth of one level, whose `bone` is given in its own coordinates."""
    shape, pose = here.shape, here.pose
    ill = [side for side in SIDES if (here.level, side) in altered]
    points = {
        name: point
        for name, point in defined.points(bone, shape).items()
        if not (name.startswith("lateral_mass") and name.endswith(tuple(ill)))
    }
    facets: dict[str, Any] = {}
    foramina: dict[str, Any] = {}
    for side in SIDES:
        mirror = np.array([SIGN[side], 1.0, 1.0])
        f, r = shape.foramen * mirror, shape.foramen_diameter / 2
        probe = ForamenProbe.across(pose, f, r, 0.2)
        foramina[side] = {
            "center": round_all(pose(f)),
            "bored_diameter_mm": round(shape.foramen_diameter, 2),
            "narrowest_diameter_mm": round(
                probe.narrowest(here.in_world(probe.points), here.with_masses(probe.points) if here.masses else None), 2
            ),
        }
        for kind in ("superior", "inferior"):
            plane = None if side in ill else defined.facet(bone, shape, side, kind)
            if plane is not None:
                center, normal = plane
                facets[f"{kind}_{side}"] = {
                    "center": round_all(pose(center)), "normal": round_all(pose.rotation @ normal, 5), "how": _HOW,
                }  # fmt: skip
    left, superior = pose.rotation[:, 0], pose.rotation @ defined.superior_axis(bone, shape)
    return {
        "frame": {
            "origin": round_all(pose.offset), "left": round_all(left, 6),
            "posterior": round_all(np.cross(superior, left), 6), "superior": round_all(superior, 6),
        },
        "points": {name: {"xyz": round_all(pose(local)), "how": _HOW} for name, local in points.items()},
        "facets": facets,
        "foramina": foramina,
        "lateral_masses_altered": ill,
        "measures_mm_deg": {name: round(value, 3) for name, value in shape.measures.items()},
    }  # fmt: skip
