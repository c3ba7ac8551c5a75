"""A vertebra laid over its own mirror image: the first reference for anything that has two sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.geometry.axes import Frame
from planner.geometry.surface import Surface

_FLIP = np.diag([-1.0, 1.0, 1.0])
_SAMPLES = 1500
_ROUNDS = 6
_RADIUS_MM = 30.0
_KEPT = 0.65
# Registration is allowed to mend what a frame may be wrong by, and no more.
_LARGEST_TURN_DEG = 6.0
_LARGEST_SHIFT_MM = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mirror:
    """``x -> matrix @ x + offset`` in local (l, p, s) mm: a reflection that lays the bone over itself.

    ``residual_mm`` is the trimmed mean distance between the mirrored surface and the bone.
    """

    matrix: np.ndarray
    offset: np.ndarray
    residual_mm: float

    def __call__(self, points: np.ndarray) -> np.ndarray:
        return np.asarray(points, float) @ self.matrix.T + self.offset

    def back(self, points: np.ndarray) -> np.ndarray:
        """Where mirrored points came from."""
        return (np.asarray(points, float) - self.offset) @ self.matrix

    def surface(self, bone: Surface) -> Surface:
        """The mirror image of a surface given in local coordinates."""
        return bone.mapped(self.matrix, self.offset)


def mirror_of(vertebra: Vertebra) -> Mirror:
    """Return the reflection that best lays a vertebra over itself, see `own_mirror`."""
    return own_mirror(vertebra.surface, vertebra.frame)


def own_mirror(surface: Surface, frame: Frame) -> Mirror:
    """Return the reflection that best lays a bone over itself, from its frame's sagittal plane onwards.

    Trimmed point-to-plane registration of the mirrored surface within 30 mm of the body's centre (the
    closest 65 % of the samples), so that a destroyed part or an added mass does not pull it. Falls back to
    the plain sagittal plane where the registration would turn or shift by more than a frame can be wrong.
    """
    points, normals = surface.sampled(4 * _SAMPLES)
    points, normals = frame.to_local(points) @ _FLIP, frame.direction_to_local(normals) @ _FLIP
    inside = np.linalg.norm(points, axis=1) < _RADIUS_MM
    points, normals = points[inside][:_SAMPLES], normals[inside][:_SAMPLES]
    turn, shift = np.eye(3), np.zeros(3)
    residual = float("nan")
    for _ in range(_ROUNDS):
        moved, turned = points @ turn.T + shift, normals @ turn.T
        distance, foot, face = surface.closest(frame.to_world(moved))
        foot, across = frame.to_local(foot), frame.direction_to_local(surface.face_normals[face])
        agree = np.einsum("ij,ij->i", turned, across) > 0.7
        distance = np.where(agree, distance, np.inf)
        used = distance <= np.quantile(distance, _KEPT * max(agree.mean(), 1e-9))
        residual = float(distance[used].mean()) if used.any() else float("nan")
        step = point_to_plane(moved[used], foot[used], across[used])
        if step is None:
            break
        turn, shift = step[0] @ turn, step[0] @ shift + step[1]
    angle = np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)))
    drift = np.linalg.norm(shift)
    if angle > _LARGEST_TURN_DEG or drift > _LARGEST_SHIFT_MM or not np.isfinite(shift).all():
        return Mirror(matrix=_FLIP, offset=np.zeros(3), residual_mm=residual)
    return Mirror(matrix=turn @ _FLIP, offset=shift, residual_mm=residual)


def point_to_plane(points: np.ndarray, feet: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """One linearised step: the small turn and shift that bring points onto the planes at their feet."""
    from scipy.spatial.transform import Rotation

    if len(points) < 12:
        return None
    middle = points.mean(axis=0)
    system = np.hstack([np.cross(points - middle, normals), normals])
    gap = np.einsum("ij,ij->i", feet - points, normals)
    # A little damping keeps flat neighbourhoods from sliding along themselves.
    solved = np.linalg.solve(system.T @ system + 1e-3 * len(points) * np.eye(6), system.T @ gap)
    turn = Rotation.from_rotvec(solved[:3]).as_matrix()
    return turn, middle - turn @ middle + solved[3:]


def in_own_frame(vertebra: Vertebra) -> Surface:
    """The bone in local (l, p, s) coordinates."""
    return vertebra.surface.in_frame(vertebra.frame)
