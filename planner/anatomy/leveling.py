"""Turning a rough frame about L until the endplates are level: the last step of every pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.body import Endplate, measure_body
from planner.anatomy.sounding import Sounding
from planner.geometry.axes import Frame, angle_deg
from planner.geometry.surface import Surface

BODY_BAND_MM = 6.0
ROUNDS, NEAR_DEG = 4, 0.2
REST_ROUNDS, REST_DEG, REST_MM = 9, 0.02, 0.02
UNDAMPED = 3  # afterwards half steps: the limits of an endplate move in small jumps, and whole steps would circle
WEDGE_DEG = (
    -22.0,
    9.0,
)  # superior minus inferior endplate pitch; outside, one of the planes is not an endplate
HALF_USUAL_WEDGE_DEG = 2.5
SIDE_TILT_DEG = 12.0
PITCH_DEG = 35.0
LEAST_SUPPORT = 0.5
TURN_GUARD_DEG = {"C2": 25.0}
USUAL_GUARD_DEG = 35.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leveled:
    """A frame whose S is the endplates', how far that turned it from the rough S, and how well the planes fit.

    ``residual_mm`` is nan and ``frame`` the rough one where no body was found; ``kept_rough`` is True where the
    endplates asked for a turn that no healthy or ill bone has shown, and the rough S was kept. ``grown`` names the
    endplates on which something grows, or which are none.
    """

    frame: Frame
    turned_deg: float
    residual_mm: float
    support: float
    kept_rough: bool
    grown: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        return bool(np.isfinite(self.residual_mm))


def level_frame(surface: Surface, level: str, rough: Frame, to_rest: bool = False) -> Leveled:
    """Level a rough frame, whose origin lies in the body and whose L is right, by rounds of endplates.

    ``to_rest`` goes on until the frame stands still, so that nothing is left of where it began.
    """
    frame, residual, support = rough, float("nan"), 0.0
    grown: tuple[str, ...] = ()
    surface = _band(surface, rough)
    rounds, settled_deg, settled_mm = (REST_ROUNDS, REST_DEG, REST_MM) if to_rest else (ROUNDS, NEAR_DEG, np.inf)
    for number in range(rounds):
        body = measure_body(Sounding.of(surface, frame, BODY_BAND_MM), level)
        if body is None:
            break
        pitch, residual, support = _pitch(body.superior, body.inferior)
        plates = {"superior": body.superior, "inferior": body.inferior}
        grown = tuple(
            name for name, plate in plates.items() if plate is not None and (plate.grown or not _sound(plate))
        )
        share = 1.0 if number < UNDAMPED else 0.5
        pitch, moved = share * pitch, share * body.center * [0, 1, 1]
        turned = frame.superior * np.cos(np.radians(pitch)) - frame.posterior * np.sin(np.radians(pitch))
        frame = Frame.from_axes(frame.to_world(moved), frame.left, turned)
        if abs(pitch) < settled_deg and np.linalg.norm(moved) < settled_mm:
            break
    turn = angle_deg(frame.superior, rough.superior)
    kept = turn > TURN_GUARD_DEG.get(level, USUAL_GUARD_DEG)
    if kept:
        frame = Frame.from_axes(frame.origin, rough.left, rough.superior)
    return Leveled(
        frame=frame,
        turned_deg=turn,
        residual_mm=residual,
        support=support,
        kept_rough=kept,
        grown=grown,
    )


def _band(surface: Surface, frame: Frame) -> Surface:
    """The faces about the midline: all that levelling asks for, since it only turns about L."""
    a, b, c = ((surface.vertices - frame.origin) @ frame.left)[surface.faces].T
    reach = BODY_BAND_MM + 0.5
    near = (np.minimum(np.minimum(a, b), c) <= reach) & (np.maximum(np.maximum(a, b), c) >= -reach)
    if not near.any():
        return surface
    used, faces = np.unique(surface.faces[near], return_inverse=True)
    return Surface(vertices=surface.vertices[used], faces=faces.reshape(-1, 3))


def _pitch(superior: Endplate | None, inferior: Endplate) -> tuple[float, float, float]:
    """(pitch in degrees of the mean endplate normal in the sagittal plane, residual in mm, least support).

    A positive pitch leans forward: the mean plane rises towards the back.
    """
    low = np.degrees(np.arctan(inferior.slope_p))
    if superior is None:
        return float(low), inferior.residual_mm, inferior.support
    high = np.degrees(np.arctan(superior.slope_p))
    if WEDGE_DEG[0] <= low - high <= WEDGE_DEG[1] and _sound(superior) and _sound(inferior):
        residual = max(superior.residual_mm, inferior.residual_mm)
        return (
            float((low + high) / 2),
            residual,
            min(superior.support, inferior.support),
        )
    # One of the planes is not an endplate (an osteophyte, a mass): the better one, corrected by half the wedge.
    if _badness(superior) < _badness(inferior):
        return (
            float(high - HALF_USUAL_WEDGE_DEG),
            superior.residual_mm,
            superior.support / 2,
        )
    return float(low + HALF_USUAL_WEDGE_DEG), inferior.residual_mm, inferior.support / 2


def _sound(plate: Endplate) -> bool:
    return (
        plate.support >= LEAST_SUPPORT
        and abs(np.degrees(np.arctan(plate.slope_l))) <= SIDE_TILT_DEG
        and abs(np.degrees(np.arctan(plate.slope_p))) <= PITCH_DEG
    )


def _badness(plate: Endplate) -> float:
    return plate.residual_mm + (1 - plate.support) + abs(plate.slope_l)
