"""Which part of the vertebra each face belongs to, told from the landmarks.

Regions are for drawing, for areas and for asking "what lies here"; no screw rests on their borders, which run
where a surgeon would draw them and not where bone ends.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from planner.anatomy.arch import JUNCTION_MM
from planner.anatomy.vertebra import Facet, Vertebra
from planner.geometry.axes import OPPOSITE, SIDES, SIGN

FACET_REACH_MM = 0.7
PEDICLE_HALF_LENGTH_MM = 2.5
BRIDGE_SLACK_MM = 2.0
DENS_OVER_BODY_MM = 9.0
DENS_HALF_MM = 8.0
SPINOUS_HALF_MM = 14.0
PILLAR_MEDIAL_MM = 4.0  # C2's articular pillar begins this far medial of the foramen's middle
USUAL_MEDIAL_MM = 9.0  # where the lamina ends if neither side shows a border


class Region(StrEnum):
    """Parts of a vertebra; those in pairs carry the patient's side in `RegionMap.sides`."""

    BODY = "body"
    DENS = "dens"
    PEDICLE = "pedicle"
    PARS = "pars"
    TRANSVERSE_PROCESS = "transverse_process"
    LATERAL_MASS = "lateral_mass"
    ARTICULAR_PROCESS = "articular_process"
    SUPERIOR_FACET = "superior_facet"
    INFERIOR_FACET = "inferior_facet"
    LAMINA = "lamina"
    SPINOUS_PROCESS = "spinous_process"


def regions(vertebra: Vertebra) -> np.ndarray:
    """(faces,) names such as ``body``, ``lateral_mass_left``, ``lamina_right``, one for each face of the surface.

    A side whose landmarks are absent takes the other side's borders, mirrored; faces of excess bone fall to the
    part they grow on.
    """
    local = vertebra.frame.to_local(vertebra.surface.triangles.mean(axis=1))
    l, p, s = local.T
    wall = vertebra.local("posterior_body_wall")
    names = np.full(len(local), Region.BODY.value, dtype="<U24")
    # Between the pedicles bone is arch only behind the middle of the canal; in front of it stands the body's wall.
    arch = _arch_front(vertebra, wall)
    behind = p > np.where(np.abs(l) < _medial(vertebra), (wall[1] + arch) / 2, wall[1] + 1.0)
    for side in SIDES:
        here = SIGN[side] * l > 0
        _side(names, vertebra, side, here, behind, local, wall)
    middle = np.abs(l) <= JUNCTION_MM
    names[behind & middle & (p > arch)] = Region.SPINOUS_PROCESS
    names[(p > _lamina_rear(vertebra, arch)) & (np.abs(l) < SPINOUS_HALF_MM)] = Region.SPINOUS_PROCESS
    if vertebra.level == "C2":
        base = vertebra.local("body_center")[2] + DENS_OVER_BODY_MM
        names[(np.abs(l) < DENS_HALF_MM) & (s > base) & (p < arch)] = Region.DENS
    for name, facet in vertebra.facets.items():
        kind, side = name.rsplit("_", 1)
        names[_on_facet(vertebra, facet)] = f"{kind}_facet_{side}"
    return names


def region_areas(vertebra: Vertebra, names: np.ndarray) -> dict[str, float]:
    """Surface area in mm2 of each region that has any."""
    areas = vertebra.surface.face_areas_mm2
    return {str(name): float(areas[names == name].sum()) for name in np.unique(names)}


def _side(names, vertebra: Vertebra, side: str, here, behind, local, wall) -> None:
    l, p, _ = local.T
    away = np.abs(l)
    foramen = _foramen(vertebra, side)
    medial = _medial(vertebra, side)
    mass = Region.ARTICULAR_PROCESS if vertebra.level == "C2" else Region.LATERAL_MASS
    front = foramen[1] + 1.5 if foramen is not None else wall[1] + 1.0
    beside = abs(foramen[0]) - 1.0 if foramen is not None else medial + 5.0
    names[here & ~behind & (away > beside)] = f"{Region.TRANSVERSE_PROCESS}_{side}"
    names[here & behind] = f"{Region.LAMINA}_{side}"
    names[here & (away > medial) & (p > front)] = f"{mass}_{side}"
    names[here & (away > beside) & (p <= front)] = f"{Region.TRANSVERSE_PROCESS}_{side}"
    bridge = Region.PARS if vertebra.level == "C2" else Region.PEDICLE
    cut = vertebra.isthmuses[side]
    if np.isfinite(cut.center).all():
        rel = local - vertebra.frame.to_local(cut.center)
        axis = vertebra.frame.axes @ cut.axis
        along = rel @ axis
        across = np.linalg.norm(rel - np.outer(along, axis), axis=1)
        reach = max(cut.width_mm, cut.height_mm) / 2 + BRIDGE_SLACK_MM
        names[here & (np.abs(along) < PEDICLE_HALF_LENGTH_MM) & (across < reach)] = f"{bridge}_{side}"


def _border(vertebra: Vertebra, which: str, side: str) -> float | None:
    """|l| of a border of the lateral mass, of the other side's where this one has none."""
    for name in (side, OPPOSITE[side]):
        mark = vertebra.landmarks.get(f"lateral_mass_{which}_border_{name}")
        if mark is not None and mark.located:
            return abs(float(vertebra.local(mark.name)[0]))
    return None


def _medial(vertebra: Vertebra, side: str | None = None) -> float:
    """|l| where the lamina ends on a side, or the nearer of the two sides; at C2 just medial to the foramen."""
    which = SIDES if side is None else (side,)
    if vertebra.level == "C2":
        beside = [abs(f[0]) - PILLAR_MEDIAL_MM for name in which if (f := _foramen(vertebra, name)) is not None]
        return float(min(beside, default=USUAL_MEDIAL_MM + 4.0))
    found = [b for name in which if (b := _border(vertebra, "medial", name)) is not None]
    return min(found, default=USUAL_MEDIAL_MM)


def _foramen(vertebra: Vertebra, side: str) -> np.ndarray | None:
    for name in (side, OPPOSITE[side]):
        center = vertebra.foramina[name].center
        if np.isfinite(center).all():
            return vertebra.frame.to_local(center)
    return None


def _arch_front(vertebra: Vertebra, wall: np.ndarray) -> float:
    mark = vertebra.landmarks["spinolaminar_point"]
    return float(vertebra.local(mark.name)[1]) - 1.0 if mark.located else float(wall[1]) + 10.0


def _lamina_rear(vertebra: Vertebra, arch: float) -> float:
    """p behind which bone near the midline is spinous process: the laminae's outer surface."""
    found = [vertebra.local(f"lamina_{side}")[1] for side in SIDES if vertebra.landmarks[f"lamina_{side}"].located]
    return max(float(np.max(found)) + 2.0 if found else -np.inf, arch + 6.0)


def _on_facet(vertebra: Vertebra, facet: Facet) -> np.ndarray:
    """(faces,) True on the articular surface: near its points and facing its way."""
    from scipy.spatial import cKDTree

    centers = vertebra.surface.triangles.mean(axis=1)
    if not len(facet.points):
        return np.zeros(len(centers), bool)
    facing = vertebra.surface.face_normals @ facet.normal > 0.5
    near = np.zeros(len(centers), bool)
    distance, _ = cKDTree(facet.points).query(centers[facing], distance_upper_bound=FACET_REACH_MM)
    near[facing] = np.isfinite(distance)
    return near
