"""The four numbers a trajectory has, the window a technique allows them, and the axes they stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.geometry.axes import SIGN, direction_from_angles
from planner.geometry.placed import Placed
from planner.reference.hazards import setting
from planner.reference.techniques import Technique

_BRIDGES = ("pars_isthmus", "pedicle_isthmus", "lamina")
"""What a technique's axis passes; every other origin is a place on the dorsal surface."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Window:
    """A box of trajectories on one side of one vertebra, in its own frame.

    The parameters are (medial mm, cranial mm, lateral deg, cephalad deg), between ``low`` and ``high`` (4,);
    ``ideal`` is the technique's own choice. ``side`` is the side of the screw's head. The offsets move the
    entry on the dorsal surface away from ``origin``; where ``through`` is True they move the axis across the
    bridge of bone at ``origin``, and the entry is where that axis first meets bone from behind.
    """

    technique: Technique
    side: str
    origin: np.ndarray
    origin_name: str
    low: np.ndarray
    high: np.ndarray
    ideal: np.ndarray
    through: bool
    surface: Placed

    def directions(self, parameters: np.ndarray) -> np.ndarray:
        """Unit directions (n, 3) of parameters (n, 4)."""
        lateral, cephalad = np.radians(parameters[:, 2]), np.radians(parameters[:, 3])
        flat = np.cos(cephalad)
        return np.stack([SIGN[self.side] * np.sin(lateral) * flat, -np.cos(lateral) * flat, np.sin(cephalad)], axis=1)

    def axes(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (entries, directions), each (n, 3); an entry is nan where there is no allowed bone."""
        directions = self.directions(parameters)
        medial = -SIGN[self.side] * parameters[:, 0]
        if self.through:
            # Offsets across the axis of the ideal direction: sideways, and square to both.
            forward = direction_from_angles(self.side, self.ideal[2], self.ideal[3])
            sideways = np.cross(forward, [0.0, 0.0, 1.0])
            sideways *= np.sign(sideways[0]) / np.linalg.norm(sideways)
            upwards = np.cross(forward, sideways)
            upwards *= np.sign(upwards[2])
            middle = self.origin + medial[:, None] * sideways + parameters[:, 1, None] * upwards
            entries, _ = self.surface.first_hit(middle - 40.0 * directions, directions)
            run = np.einsum("ij,ij->i", middle - entries, directions)
            entries[~(run > 0)] = np.nan
            return entries, directions
        start = np.stack(
            [
                self.origin[0] + medial,
                np.full(len(medial), self.origin[1] + 30.0),
                self.origin[2] + parameters[:, 1],
            ],
            axis=1,
        )
        entries, _ = self.surface.first_hit(start, np.tile([0.0, -1.0, 0.0], (len(start), 1)))
        entries[~(np.abs(entries[:, 1] - self.origin[1]) < setting("entry_off_face_mm"))] = np.nan
        return entries, directions


def window_of(
    technique: Technique,
    side: str,
    origin: np.ndarray,
    origin_name: str,
    surface: Placed,
    reference_deg: float,
) -> Window:
    """Return a technique's window about a landmark.

    ``reference_deg`` is the elevation, in the sagittal plane, of what the technique aims by; the aim is
    turned into elevation over the transverse plane at the technique's lateral angle.
    """
    sagittal = np.radians(reference_deg + technique.sagittal_deg)
    cephalad = np.degrees(np.arctan(np.tan(sagittal) * np.cos(np.radians(technique.lateral_deg))))
    ideal = np.array([technique.medial_mm, technique.cranial_mm, technique.lateral_deg, cephalad])
    half = np.array(
        [
            technique.medial_window_mm,
            technique.cranial_window_mm,
            technique.lateral_window_deg,
            technique.sagittal_window_deg,
        ]
    )
    low, high = ideal - half, ideal + half
    high[3] = min(high[3], 80.0)
    return Window(
        technique=technique, side=side, origin=np.asarray(origin, float), origin_name=origin_name,
        low=low, high=high, ideal=ideal, surface=surface,
        through=technique.entry_from in _BRIDGES,
    )  # fmt: skip
