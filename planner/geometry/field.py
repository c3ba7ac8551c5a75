"""Distance fields on a regular grid: fast, approximate answers where a search asks a million times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.geometry.crossings import cross
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

    @cached_property
    def _steps(self) -> np.ndarray:
        """(h, nodes) complex64: each node's value, and in the imaginary part the step to the next node along z."""
        step = np.zeros_like(self.values)
        np.subtract(self.values[:, :, 1:], self.values[:, :, :-1], out=step[:, :, :-1])
        pairs = np.empty((self.values.shape[3], self.values[..., 0].size), np.complex64)
        pairs.real = self.values.reshape(-1, len(pairs)).T
        pairs.imag = step.reshape(-1, len(pairs)).T
        return pairs

    def at(self, points: np.ndarray) -> np.ndarray:
        """Return (..., h) values by trilinear interpolation at points (..., 3)."""
        shape, points = self.values.shape[:3], np.asarray(points)
        places, cells = [], []
        for k in range(3):
            place = points[..., k].astype(np.float32).ravel()
            place -= np.float32(self.origin[k])
            place /= np.float32(self.spacing_mm)
            np.clip(place, np.float32(0.0), np.float32(shape[k] - 1) - np.float32(1e-3), out=place)
            cells.append(place.astype(np.int32))
            place -= cells[k]  # now the place within the cell
            places.append(place)
        up, across = shape[2], shape[1] * shape[2]
        index = (cells[0] * across + cells[1] * up + cells[2]).astype(np.intp)
        corners = (index, index + up, index + across, index + across + up)
        x, y, z = places
        # One look-up for each edge of the cell along z, then blends in place: along z, y and x.
        found = np.empty((len(self._steps), len(index)), np.float32)
        for pairs, value in zip(self._steps, found, strict=True):
            edges = []
            for corner in corners:
                pair = pairs.take(corner)
                edge = pair.imag * z
                edge += pair.real
                edges.append(edge)
            for low, high, share in ((0, 1, y), (2, 3, y), (0, 2, x)):
                edges[high] -= edges[low]
                edges[high] *= share
                edges[low] += edges[high]
            value[:] = edges[0]
        # Kinds lie apart in memory, so that a least or a difference over them runs along the points.
        return found.T.reshape(*points.shape[:-1], len(found))


def grid_points(low: np.ndarray, high: np.ndarray, spacing_mm: float) -> tuple[np.ndarray, tuple[int, int, int]]:
    """Return the nodes (n, 3) of a grid that covers a box, and its shape."""
    shape = tuple(int(n) for n in np.ceil((np.asarray(high) - low) / spacing_mm).astype(int) + 1)
    axes = [low[k] + spacing_mm * np.arange(shape[k]) for k in range(3)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3), shape


def occupancy(surface: Surface, low: np.ndarray, shape: tuple[int, int, int], spacing_mm: float) -> np.ndarray:
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

    Near the surface a node's distance is that to the plane through the surface's crossings of its three grid
    lines: exact for a flat wall, good to a few hundredths of a millimetre for a bone's. An open surface is
    asked for its closest points instead. Further off only the sign and the cut-off are told. Bone inside a
    mass counts as outside: it is not bone.
    """
    nodes, shape = grid_points(low, high, spacing_mm)
    values = _signed(bone, nodes, low, shape, spacing_mm)
    for mass in masses:
        values = np.minimum(values, -_signed(mass, nodes, low, shape, spacing_mm))
    return Field(origin=np.asarray(low, float), spacing_mm=spacing_mm, values=values[..., None])


def _signed(
    placed: Placed, nodes: np.ndarray, low: np.ndarray, shape: tuple[int, int, int], spacing_mm: float
) -> np.ndarray:
    if placed.surface.is_closed:
        return _from_crossings(placed.local.triangles, np.asarray(low, float), shape, spacing_mm)
    inside = occupancy(placed.local, low, shape, spacing_mm)
    values = np.where(inside, spacing_mm, -spacing_mm).astype(np.float32)
    band = _near_change(inside)
    distance, _, _ = placed.closest(nodes[band.ravel()])
    values[band] = np.sign(values[band]) * np.minimum(distance, spacing_mm)
    return values


def _near_change(inside: np.ndarray) -> np.ndarray:
    """True at nodes whose 3 x 3 x 3 neighbours are not all on one side."""
    some, every = inside.copy(), inside.copy()
    for axis in range(3):
        for grid, join in ((some, np.logical_or), (every, np.logical_and)):
            before = grid.copy()
            ahead, behind = [slice(None)] * 3, [slice(None)] * 3
            ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
            ahead, behind = tuple(ahead), tuple(behind)
            grid[ahead] = join(grid[ahead], before[behind])
            grid[behind] = join(grid[behind], before[ahead])
    return some & ~every


def _from_crossings(
    triangles: np.ndarray, low: np.ndarray, shape: tuple[int, int, int], spacing_mm: float
) -> np.ndarray:
    high = low + spacing_mm * (np.array(shape) - 1)
    # Nodes on each side of a crossing that hear of it: a slanted wall is met further along the line.
    reach = 2
    a, b, c = triangles.transpose(1, 0, 2)
    least_corner = np.minimum(np.minimum(a, b), c)
    greatest_corner = np.maximum(np.maximum(a, b), c)
    over = (least_corner[:, :2] <= high[:2]).all(axis=1) & (greatest_corner[:, :2] >= low[:2]).all(axis=1)
    rim = (reach + 1) * spacing_mm
    near = triangles[(least_corner < high + rim).all(axis=1) & (greatest_corner > low - rim).all(axis=1)]
    closeness = np.zeros(shape, np.float32)
    for axis in range(3):
        # Entries and exits are counted from below the box up, so the third axis needs what lies beneath it.
        lines = cross(triangles[over] if axis == 2 else near, axis, spacing_mm, low, high)
        along = (lines.height - low[axis]) / spacing_mm
        first = np.floor(along).astype(np.int64)
        count = shape[axis]
        if axis == 2:
            step = np.where(lines.entering, 1.0, -1.0)
            cell = lines.line * (count + 1) + np.ceil(along).astype(np.int64).clip(0, count)
            change = np.bincount(cell, weights=step, minlength=len(lines.u) * len(lines.v) * (count + 1))
            inside = np.cumsum(change.reshape(*lines.shape, count + 1), axis=2)[:, :, :count] > 0.5
        least = np.full(len(lines.u) * len(lines.v) * count, np.inf, np.float32)
        for node in range(1 - reach, 1 + reach):
            place = first + node
            here = (place >= 0) & (place < count)
            np.minimum.at(least, lines.line[here] * count + place[here], np.abs(along[here] - place[here]))
        least = np.moveaxis(least.reshape(*lines.shape, count), 2, axis)
        with np.errstate(divide="ignore"):
            closeness += 1.0 / (least * least)
    with np.errstate(divide="ignore"):
        distance = np.minimum(spacing_mm / np.sqrt(closeness), spacing_mm)
    return np.where(inside, distance, -distance).astype(np.float32)
