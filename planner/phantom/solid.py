"""Solids as distance-like fields: negative inside, positive outside, in mm, and how they are joined.

A solid is an evaluator with a box. Outside its box a solid is known to be further away than any blend
reaches, so a union of thirty parts costs little more than the few parts near each point. The joins are
the polynomial smooth minimum of Quilez (iquilezles.org, "smooth minimum"), which stays a distance
bound and changes nothing further away than the blend width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

FAR_MM = 30.0
REACH_MM = 3.6
"""How far outside its box a part is still evaluated: where the widest blend in use has faded to 0.02 mm."""

Field = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solid:
    """A field (n, 3) -> (n,) and the (2, 3) box that holds all of the solid."""

    field: Field
    box: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Return (n,) distance-like values at points (n, 3); `FAR_MM` well outside the box."""
        values = np.full(len(points), FAR_MM)
        low, high = self.box[0] - REACH_MM, self.box[1] + REACH_MM
        x, y, z = points.T
        near = (x > low[0]) & (x < high[0]) & (y > low[1]) & (y < high[1]) & (z > low[2]) & (z < high[2])
        if near.all():
            return self.field(points)
        if near.any():
            values[near] = self.field(points[near])
        return values

    def joined(self, other: Solid, blend_mm: float = 0.0) -> Solid:
        """Union with a fillet of about `blend_mm`."""
        box = np.array([np.minimum(self.box[0], other.box[0]), np.maximum(self.box[1], other.box[1])])
        return Solid(field=lambda x: smooth_min(self(x), other(x), blend_mm), box=box)

    def without(self, other: Solid, blend_mm: float = 0.0) -> Solid:
        """This solid less another, the new edge rounded by about `blend_mm`."""
        return Solid(field=lambda x: -smooth_min(-self(x), other(x), blend_mm), box=self.box)

    def within(self, other: Solid, blend_mm: float = 0.0) -> Solid:
        """The part common to both."""
        box = np.array([np.maximum(self.box[0], other.box[0]), np.minimum(self.box[1], other.box[1])])
        return Solid(field=lambda x: -smooth_min(-self(x), -other(x), blend_mm), box=box)

    def moved(self, rotation: np.ndarray, offset: np.ndarray) -> Solid:
        """The solid after ``x -> rotation @ x + offset``."""
        corners = np.stack(np.meshgrid(*self.box.T, indexing="ij"), axis=-1).reshape(-1, 3) @ rotation.T + offset
        box = np.array([corners.min(axis=0), corners.max(axis=0)])
        return Solid(field=lambda x: self((x - offset) @ rotation), box=box)


def smooth_min(a: np.ndarray, b: np.ndarray, blend_mm: float) -> np.ndarray:
    """Smaller of two fields, rounded where they differ by less than `blend_mm`."""
    if blend_mm <= 0:
        return np.minimum(a, b)
    overlap = np.maximum(blend_mm - np.abs(a - b), 0.0)
    return np.minimum(a, b) - overlap * overlap / (4.0 * blend_mm)


def union(parts: Iterable[tuple[Solid, float]]) -> Solid:
    """Join (solid, blend) pairs one after the other; each blend is that of the joint with what came before."""
    parts = list(parts)
    box = np.array([
        np.min([solid.box[0] for solid, _ in parts], axis=0),
        np.max([solid.box[1] for solid, _ in parts], axis=0),
    ])  # fmt: skip

    def field(points: np.ndarray) -> np.ndarray:
        value = parts[0][0](points)
        for solid, blend in parts[1:]:
            value = smooth_min(value, solid(points), blend)
        return value

    return Solid(field=field, box=box)


def both_sides(solid: Solid) -> Solid:
    """The solid and its mirror image across x = 0, given the half with x > 0."""
    reach = max(abs(solid.box[0, 0]), abs(solid.box[1, 0]))
    box = np.array([[-reach, *solid.box[0, 1:]], [reach, *solid.box[1, 1:]]])
    return Solid(field=lambda x: solid(np.column_stack([np.abs(x[:, 0]), x[:, 1:]])), box=box)
