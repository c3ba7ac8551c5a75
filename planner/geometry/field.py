"""Distance fields on a regular grid: fast, approximate answers where a search asks a million times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.geometry.placed import Placed
from planner.geometry.surface import Surface


@dataclass(frozen=True, eq=False, kw_only=True)
class Field:
    """Several scalar fields on one grid.

    ``values`` (nx, ny, nz, h) float32 stand at ``origin + index * spacing_mm``.

    Points outside the grid get the value of the nearest face of the grid.
    """

    origin: np.ndarray
    spacing_mm: float
    values: np.ndarray

    def at(self, points: np.ndarray) -> np.ndarray:
        """Return (..., h) values by trilinear interpolation at points (..., 3)."""
        shape = np.array(self.values.shape[:3])
        flat = self.values.reshape(-1, self.values.shape[3])
        where = (np.asarray(points, np.float32).reshape(-1, 3) - self.origin.astype(np.float32)) / np.float32(
            self.spacing_mm
        )
        np.clip(where, 0, (shape - 1).astype(np.float32) - np.float32(1e-3), out=where)
        base = where.astype(np.int32)
        where -= base  # now the place within the cell, still float32
        across, up = int(shape[1] * shape[2]), int(shape[2])
        index = base[:, 0] * across + base[:, 1] * up + base[:, 2]
        x, y, z = (where[:, k, None] for k in range(3))
        result = np.zeros((len(index), flat.shape[1]), np.float32)
        for dx, wx in ((0, 1 - x), (across, x)):
            for dy, wy in ((0, 1 - y), (up, y)):
                low = flat[index + (dx + dy)]
                low += z * (flat[index + (dx + dy + 1)] - low)
                low *= wx * wy
                result += low
        return result.reshape(*np.shape(points)[:-1], flat.shape[1])


def grid_points(
    low: np.ndarray, high: np.ndarray, spacing_mm: float
) -> tuple[np.ndarray, tuple[int, int, int]]:
    """Return the nodes (n, 3) of a grid that covers a box, and its shape."""
    shape = tuple(int(n) for n in np.ceil((np.asarray(high) - low) / spacing_mm).astype(int) + 1)
    axes = [low[k] + spacing_mm * np.arange(shape[k]) for k in range(3)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3), shape


def occupancy(
    surface: Surface, low: np.ndarray, shape: tuple[int, int, int], spacing_mm: float
) -> np.ndarray:
    """Return a bool grid: True inside the surface.

    A closed surface is filled by signed winding along columns of the grid, which overlapping bodies do not
    upset; an open one by generalised winding numbers, which are slower.
    """
    if not surface.is_closed:
        nodes, _ = grid_points(low, low + spacing_mm * (np.array(shape) - 1), spacing_mm)
        return surface.contains(nodes).reshape(shape)
    # A tiny shift keeps columns off vertices and edges, where a crossing would count twice or not at all.
    shift = spacing_mm * np.array([1.3e-5, 2.7e-5])
    far = low[:2] + spacing_mm * (np.array(shape[:2]) - 1)
    flat = surface.vertices[:, :2]
    beyond = [flat[:, k] < low[k] for k in (0, 1)] + [flat[:, k] > far[k] for k in (0, 1)]
    away = np.logical_or.reduce([side[surface.faces].all(axis=1) for side in beyond])
    corners = surface.vertices[surface.faces[~away]]
    plane = (corners[:, :, :2] - low[:2] - shift) / spacing_mm
    first = np.maximum(np.ceil(plane.min(axis=1)), 0).astype(int)
    last = np.minimum(np.floor(plane.max(axis=1)), np.array(shape[:2]) - 1).astype(int)
    span = np.maximum(last - first + 1, 0)
    count = span[:, 0] * span[:, 1]
    face = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(face)) - np.repeat(np.cumsum(count) - count, count)
    column = first[face] + np.stack([within // span[face, 1], within % span[face, 1]], axis=1)
    a, b, c = (plane[face, k] for k in range(3))

    def doubled(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        return (q[:, 0] - p[:, 0]) * (r[:, 1] - p[:, 1]) - (q[:, 1] - p[:, 1]) * (r[:, 0] - p[:, 0])

    whole = doubled(a, b, c)
    u, v, w = doubled(column, b, c), doubled(a, column, c), doubled(a, b, column)
    hit = (whole != 0) & (np.sign(u) * np.sign(whole) >= 0) & (np.sign(v) * np.sign(whole) >= 0)
    hit &= np.sign(w) * np.sign(whole) >= 0
    u, v, w, whole, face, column = u[hit], v[hit], w[hit], whole[hit], face[hit], column[hit]
    height = (u * corners[face, 0, 2] + v * corners[face, 1, 2] + w * corners[face, 2, 2]) / whole
    step = np.ceil((height - low[2]) / spacing_mm).astype(int).clip(0, shape[2])
    winding = np.zeros((shape[0], shape[1], shape[2] + 1), np.int32)
    # Seen from below, an outward face that looks down (whole < 0) is where the column enters the bone.
    np.add.at(winding, (column[:, 0], column[:, 1], step), np.where(whole < 0, 1, -1))
    return np.cumsum(winding, axis=2)[:, :, : shape[2]] > 0


def bone_field(
    bone: Placed, low: np.ndarray, high: np.ndarray, spacing_mm: float = 0.5, masses: tuple[Placed, ...] = ()
) -> Field:
    """Signed distance to bone in a box of the local frame, positive inside, cut off at one grid step.

    It is exact at the corners of every cell that the surface cuts; further off only the sign and the cut-off
    are told. Bone inside a mass counts as outside: it is not bone.
    """
    nodes, shape = grid_points(low, high, spacing_mm)
    values = _signed(bone, nodes, low, shape, spacing_mm)
    for mass in masses:
        values = np.minimum(values, -_signed(mass, nodes, low, shape, spacing_mm))
    return Field(origin=np.asarray(low, float), spacing_mm=spacing_mm, values=values[..., None])


def _signed(
    placed: Placed, nodes: np.ndarray, low: np.ndarray, shape: tuple[int, int, int], spacing_mm: float
) -> np.ndarray:
    inside = occupancy(placed.local, low, shape, spacing_mm)
    # A node is near the surface if the 3 x 3 x 3 nodes about it are not all on one side.
    some, every = inside.copy(), inside.copy()
    for axis in range(3):
        for grid, join in ((some, np.logical_or), (every, np.logical_and)):
            before = grid.copy()
            ahead, behind = [slice(None)] * 3, [slice(None)] * 3
            ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
            ahead, behind = tuple(ahead), tuple(behind)
            grid[ahead] = join(grid[ahead], before[behind])
            grid[behind] = join(grid[behind], before[ahead])
    values = np.where(inside, spacing_mm, -spacing_mm).astype(np.float32)
    band = some & ~every
    distance, _, _ = placed.closest(nodes[band.ravel()])
    values[band] = np.sign(values[band]) * np.minimum(distance, spacing_mm)
    return values
