"""The truth of a synthetic column: frames, landmarks, facets and foramina as they were built.

Points that the written definitions can be read for directly are read from the solid of the bone (rays,
lowest and highest points), the others follow from the shape; each says which.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.geometry.axes import SIDES, SIGN
from planner.phantom.column import Bone, Column
from planner.phantom.solid import Solid
from planner.phantom.threads import on_threads
from planner.phantom.truth import ForamenProbe, round_all

_DESTROYING = ("destroy_lateral_mass", "thin_lateral_mass")


def truth(column: Column) -> dict[str, Any]:
    """Return the truth of a column as plain data for JSON, all points in world LPS mm."""
    altered = {(entry["level"], entry["side"]) for entry in column.log if entry["operator"] in _DESTROYING}
    levels = on_threads(lambda here: _level(here, altered), column.bones.values())
    return {
        "space": "LPS",
        "units": "mm",
        "seed": column.seed,
        "levels": dict(zip(column.bones, levels, strict=True)),
        "operators": list(column.log),
    }


def _level(here: Bone, altered: set[tuple[str, str]]) -> dict[str, Any]:
    shape, pose = here.shape, here.pose
    points: dict[str, tuple[np.ndarray, str]] = {
        "body_center": (np.zeros(3), "built"),
        "inferior_endplate_center": (shape.lower_endplate, "built"),
        "posterior_body_wall": _ray(here.solid, [0.0, 0.0, 0.0], [0.0, 1.0, 0.0], leaving=True),
        "spinolaminar_point": _ray(
            here.solid, [0.0, shape.posterior_wall + 3.0, shape.spinolaminar[2]], [0.0, 1.0, 0.0], leaving=False
        ),
        "spinous_process_tip": (shape.spinous_tip, "built"),
    }
    if here.level == "C2":
        points["dens_tip"] = _ray(
            here.solid,
            [0.0, np.tan(np.radians(shape.dens_lean)) * (shape.dens_height - 4.0), shape.dens_height + 8.0],
            [0.0, 0.0, -1.0],
            leaving=False,
        )
    else:
        points["superior_endplate_center"] = (shape.upper_endplate, "built")
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
                probe.narrowest(
                    here.in_world(probe.points), here.with_masses(probe.points) if here.masses else None
                ), 2
            ),
        }
        if (here.level, side) in altered:
            continue
        if here.level != "C2":
            points.update({f"{name}_{side}": point for name, point in _mass_points(here, mirror).items()})
            facets[f"superior_{side}"] = _facet(shape.superior_facet, pose, mirror)
        facets[f"inferior_{side}"] = _facet(shape.inferior_facet, pose, mirror)
    axes = pose.rotation
    return {
        "frame": {
            "origin": round_all(pose.offset), "left": round_all(axes[:, 0], 6),
            "posterior": round_all(axes[:, 1], 6), "superior": round_all(axes[:, 2], 6),
        },
        "points": {
            name: {"xyz": round_all(pose(local)), "how": how} for name, (local, how) in points.items()
        },
        "facets": facets,
        "foramina": foramina,
        "lateral_masses_altered": [side for side in SIDES if (here.level, side) in altered],
        "measures_mm_deg": {name: round(value, 3) for name, value in shape.measures.items()},
    }  # fmt: skip


def _mass_points(here: Bone, mirror: np.ndarray) -> dict[str, tuple[np.ndarray, str]]:
    shape = here.shape
    c = shape.mass_center * mirror
    low = _lowest(here.solid, c)
    lateral = c + mirror * [shape.mass_width / 2, -4.0, 0.0]
    medial = c - mirror * [shape.mass_width / 2, 1.0, 0.0]
    return {
        "lateral_mass_center": _ray(here.solid, c + [0.0, 12.0, 0.0], [0.0, -1.0, 0.0], leaving=False),
        "lateral_mass_superior_border": (c + [0.0, 0.0, shape.mass_height / 2], "built"),
        "lateral_mass_inferior_border": (low, "read from the solid"),
        "lateral_mass_lateral_border": (lateral, "built"),
        "lateral_mass_medial_border": (medial, "built"),
    }


def _facet(facet: Any, pose: Any, mirror: np.ndarray) -> dict[str, Any]:
    return {
        "center": round_all(pose(facet.center * mirror)),
        "normal": round_all(pose.rotation @ (facet.normal * mirror), 5),
        "width_mm": round(facet.width, 2),
        "height_mm": round(facet.height, 2),
        "how": "built",
    }


def _ray(solid: Solid, origin: Any, direction: Any, *, leaving: bool) -> tuple[np.ndarray, str]:
    """Where a ray first enters (or leaves) the solid within 40 mm; nan where it does not."""
    t = np.arange(0.0, 40.0, 0.05)
    x = np.asarray(origin, float) + t[:, None] * np.asarray(direction, float)
    value = solid(x) * (-1.0 if leaving else 1.0)
    crossing = np.flatnonzero((value[:-1] > 0) & (value[1:] <= 0))
    if not len(crossing):
        return np.full(3, np.nan), "not met"
    k = crossing[0]
    share = value[k] / (value[k] - value[k + 1])
    return x[k] + share * (x[k + 1] - x[k]), "read from the solid"


def _lowest(solid: Solid, c: np.ndarray) -> np.ndarray:
    """Lowest point of the bone in the sagittal plane through the mass, behind its middle depth."""
    p, s = (g.ravel() for g in np.meshgrid(np.arange(c[1] - 7.0, c[1] + 1.5, 0.1), np.arange(c[2] - 12.0, c[2], 0.1)))
    points = np.column_stack([np.full_like(p, c[0]), p, s])
    inside = points[solid(points) < 0]
    return inside[np.argmin(inside[:, 2])] if len(inside) else np.full(3, np.nan)
