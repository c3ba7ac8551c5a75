"""Where the lines of a regular grid cross a surface, and the solid that follows from it.

Crossings are exact (line against triangle), so profiles marched over them are as exact as mesh sections and
far cheaper. A solid is filled by counting entries and exits along each line; a count above zero is inside,
which holds for overlapping shells (performance measured: 10-50 ms for a vertebra at 0.5 mm).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Grid lines are moved off round coordinates, so that none runs exactly through a vertex or along an edge.
_JITTER = np.array([1.37e-4, 2.71e-4])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crossings:
    """Crossings of grid lines parallel to one axis, sorted by line and height.

    ``line`` (n,) indexes the flattened (nu, nv) grid, ``height`` (n,) is the coordinate along the axis and
    ``entering`` (n,) is True where the line passes into the bone on its way up.
    """

    u: np.ndarray
    v: np.ndarray
    line: np.ndarray
    height: np.ndarray
    entering: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.u), len(self.v)

    def topmost(self) -> np.ndarray:
        """(nu, nv) greatest height on each line; nan on lines without a crossing."""
        out = np.full(self.shape, np.nan).ravel()
        last = np.append(self.line[1:] != self.line[:-1], True)
        out[self.line[last]] = self.height[last]
        return out.reshape(self.shape)

    def lowest(self) -> np.ndarray:
        """(nu, nv) least height on each line; nan on lines without a crossing."""
        out = np.full(self.shape, np.nan).ravel()
        first = np.append(True, self.line[1:] != self.line[:-1])
        out[self.line[first]] = self.height[first]
        return out.reshape(self.shape)

    def last_entry(self) -> np.ndarray:
        """(nu, nv) height of the last entering crossing below the topmost one; nan where there is none."""
        out = np.full(self.shape, np.nan).ravel()
        out[self.line[self.entering]] = self.height[self.entering]
        return out.reshape(self.shape)

    def on_line(self, i: int, j: int) -> tuple[np.ndarray, np.ndarray]:
        """(heights, entering) of one line."""
        index = i * len(self.v) + j
        a, b = np.searchsorted(self.line, [index, index + 1])
        return self.height[a:b], self.entering[a:b]


def cross(triangles: np.ndarray, axis: int, spacing_mm: float, low: np.ndarray, high: np.ndarray) -> Crossings:
    """Cross triangles (m, 3, 3) with grid lines along ``axis`` (0, 1 or 2).

    The lines stand ``spacing_mm`` apart in the other two coordinates, in their cyclic-free order (for axis 1:
    u = coordinate 0, v = coordinate 2), from ``low`` to ``high``, each (3,).
    """
    iu, iv = (k for k in range(3) if k != axis)
    u = np.arange(low[iu], high[iu] + spacing_mm / 2, spacing_mm)
    v = np.arange(low[iv], high[iv] + spacing_mm / 2, spacing_mm)
    tu = (triangles[:, :, iu] - u[0] - _JITTER[0]) / spacing_mm
    tv = (triangles[:, :, iv] - v[0] - _JITTER[1]) / spacing_mm
    least_u, most_u = _ends(tu)
    least_v, most_v = _ends(tv)
    i0 = np.maximum(np.ceil(least_u), 0).astype(np.int64)
    j0 = np.maximum(np.ceil(least_v), 0).astype(np.int64)
    ni = np.minimum(np.floor(most_u), len(u) - 1).astype(np.int64) - i0 + 1
    nj = np.minimum(np.floor(most_v), len(v) - 1).astype(np.int64) - j0 + 1
    keep = np.flatnonzero((ni > 0) & (nj > 0))
    i0, j0, ni, nj, tu, tv = i0[keep], j0[keep], ni[keep], nj[keep], tu[keep], tv[keep]
    heights = triangles[keep, :, axis]
    count = ni * nj
    owner = np.repeat(np.arange(len(keep)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    i = i0[owner] + within // nj[owner]
    j = j0[owner] + within % nj[owner]
    au, av = tu[:, 0], tv[:, 0]
    bu, bv = tu[:, 1] - au, tv[:, 1] - av
    cu, cv = tu[:, 2] - au, tv[:, 2] - av
    area = bu * cv - bv * cu
    flat = np.abs(area) < 1e-14
    inverse = np.divide(1.0, area, out=np.zeros_like(area), where=~flat)
    pu, pv = i - au[owner], j - av[owner]
    beta = (pu * cv[owner] - pv * cu[owner]) * inverse[owner]
    gamma = (bu[owner] * pv - bv[owner] * pu) * inverse[owner]
    inside = (beta >= 0) & (gamma >= 0) & (beta + gamma <= 1) & ~flat[owner]
    owner, i, j, beta, gamma = owner[inside], i[inside], j[inside], beta[inside], gamma[inside]
    h = heights[owner]
    height = h[:, 0] + beta * (h[:, 1] - h[:, 0]) + gamma * (h[:, 2] - h[:, 0])
    # (u, v, axis) is right-handed for axis 0 and 2 and left-handed for axis 1.
    up = area[owner] > 0 if axis != 1 else area[owner] < 0
    line = i * len(v) + j
    order = np.lexsort((height, line))
    return Crossings(u=u, v=v, line=line[order], height=height[order], entering=~up[order])


def _ends(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(least, greatest) of the three corners (m, 3); pairwise, which is faster than reducing a short axis."""
    a, b, c = t[:, 0], t[:, 1], t[:, 2]
    return np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solid:
    """Occupancy of bone on a regular grid: ``filled[i, j, k]`` at ``low + spacing * (i, j, k)``."""

    low: np.ndarray
    spacing_mm: float
    filled: np.ndarray

    def coordinates(self, axis: int) -> np.ndarray:
        return self.low[axis] + self.spacing_mm * np.arange(self.filled.shape[axis])

    def index(self, axis: int, value: float) -> int:
        """Nearest grid index of a coordinate, clipped to the grid."""
        return int(np.clip(round((value - self.low[axis]) / self.spacing_mm), 0, self.filled.shape[axis] - 1))

    def at(self, points: np.ndarray) -> np.ndarray:
        """Occupancy at points (..., 3) by nearest node; False outside the grid."""
        # Axis by axis: reducing a last axis of three costs more than all the rest.
        flat, ok = 0, True
        for k, count in enumerate(self.filled.shape):
            node = np.rint((points[..., k] - self.low[k]) / self.spacing_mm).astype(np.int64)
            ok = ok & (node >= 0) & (node < count)
            flat = flat * count + node
        return self.filled.ravel()[np.where(ok, flat, 0)] & ok


def solid(triangles: np.ndarray, spacing_mm: float, low: np.ndarray, high: np.ndarray) -> Solid:
    """Fill the bone on a grid by counting entries and exits along lines parallel to the third axis."""
    crossings = cross(triangles, 2, spacing_mm, low, high)
    depth = int(np.floor((high[2] - low[2]) / spacing_mm + 0.5)) + 1
    k = np.ceil((crossings.height - low[2]) / spacing_mm).astype(np.int64).clip(0, depth)
    cells = crossings.line * (depth + 1) + k
    step = np.where(crossings.entering, 1.0, -1.0)
    change = np.bincount(cells, weights=step, minlength=len(crossings.u) * len(crossings.v) * (depth + 1))
    winding = np.cumsum(change.reshape(*crossings.shape, depth + 1), axis=2)[:, :, :depth]
    return Solid(low=np.asarray(low, float), spacing_mm=spacing_mm, filled=winding > 0.5)
