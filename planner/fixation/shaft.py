"""A screw's shaft along many axes at once: clearance from every hazard, bone ahead, purchase.

The shaft is a capsule: its axis runs from the depth of the entry cortex to one radius short of the tip. An
axis is sampled each `STEP_MM`, so one pass serves every length.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from planner.geometry.field import Field
from planner.reference.hazards import setting

STEP_MM = 0.5
_RING = 8


@dataclass(frozen=True, eq=False, kw_only=True)
class Ground:
    """The fields a search walks on: bone (signed distance) and hazards by name, in one vertebra's frame.

    ``grip`` is what a thread holds in, where that is less than what the shaft may pass.
    """

    bone: Field
    hazards: Field
    names: tuple[str, ...]
    grip: Field | None = None

    @property
    def held(self) -> Field:
        return self.bone if self.grip is None else self.grip


@lru_cache(maxsize=64)
def depths_to(longest_mm: float, radius_mm: float) -> np.ndarray:
    """Depths of the stations, from the entry to a little past the longest screw.

    They are laid so that the end of the shaft's axis (length less radius) of every whole length is one of
    them, and so is the end of the entry cortex, from where clearance counts.
    """
    depths = np.union1d(np.arange(-radius_mm % STEP_MM, longest_mm + 3.0, STEP_MM), setting("entry_cortex_mm"))
    depths.setflags(write=False)
    return depths


def stations(entries: np.ndarray, directions: np.ndarray, depths: np.ndarray) -> np.ndarray:
    """Points (n, t, 3) along axes; each coordinate lies in one piece of memory, as sums and fields want it."""
    points = directions.T[:, :, None] * depths
    points += entries.T[:, :, None]
    return points.transpose(1, 2, 0)


def across(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors (n, 3) square to each direction and to each other."""
    x, y, z = directions.T
    none = np.zeros_like(x)
    # The direction crossed with the third axis or, where it runs along that, with the first.
    first = np.where(np.abs(z) < 0.9, [y, -x, none], [none, z, -y])
    a, b, c = first = first / np.linalg.norm(first, axis=0)
    return first.T, np.stack([y * c - z * b, z * a - x * c, x * b - y * a], axis=1)


def ring(entries: np.ndarray, directions: np.ndarray, depths: np.ndarray, radius_mm: float) -> np.ndarray:
    """Points (n, t, 8, 3) on the thread's circumference."""
    first, second = across(directions)
    turn = 2 * np.pi * np.arange(_RING) / _RING
    spokes = radius_mm * (np.cos(turn) * first.T[:, :, None] + np.sin(turn) * second.T[:, :, None])
    axis = stations(entries, directions, depths).transpose(2, 0, 1)
    return (axis[..., None] + spokes[:, :, None]).transpose(1, 2, 3, 0)


def round_about(inside: np.ndarray) -> np.ndarray:
    """True (n, t) where the table's share of a thread's circumference, (n, t, 8) bool, is so."""
    count = np.bitwise_count(np.ascontiguousarray(inside).view(np.uint64)[..., 0])
    return count >= (setting("thread_share") - 1e-9) * _RING


def exit_depth(bone: np.ndarray, depths: np.ndarray) -> np.ndarray:
    """Depth (n,) at which axes leave bone past the entry cortex, the last depth where one never does.

    ``bone`` (n, t) is the signed distance at the stations; between two of them it is taken as linear.
    """
    outside = bone < 0
    outside[:, depths < setting("entry_cortex_mm")] = False
    k, rows = np.argmax(outside, axis=1), np.arange(len(bone))
    before, after = bone[rows, np.maximum(k - 1, 0)], bone[rows, k]
    share = np.where(before > 0, before / np.maximum(before - after, 1e-9), 0.0)
    depth = depths[np.maximum(k - 1, 0)] + share * (depths[k] - depths[np.maximum(k - 1, 0)])
    return np.where(outside.any(axis=1), depth, depths[-1])


def purchase_along(
    ground: Ground, entries: np.ndarray, directions: np.ndarray, radius_mm: float, longest_mm: float,
    slack_mm: np.ndarray | float = 0.0, step_mm: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return (ends (t,), purchase (n, t)): the purchase of a screw that ends at each depth.

    A slice of shaft counts if at least the table's share of its circumference lies in bone. With
    ``slack_mm`` (n, t) or a number, points within that distance outside bone count too: an upper bound over
    a neighbourhood.
    """
    ends = np.arange(step_mm, longest_mm + step_mm / 2, step_mm)
    middle = ends - step_mm / 2
    value = ground.held.at(ring(entries, directions, middle, radius_mm))[..., 0]
    inside = value > -np.asarray(slack_mm)[..., None] if np.ndim(slack_mm) else value > -slack_mm
    return ends, step_mm * np.cumsum(round_about(inside), axis=1)


def clearance_to(ground: Ground, points: np.ndarray, depths: np.ndarray, radius_mm: float) -> np.ndarray:
    """Return (n, t, h): clearance from each hazard of a shaft whose axis ends at each depth.

    Before the end of the entry cortex nothing is graded: the value there is +inf.
    """
    value = ground.hazards.at(points) - radius_mm
    value[:, depths < setting("entry_cortex_mm")] = np.inf
    return np.minimum.accumulate(value, axis=1)
