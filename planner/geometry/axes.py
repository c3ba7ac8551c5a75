"""Every axis and sign convention of the project, in one place.

- World space is DICOM's **LPS**: +x to the patient's left, +y posterior, +z superior; millimetres.
- A vertebra's frame is right-handed with ``left x posterior = superior``; local coordinates are
  written ``(l, p, s)``.
- Sides are the patient's: ``"left"`` has l > 0 in the vertebra's frame, ``"right"`` l < 0.
- ``lateral_deg`` > 0 points away from the midline (a lateral mass screw), < 0 towards it (a pedicle
  or pars screw). ``cephalad_deg`` > 0 points towards the head.
- Signed distance to bone is positive inside the bone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.errors import FrameError

SIDES = ("left", "right")
SIGN = {"left": 1.0, "right": -1.0}
OPPOSITE = {"left": "right", "right": "left"}

_LETTERS = {"L": (0, 1.0), "R": (0, -1.0), "P": (1, 1.0), "A": (1, -1.0), "S": (2, 1.0), "I": (2, -1.0)}


def space_to_lps(code: str) -> np.ndarray:
    """Return the 3x3 matrix that turns coordinates of a three-letter space into LPS.

    The letters say where each axis grows towards, in nibabel's sense: ``RAS`` grows to the right, to
    the front and to the head; ``ASR`` to the front, to the head and to the right. The matrix has
    determinant -1 when the code names a left-handed arrangement: points stay where they are in the
    patient, but triangle winding must be turned.

    >>> space_to_lps("RAS") @ [10.0, 20.0, 30.0]
    array([-10., -20.,  30.])
    """
    letters = code.upper()
    if len(letters) != 3 or any(c not in _LETTERS for c in letters):
        raise FrameError(
            f"'{code}' is not a three-letter axis code.",
            "Use one letter of each pair L/R, P/A, S/I, such as LPS, RAS or ASR.",
        )
    matrix = np.zeros((3, 3))
    for column, letter in enumerate(letters):
        row, sign = _LETTERS[letter]
        matrix[row, column] = sign
    if abs(np.linalg.det(matrix)) < 0.5:
        raise FrameError(
            f"The axis code '{code}' names one direction twice.",
            "Use one letter of each pair L/R, P/A, S/I, such as LPS, RAS or ASR.",
        )
    return matrix


def unit(vector: np.ndarray) -> np.ndarray:
    """Scale a vector, or each row of an (n, 3) array, to length 1."""
    vector = np.asarray(vector, float)
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)


def across(direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors square to a unit direction and to each other; which two is arbitrary but fixed."""
    a = np.cross(direction, [1.0, 0, 0] if abs(direction[0]) < 0.9 else [0, 1.0, 0])
    a /= np.linalg.norm(a)
    return a, np.cross(direction, a)


def angle_deg(a: np.ndarray, b: np.ndarray) -> float:
    """Angle between two vectors, 0 to 180 degrees."""
    return float(np.degrees(np.arccos(np.clip(unit(a) @ unit(b), -1.0, 1.0))))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """A vertebra's own axes in world space: right-handed, ``left x posterior = superior``.

    ``origin`` is a point in the middle of the vertebral body. Local coordinates are ``(l, p, s)`` mm.
    """

    origin: np.ndarray
    left: np.ndarray
    posterior: np.ndarray
    superior: np.ndarray

    def __post_init__(self) -> None:
        axes = self.axes
        if not np.allclose(axes @ axes.T, np.eye(3), atol=1e-6) or np.linalg.det(axes) < 0:
            raise ValueError("A frame's axes must be orthonormal and right-handed.")

    @classmethod
    def from_axes(cls, origin: np.ndarray, left: np.ndarray, superior: np.ndarray) -> Frame:
        """Build a frame from L and a rough S: S is made square to L, and P follows as S x L."""
        left = unit(left)
        superior = np.asarray(superior, float)
        superior = unit(superior - (superior @ left) * left)
        return cls(origin=np.asarray(origin, float), left=left, posterior=np.cross(superior, left), superior=superior)

    @property
    def axes(self) -> np.ndarray:
        """(3, 3) array whose rows are L, P and S: ``axes @ world_vector`` is local."""
        return np.array([self.left, self.posterior, self.superior])

    def to_local(self, points: np.ndarray) -> np.ndarray:
        """World points (..., 3) to local (l, p, s)."""
        return (np.asarray(points, float) - self.origin) @ self.axes.T

    def to_world(self, points: np.ndarray) -> np.ndarray:
        """Local points (..., 3) to world."""
        return np.asarray(points, float) @ self.axes + self.origin

    def direction_to_local(self, vectors: np.ndarray) -> np.ndarray:
        """World directions (..., 3) to local."""
        return np.asarray(vectors, float) @ self.axes.T

    def direction_to_world(self, vectors: np.ndarray) -> np.ndarray:
        """Local directions (..., 3) to world."""
        return np.asarray(vectors, float) @ self.axes

    def moved_to(self, origin: np.ndarray) -> Frame:
        """Return the same axes about another world origin."""
        return Frame(origin=np.asarray(origin, float), left=self.left, posterior=self.posterior, superior=self.superior)


def direction_from_angles(side: str, lateral_deg: float, cephalad_deg: float) -> np.ndarray:
    """Local unit direction of a screw that enters from behind.

    ``lateral_deg`` is measured in the frame's l-p plane from straight ahead, positive away from the
    midline; ``cephalad_deg`` is the elevation over that plane, positive towards the head.
    """
    lateral, cephalad = np.radians(lateral_deg), np.radians(cephalad_deg)
    return np.array(
        [
            SIGN[side] * np.sin(lateral) * np.cos(cephalad),
            -np.cos(lateral) * np.cos(cephalad),
            np.sin(cephalad),
        ]
    )


def angles_of(side: str, direction: np.ndarray) -> tuple[float, float]:
    """Return (lateral_deg, cephalad_deg) of a local direction; inverse of `direction_from_angles`."""
    l, p, s = unit(direction)
    return float(np.degrees(np.arctan2(SIGN[side] * l, -p))), float(np.degrees(np.arcsin(np.clip(s, -1, 1))))
