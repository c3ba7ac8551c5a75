"""The plan's shares of executions that breach a hazard, against plain random draws on exact distances."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from planner.fixation.anchor import Candidate
from planner.fixation.corridor import SAMPLES, corridor
from planner.fixation.hazard import Hazard
from planner.fixation.risk import breach_probability
from planner.geometry.axes import SIGN
from planner.reference.execution import Execution
from planner.reference.hazards import setting
from planner.reference.techniques import technique_at
from planner.validation.measured import distance

if TYPE_CHECKING:
    from planner.validation.screw_places import ScrewPlace

_SHAKEN, _PIECE_MM = 40_000, 0.1



def breaches(at: ScrewPlace, _: int, rng: np.random.Generator) -> Iterator[tuple[str, str, str, float]]:
    """Roy-Camille's screw as planned, and turned on purpose until it threatens artery and canal."""
    found = corridor(at.place, technique_at("roy-camille", at.level))
    if not isinstance(found, Candidate):
        return
    frame, ground = at.place.vertebra.frame, at.place.ground("lateral_mass")
    hazards = at.place.hazards_for("lateral_mass")
    entry, planned = frame.to_local(found.trajectory.entry), frame.direction_to_local(found.trajectory.direction)
    radius, length = found.screw.diameter_mm / 2, found.screw.length_mm
    for medially in (0.0, 12.0, 24.0):
        direction = _turned(planned, -SIGN[at.place.side] * medially)
        told = breach_probability(
            ground, entry, direction, length, radius, at.place.execution, SAMPLES, at.place.seed, hazards
        )
        for name in ("vertebral_artery", "canal"):
            if name in hazards:
                share = shaken(hazards[name], entry, direction, length, radius, at.place.execution, rng)
                how = f"turned {medially:g} deg" if medially else "as planned"
                ours = told.hazards[name].any
                yield (
                    f"breach of the {name.replace('_', ' ').replace('vertebral ', '')}, Monte Carlo against another",
                    "share", f"{how}, {ours:.3f} for {share:.3f}", abs(ours - share),
                )  # fmt: skip


def shaken(
    hazards: tuple[Hazard, ...], entry: np.ndarray, direction: np.ndarray, length_mm: float, radius_mm: float,
    hand: Execution, rng: np.random.Generator,
) -> float:  # fmt: skip
    """The share of plain random executions that breach: hand, angles and wall all drawn, distances exact."""
    basis = np.linalg.svd(direction[None])[2][1:]
    shift, tilt = (rng.normal(0, sd, (_SHAKEN, 2)) for sd in (hand.entry_sd_mm, np.radians(hand.angle_sd_deg)))
    paths = direction + np.tan(tilt) @ basis
    paths /= np.linalg.norm(paths, axis=1, keepdims=True)
    starts = entry + shift @ basis
    walls = radius_mm + rng.normal(0, hand.segmentation_sd_mm, _SHAKEN)
    ends = setting("entry_cortex_mm"), length_mm - radius_mm
    return float(np.any([_reached(hazard, starts, paths, *ends, walls) for hazard in hazards], axis=0).mean())


def _reached(hazard: Hazard, starts: np.ndarray, paths: np.ndarray, first: float, last: float, walls: np.ndarray):
    """True (n,) where a shaft comes nearer to a hazard than its wall, between two depths.

    A distance changes by no more than the way gone, so a piece between the ends is settled by its middle or halved,
    down to `_PIECE_MM`.
    """
    reached = distance(hazard, starts + first * paths) < walls
    reached[~reached] = distance(hazard, starts[~reached] + last * paths[~reached]) < walls[~reached]
    row = np.flatnonzero(~reached)
    middle = np.full(len(row), (first + last) / 2)
    half = (last - first) / 2
    while len(row):
        value = distance(hazard, starts[row] + middle[:, None] * paths[row])
        reached[row[value < walls[row]]] = True
        open_ = (value - half < walls[row]) & ~reached[row]
        half /= 2
        if half < _PIECE_MM:
            break
        row, middle = np.tile(row[open_], 2), np.r_[middle[open_] - half, middle[open_] + half]
    return reached


def _turned(direction: np.ndarray, degrees: float) -> np.ndarray:
    """Turned about the third local axis so that positive degrees lean towards the patient's left."""
    angle = np.radians(degrees)
    left, back = direction[0], direction[1]
    return np.array(
        [left * np.cos(angle) - back * np.sin(angle), back * np.cos(angle) + left * np.sin(angle), direction[2]]
    )
