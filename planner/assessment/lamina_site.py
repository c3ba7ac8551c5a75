"""Where a lamina is looked at from: its middle, its normal, and how far it reaches.

A hole or a lump misleads the landmark of a lamina. So a landmark counts only where it lies where the laminae of
the other levels lie, each measured from its own spinolaminar point; else the other side's, mirrored, or the
usual place of the column stands in for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.grading import comparison
from planner.geometry.axes import OPPOSITE, SIDES, SIGN, unit

_FLIP = np.array([-1.0, 1.0, 1.0])
_JUNCTION_MM = 3.5
_RINGS_MM = (0.5, 1.5, 2.5)
_LEAST_OTHERS = 3
# An outer surface may turn towards the midline by so much: at the root of the spinous process it does.
_INWARDS = -0.3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Place:
    """A lamina's middle from the spinolaminar point and its outward normal, (l, p, s) as on the left; its height."""

    offset: np.ndarray
    normal: np.ndarray
    height_mm: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """The plane of a look in world mm: centre, outward normal, in-plane axes; |l| of the lamina's lateral end."""

    side: str
    center: np.ndarray
    normal: np.ndarray
    across: np.ndarray
    up: np.ndarray
    medial_l: float
    height_mm: float
    thickness_mm: float


def usual_places(vertebrae: Mapping[str, Vertebra]) -> dict[str, Place]:
    """Return for each level from C3 down the median place of the other levels' laminae, where there are enough."""
    found = {
        (level, side): place
        for level, vertebra in vertebrae.items()
        for side in SIDES
        if level != "C2" and (place := place_of(vertebra, side)) is not None
    }
    out = {}
    for level in vertebrae:
        others = [place for (name, _), place in found.items() if name != level]
        if level != "C2" and len(others) >= _LEAST_OTHERS:
            out[level] = Place(
                offset=np.median([o.offset for o in others], axis=0),
                normal=unit(np.median([o.normal for o in others], axis=0)),
                height_mm=float(np.median([o.height_mm for o in others])),
            )
    return out


def place_of(vertebra: Vertebra, side: str) -> Place | None:
    """Return a lamina's place by its own landmark, or None where that or the spinolaminar point is not measured."""
    mark, middle = vertebra.landmarks.get(f"lamina_{side}"), vertebra.landmarks.get("spinolaminar_point")
    if mark is None or not mark.measured or middle is None or not middle.located:
        return None
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    disc = np.concatenate([r * np.stack([np.cos(turn), np.full(12, 0.5), np.sin(turn)], axis=1) for r in _RINGS_MM])
    _, _, face = vertebra.surface.closest(mark.xyz + vertebra.frame.direction_to_world(disc))
    normals = vertebra.frame.direction_to_local(vertebra.surface.face_normals[face])
    flip = np.array([SIGN[side], 1.0, 1.0])
    # The arch is convex: what faces the midline is the wall of a hole, not the lamina's outer surface.
    backward = normals[(normals[:, 1] > 0.2) & (normals[:, 0] * flip[0] > _INWARDS)]
    if len(backward) < 3:
        return None
    offset = (vertebra.frame.to_local(mark.xyz) - vertebra.frame.to_local(middle.xyz)) * flip
    height = vertebra.measures.get(("lamina_height", side), float("nan"))
    return Place(offset=offset, normal=unit(np.median(backward, axis=0)) * flip, height_mm=height if height else 10.0)


def site_of(vertebra: Vertebra, side: str, usual: Place | None) -> Site | None:
    """Return where to look at a lamina from, or None where nothing says where it is."""
    chosen = next(_candidates(vertebra, side, usual), None)
    middle = vertebra.landmarks.get("spinolaminar_point")
    if chosen is None or middle is None or not middle.located:
        return None
    name, place = chosen
    frame, flip = vertebra.frame, np.array([SIGN[side], 1.0, 1.0])
    center, normal = frame.to_local(middle.xyz) + place.offset * flip, place.normal * flip
    border = vertebra.landmarks.get(f"lateral_mass_medial_border_{name}")
    if border is not None and border.measured and abs(frame.to_local(border.xyz)[0]) > abs(center[0]):
        medial_l = abs(float(frame.to_local(border.xyz)[0]))
    else:
        medial_l = 2.0 * abs(center[0]) - _JUNCTION_MM
    up = unit(np.array([0.0, 0.0, 1.0]) - normal[2] * normal)
    thick = [vertebra.measures.get(("lamina_thickness", one), float("nan")) for one in SIDES]
    return Site(
        side=side, center=frame.to_world(center), normal=frame.direction_to_world(normal),
        across=frame.direction_to_world(np.cross(up, normal)), up=frame.direction_to_world(up),
        medial_l=medial_l, height_mm=place.height_mm if place.height_mm == place.height_mm else 10.0,
        thickness_mm=float(np.nanmedian(thick)) if np.isfinite(thick).any() else float("nan"),
    )  # fmt: skip


def _candidates(vertebra: Vertebra, side: str, usual: Place | None) -> Iterator[tuple[str, Place]]:
    """Own side first, unless only the other side's lateral mass is measured: beside a lump the lamina is misread."""
    sound = [
        (mark := vertebra.landmarks.get(f"lateral_mass_center_{name}")) is not None and mark.measured
        for name in (side, OPPOSITE[side])
    ]
    names = (OPPOSITE[side], side) if sound == [False, True] else (side, OPPOSITE[side])
    for name in names:
        place = place_of(vertebra, name)
        if place is not None and _plausible(place, usual):
            yield name, place
    if usual is not None:
        yield names[0], usual


def _plausible(place: Place, usual: Place | None) -> bool:
    if usual is None:
        return True
    low = place.height_mm < comparison("lamina_height_ratio") * usual.height_mm
    return not low and float(np.linalg.norm(place.offset - usual.offset)) < comparison("lamina_place_mm")
