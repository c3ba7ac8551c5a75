"""How much of one lateral mass is found again in another bone's, after laying the one upon the other.

A construction always finds something, and a ball of calcification where a mass was cut away has a mass's volume
and a rear face in the right place. It has not its shape: of a real mass 0.7 to 0.9 is found again on the other
side, 0.5 to 0.9 at the next level, of what replaces a mass under 0.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.lateral_mass import MassBorders
from planner.anatomy.readout import Readout
from planner.geometry.axes import SIGN

SAMPLES = 14_000
BESIDE_MM, BEFORE_WALL_MM = 4.0, 10.0  # the half arch that is laid upon the other, with pedicle and transverse process
MASS_DEPTH_MM = 11.0
REAR_DEPTH_MM, PATCH_MM = 3.0, 4.0
FOUND_MM, LOOSE_MM, FOUND_COSINE = 1.5, 2.5, 0.7
ROUNDS, SOURCES, TRIM, MOST_TURN_DEG = 8, 400, 0.6, 12.0
FACING = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Half:
    """One side of a bone: surface samples with normals in (|l|, p, s), its mass' borders (None: no mass found)."""

    points: np.ndarray
    normals: np.ndarray
    tree: object
    borders: MassBorders | None
    side: str
    wall: np.ndarray
    foramen_l: float

    @classmethod
    def of(cls, readout: Readout, side: str) -> Half:
        from scipy.spatial import cKDTree

        surface, frame = readout.sounding.surface, readout.sounding.frame
        points, normals = surface.sampled(SAMPLES, seed=1)
        points, normals = frame.to_local(points), normals @ frame.axes.T
        flip = np.array([SIGN[side], 1.0, 1.0])
        wall = readout.body.wall
        here = (SIGN[side] * points[:, 0] > BESIDE_MM) & (points[:, 1] > wall[1] - BEFORE_WALL_MM)
        beside = [abs(float(t.center[0])) for t in readout.tunnels.values()]
        points, normals = points[here] * flip, normals[here] * flip
        return cls(
            points=points, normals=normals, tree=cKDTree(points), borders=readout.masses.get(side), side=side,
            wall=wall * [0, 1, 1], foramen_l=float(np.mean(beside)) if beside else float("nan"),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Shares (0 to 1) of a reference mass found again within 1.5 mm, facing the same way: all of it, and its rear
    face within 4 mm of the centre. ``whole_loose`` and ``rear_loose`` are the same within 2.5 mm."""

    whole: float
    rear: float
    whole_loose: float
    rear_loose: float

    def best(self, other: Likeness | None) -> Likeness:
        """The better of two references, part by part: a bone need be like one of them only."""
        if other is None:
            return self
        return Likeness(**{k: max(getattr(self, k), getattr(other, k)) for k in self.__slots__})


def likeness(reference: Half, target: Half) -> Likeness | None:
    """Lay ``reference`` upon ``target`` and look for its mass there; None where the reference shows no mass.

    The whole half arch is laid on, trimmed, so that the pedicle and the transverse process hold it where the mass
    is gone. Another level is first scaled by the distance of the foramina.
    """
    m = reference.borders
    if m is None or len(target.points) < 50:
        return None
    scale = target.foramen_l / reference.foramen_l
    scale = scale if np.isfinite(scale) else 1.0
    moved = (reference.points - reference.wall) * scale + target.wall
    rotation, shift = _laid(moved, reference.normals, target)
    l, p, s = reference.points.T
    mass = (
        (l > abs(m.medial[0])) & (l < abs(m.lateral[0]) + 1.5)
        & (p > m.center[1] - MASS_DEPTH_MM) & (s > m.inferior[2] - 1.0) & (s < m.top[2] + 1.0)
    )  # fmt: skip
    if mass.sum() < 50:
        return None
    distance, index = target.tree.query(moved[mass] @ rotation.T + shift, distance_upper_bound=LOOSE_MM)
    near = np.isfinite(distance)
    facing = np.einsum("ij,ij->i", reference.normals[mass] @ rotation.T, target.normals[np.where(near, index, 0)])
    loose = near & (facing > FOUND_COSINE)
    found = loose & (distance < FOUND_MM)
    rear = (
        (np.abs(l[mass] - abs(m.center[0])) < PATCH_MM) & (np.abs(s[mass] - m.center[2]) < PATCH_MM)
        & (p[mass] > m.center[1] - REAR_DEPTH_MM)
    )  # fmt: skip
    any_rear = bool(rear.any())
    return Likeness(
        whole=float(found.mean()), rear=float(found[rear].mean()) if any_rear else 0.0,
        whole_loose=float(loose.mean()), rear_loose=float(loose[rear].mean()) if any_rear else 0.0,
    )  # fmt: skip


def _laid(points: np.ndarray, normals: np.ndarray, target: Half) -> tuple[np.ndarray, np.ndarray]:
    """(rotation, shift) of trimmed rigid steps; a step that would turn it over 12 degrees in all is not taken."""
    from scipy.spatial.transform import Rotation

    step = max(1, len(points) // SOURCES)
    source, facing = points[::step], normals[::step]
    rotation, shift = np.eye(3), np.zeros(3)
    keep = int(TRIM * len(source))
    for _ in range(ROUNDS):
        distance, index = target.tree.query(source @ rotation.T + shift)
        same = np.einsum("ij,ij->i", facing @ rotation.T, target.normals[index]) > FACING
        best = np.argsort(np.where(same, distance, distance + 9.0))[:keep]
        a, b = source[best], target.points[index[best]]
        turn, _ = Rotation.align_vectors(b - b.mean(axis=0), a - a.mean(axis=0))
        if np.degrees(turn.magnitude()) > MOST_TURN_DEG:
            break
        rotation = turn.as_matrix()
        shift = b.mean(axis=0) - rotation @ a.mean(axis=0)
    return rotation, shift
