"""Where a technique's window lies on a real vertebra: its landmark, and what its angles are measured by."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from planner.anatomy.vertebra import Status, Vertebra
from planner.fixation.window import Window, window_of
from planner.geometry.axes import OPPOSITE, SIGN
from planner.geometry.placed import Placed
from planner.reference.techniques import Technique

_CORNER_INSET_MM, _CORNER_DEPTH_MM = 2.0, 10.0
"""The corner aimed at lies this far inside the lateral border and this deep under the mass' centre (proposal)."""


class NotPossible(Exception):
    """A technique that has nothing to start from on this side; the message says what is missing."""


def facet_elevation_deg(vertebra: Vertebra, side: str) -> float:
    """Sagittal elevation of the superior facet's plane, forwards and up positive; nan if absent."""
    facet = vertebra.facets.get(f"superior_{side}")
    if facet is None or facet.status is Status.ABSENT:
        return float("nan")
    _, p, s = vertebra.frame.direction_to_local(facet.normal)
    return float(np.degrees(np.arctan2(p, s)))


@lru_cache(maxsize=32)
def dorsal_elevation_deg(vertebra: Vertebra, surface: Placed, side: str) -> float:
    """Sagittal elevation of the inward normal of the mass' dorsal surface; nan if absent.

    A plane is fitted to first hits from behind over the middle 6 mm of the mass; outliers over 1 mm are left
    out.
    """
    landmark = vertebra.landmarks.get(f"lateral_mass_center_{side}")
    if landmark is None or not landmark.measured:
        return float("nan")
    left, p, s = vertebra.frame.to_local(landmark.xyz)
    across, up = np.meshgrid(np.linspace(-3, 3, 9), np.linspace(-3, 3, 9))
    start = np.c_[left + across.ravel(), np.full(across.size, p + 30.0), s + up.ravel()]
    hit, _ = surface.first_hit(start, np.tile([0.0, -1.0, 0.0], (len(start), 1)))
    hit = hit[np.isfinite(hit).all(axis=1)]
    if len(hit) < 12:
        return float("nan")
    keep = np.ones(len(hit), bool)
    for _ in range(4):
        design = np.c_[hit[:, 0] - left, hit[:, 2] - s, np.ones(len(hit))]
        slope, *_ = np.linalg.lstsq(design[keep], hit[keep, 1], rcond=None)
        off = np.abs(design @ slope - hit[:, 1])
        keep = off <= max(1.0, np.quantile(off, 0.6))
    # The surface p = a l + b s + c has outward normal (-a, 1, -b); the inward one rises by b.
    return float(np.degrees(np.arctan(slope[1])))


def aim(vertebra: Vertebra, surface: Placed, side: str, technique: Technique) -> Window:
    """Return a technique's window on one side; `NotPossible` with the reason where it has no footing.

    ``surface`` is the bone, placed in the vertebra's own frame. A translaminar screw's ``side`` is that of
    its head; it passes the lamina of the other side.
    """
    origin_name = f"{technique.entry_from}_{side}"
    if technique.entry_from == "lateral_mass_center":
        origin = _of_mass(vertebra, side, "center")
    elif technique.entry_from in ("superior_border", "upper_outer_corner"):
        origin = _of_mass(vertebra, side, "center")
        origin[2] = _of_mass(vertebra, side, "superior_border")[2]
        if technique.entry_from == "upper_outer_corner":
            origin[0] = _of_mass(vertebra, side, "lateral_border")[0]
    elif technique.entry_from == "lamina":
        origin_name = f"lamina_{OPPOSITE[side]}"
        origin = _inside_lamina(vertebra, surface, OPPOSITE[side])
    else:
        isthmus = vertebra.isthmuses.get(side)
        if isthmus is None or isthmus.status is not Status.MEASURED or not np.isfinite(isthmus.center).all():
            raise NotPossible(f"the {technique.entry_from.replace('_', ' ')} was not measured")
        origin = vertebra.frame.to_local(isthmus.center)
    if technique.aim_at == "upper_outer_corner":
        technique = _at_the_corner(vertebra, side, technique)
    reference = 0.0
    if technique.sagittal_reference == "facet":
        reference = facet_elevation_deg(vertebra, side)
    elif technique.sagittal_reference == "dorsal_surface":
        reference = dorsal_elevation_deg(vertebra, surface, side)
    if not np.isfinite(reference):
        raise NotPossible(f"there is no {technique.sagittal_reference.replace('_', ' ')} to aim by")
    return window_of(technique, side, origin, origin_name, surface, reference)


def _of_mass(vertebra: Vertebra, side: str, part: str) -> np.ndarray:
    """Local place of a landmark of the lateral mass."""
    landmark = vertebra.landmarks.get(f"lateral_mass_{part}_{side}")
    if landmark is None or not landmark.measured:
        how = "absent" if landmark is None or not landmark.located else "extrapolated, not measured"
        raise NotPossible(f"the {part.replace('_', ' ').replace('center', 'centre')} of the lateral mass is {how}")
    return vertebra.frame.to_local(landmark.xyz)


def _at_the_corner(vertebra: Vertebra, side: str, technique: Technique) -> Technique:
    """The technique with the angles that lead from its entry to the upper outer corner of the bone in depth."""
    center = _of_mass(vertebra, side, "center")
    out = abs(_of_mass(vertebra, side, "lateral_border")[0]) - _CORNER_INSET_MM - (abs(center[0]) - technique.medial_mm)
    up = _of_mass(vertebra, side, "superior_border")[2] - (center[2] + technique.cranial_mm)
    lateral, elevation = np.degrees(np.arctan2([out, up], _CORNER_DEPTH_MM))
    return replace(technique, lateral_deg=float(lateral), sagittal_deg=float(elevation), sagittal_reference="endplate")


def _inside_lamina(vertebra: Vertebra, surface: Placed, side: str) -> np.ndarray:
    landmark = vertebra.landmarks.get(f"lamina_{side}")
    thickness = vertebra.measures.get(("lamina_thickness", side), float("nan"))
    if landmark is None or not landmark.measured or not np.isfinite(thickness):
        raise NotPossible(f"the {side} lamina was not measured")
    outer = vertebra.frame.to_local(landmark.xyz)
    _, _, normal = surface.closest(outer[None])
    return outer - normal[0] * thickness / 2


def angles_over(vertebra: Vertebra, surface: Placed, side: str, direction: np.ndarray) -> tuple[float, float]:
    """Return (to the superior facet's plane, to the dorsal surface's normal) of a local direction, degrees in
    the sagittal plane, positive cephalad; nan where that surface is absent."""
    sagittal = float(np.degrees(np.arctan2(direction[2], -direction[1])))
    return (
        sagittal - facet_elevation_deg(vertebra, side),
        sagittal - dorsal_elevation_deg(vertebra, surface, side),
    )


def offset_from(origin: np.ndarray, entry: np.ndarray, side: str) -> tuple[float, float]:
    """Return (medial, cranial) mm of an entry from a landmark, both local."""
    return float(-SIGN[side] * (entry[0] - origin[0])), float(entry[2] - origin[2])
