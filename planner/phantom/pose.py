"""Rigid moves of synthetic bones."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pose:
    """The move ``x -> rotation @ x + offset``; call it on points (3,) or (n, 3)."""

    rotation: np.ndarray = field(default_factory=lambda: np.eye(3))
    offset: np.ndarray = field(default_factory=lambda: np.zeros(3))

    def __call__(self, points: np.ndarray) -> np.ndarray:
        return np.asarray(points, float) @ self.rotation.T + self.offset

    def after(self, first: Pose) -> Pose:
        """The pose that does `first`, then this one."""
        return Pose(rotation=self.rotation @ first.rotation, offset=self(first.offset))

    @property
    def inverse(self) -> Pose:
        return Pose(rotation=self.rotation.T, offset=-self.rotation.T @ self.offset)


def turn(axis: int, angle_deg: float) -> np.ndarray:
    """Right-handed rotation about x (0), y (1) or z (2)."""
    a = np.radians(angle_deg)
    c, s = np.cos(a), np.sin(a)
    j, k = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[j, j] = matrix[k, k] = c
    matrix[j, k], matrix[k, j] = -s, s
    return matrix


def tilt(angle_deg: float) -> np.ndarray:
    """Rotation about the left axis; a positive angle tips the top forwards (flexion)."""
    return turn(0, angle_deg)


def about(center: np.ndarray, rotation: np.ndarray, shift: np.ndarray | float = 0.0) -> Pose:
    """Rotate about a point, then shift."""
    center = np.asarray(center, float)
    return Pose(rotation=rotation, offset=center - rotation @ center + shift)
