"""The standard views: where the eye stands, what is up, and which side of the patient lies where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from planner.geometry.axes import Frame, unit


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view in a frame's (l, p, s): ``look`` is the direction of sight, ``up`` the top of the picture.

    ``letters`` stand at the left and right edge of the picture. ``margins`` maps a patient side to the edge
    of the picture (-1 left, 1 right) where its notes stand; a side that is missing has no notes here.
    """

    name: str
    heading: str
    caption: str
    look: tuple[float, float, float]
    up: tuple[float, float, float]
    letters: tuple[str, str]
    margins: dict[str, int]

    def axes(self, frame: Frame) -> np.ndarray:
        """(3, 3) rows: the picture's right, its top and the direction towards the eye, in world space."""
        look = unit(frame.direction_to_world(np.array(self.look)))
        up = frame.direction_to_world(np.array(self.up))
        right = unit(np.cross(look, up))
        return np.array([right, np.cross(right, look), -look])


POSTERIOR = View(
    name="posterior",
    heading="From behind",
    caption="The patient's left is on the left of the picture.",
    look=(0, -1, 0),
    up=(0, 0, 1),
    letters=("L", "R"),
    margins={"left": -1, "right": 1},
)
LATERAL_LEFT = View(
    name="lateral_left",
    heading="From the left",
    caption="The front of the neck is on the left of the picture. Notes for the left side.",
    look=(-1, 0, 0),
    up=(0, 0, 1),
    letters=("A", "P"),
    margins={"left": 1},
)
LATERAL_RIGHT = View(
    name="lateral_right",
    heading="From the right",
    caption="The front of the neck is on the right of the picture. Notes for the right side.",
    look=(1, 0, 0),
    up=(0, 0, 1),
    letters=("P", "A"),
    margins={"right": -1},
)
OBLIQUE = View(
    name="oblique",
    heading="From behind, the right and above",
    caption="The patient's left is on the left of the picture.",
    look=(0.5, -0.75, -0.45),
    up=(0, 0, 1),
    letters=("L", "R"),
    margins={"left": -1, "right": 1},
)
AXIAL = View(
    name="axial",
    heading="Axial",
    caption="Seen from below, as an axial CT slice: the patient's right is on the left of the picture.",
    look=(0, 0, 1),
    up=(0, -1, 0),
    letters=("R", "L"),
    margins={"right": -1, "left": 1},
)

COLUMN_VIEWS = {view.name: view for view in (POSTERIOR, LATERAL_LEFT, LATERAL_RIGHT, OBLIQUE)}


def view_names(levels: Iterable[str]) -> tuple[str, ...]:
    """Every name that ``--view`` of a screenshot takes: the column's views and each level's axial one."""
    return (*COLUMN_VIEWS, *(f"axial_{level}" for level in levels))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Camera:
    """A parallel projection: world mm to pixels from the lower left corner of the picture."""

    axes: np.ndarray
    focus: np.ndarray
    mm_per_pixel: float
    size: tuple[int, int]

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """(n, 2) pixel coordinates of world points (n, 3)."""
        across = (np.atleast_2d(points) - self.focus) @ self.axes[:2].T
        return across / self.mm_per_pixel + np.array(self.size) / 2


def fitted(
    view: View, frame: Frame, points: np.ndarray, size: tuple[int, int], room: tuple[int, int, int, int]
) -> Camera:
    """Aim so that all ``points`` fall into ``room`` (left, bottom, right, top, pixels), large."""
    return framed(view.axes(frame), points, size, room)


def framed(axes: np.ndarray, points: np.ndarray, size: tuple[int, int], room: tuple[int, int, int, int]) -> Camera:
    """The same for any axes: rows are the picture's right, its top and the direction towards the eye."""
    flat = points @ axes.T
    low, high = flat.min(axis=0), flat.max(axis=0)
    spans = np.maximum(high - low, 1.0)
    scale = max(spans[0] / (room[2] - room[0]), spans[1] / (room[3] - room[1]))
    middle = (low + high) / 2
    shift = (np.array([(room[0] + room[2]) / 2, (room[1] + room[3]) / 2]) - np.array(size) / 2) * scale
    middle[:2] -= shift
    return Camera(axes=axes, focus=middle @ axes, mm_per_pixel=float(scale), size=size)
