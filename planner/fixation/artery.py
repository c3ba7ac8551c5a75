"""The vertebral artery as far as bone shows it: a tube through the foramina, never too narrow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.anatomy.vertebra import Status, Vertebra
from planner.assessment.finding import Assessment
from planner.fixation.hazard import Tube
from planner.geometry.axes import OPPOSITE, SIGN
from planner.reference.hazards import foramen_norm_mm, setting
from planner.reference.levels import order


@dataclass(frozen=True, slots=True, kw_only=True)
class ForamenState:
    """What is known of one foramen: whether it is normal, and why not."""

    normal: bool
    reason: str = ""


def foramen_state(vertebra: Vertebra, side: str, assessment: Assessment) -> ForamenState:
    """Say whether a foramen can be trusted: measured, and neither narrowed nor open by the assessment."""
    foramen = vertebra.foramina.get(side)
    place = f"{vertebra.level} {side} transverse foramen"
    narrowed = assessment.finding("transverse_foramen.narrowed", vertebra.level, side)
    if narrowed is not None:
        return ForamenState(normal=False, reason=f"{place} narrowed")
    if assessment.finding("transverse_foramen.open", vertebra.level, side) is not None:
        return ForamenState(normal=False, reason=f"{place} open")
    if foramen is None or foramen.status is Status.ABSENT:
        return ForamenState(normal=False, reason=f"{place} not found")
    if foramen.status is not Status.MEASURED:
        return ForamenState(normal=False, reason=f"{place} not measured")
    return ForamenState(normal=True)


def other_side_doubtful(vertebrae: Mapping[str, Vertebra], side: str, assessment: Assessment) -> str:
    """Return why the other side's artery may be lost, this side's being the only one; "" if it is not."""
    for vertebra in vertebrae.values():
        if foramen_norm_mm(vertebra.level) is None:
            continue
        state = foramen_state(vertebra, OPPOSITE[side], assessment)
        if not state.normal:
            return state.reason
    return ""


def artery(vertebrae: Mapping[str, Vertebra], level: str, side: str, assessment: Assessment) -> tuple[Tube, ...]:
    """Return the artery's tube by one vertebra, in world mm; empty when no foramen shows where it runs.

    The axis follows each foramen for a few millimetres and runs straight between levels; above C2 it turns
    outwards. Where a foramen is narrowed, open or not found, the axis before the narrowing is taken: the
    mirrored other side, else the neighbours. The radius at this level is the largest of the measured hole,
    the mirrored side and the norm, widened where the foramen is doubtful (decisions on narrowed foramina).
    """
    names = sorted((n for n in vertebrae if foramen_norm_mm(n) is not None), key=order)
    nearby = [n for n in names if abs(order(n) - order(level)) <= 1]
    if not nearby:
        return ()
    along, beyond = setting("artery_along_foramen_mm"), setting("artery_beyond_end_mm")
    path: list[np.ndarray] = []
    for name in reversed(nearby):  # from below upwards
        vertebra = vertebrae[name]
        place = _axis(vertebra, side, assessment)
        if place is None:
            continue
        center, axis = place
        lowest = name == nearby[-1]
        path += [center - (beyond if lowest else along) * axis, center]
        if name == "C2":
            outwards = axis + setting("artery_bend_lateral") * SIGN[side] * vertebra.frame.left
            path.append(center + beyond * outwards / np.linalg.norm(outwards))
        else:
            path.append(center + (beyond if name == nearby[0] else along) * axis)
    if len(path) < 2:
        return ()
    # At C7 the artery has not yet entered the bone: what is drawn there is its run below the C6 foramen.
    vertebra = vertebrae[level if level in nearby else nearby[-1]]
    radius = _radius(vertebra, side)
    if not foramen_state(vertebra, side, assessment).normal:
        radius += setting("artery_widening_mm")
    return (Tube(name="vertebral_artery", path=np.array(path), radius_mm=radius),)


def _radius(vertebra: Vertebra, side: str) -> float:
    sizes = [foramen_norm_mm(vertebra.level) or 0.0]
    for foramen in vertebra.foramina.values():
        if foramen.status is not Status.ABSENT and np.isfinite(foramen.diameter_mm):
            sizes.append(foramen.diameter_mm)
    return max(sizes) / 2


def _axis(vertebra: Vertebra, side: str, assessment: Assessment) -> tuple[np.ndarray, np.ndarray] | None:
    own, other = vertebra.foramina.get(side), vertebra.foramina.get(OPPOSITE[side])
    if foramen_state(vertebra, side, assessment).normal:
        return _upwards(vertebra, own.center, own.axis)
    if other is not None and foramen_state(vertebra, OPPOSITE[side], assessment).normal:
        mirror = np.array([-1.0, 1.0, 1.0])
        center = vertebra.frame.to_world(vertebra.frame.to_local(other.center) * mirror)
        axis = vertebra.frame.direction_to_world(vertebra.frame.direction_to_local(other.axis) * mirror)
        return _upwards(vertebra, center, axis)
    if own is not None and own.status is not Status.ABSENT and np.isfinite(own.center).all():
        return _upwards(vertebra, own.center, own.axis)
    return None


def _upwards(vertebra: Vertebra, center: np.ndarray, axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return center, axis if axis @ vertebra.frame.superior > 0 else -axis
