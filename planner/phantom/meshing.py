"""From a field to a closed surface: marching cubes on the cells near the surface only."""

from __future__ import annotations

from functools import cache

import numpy as np

from planner.errors import PlannerError
from planner.geometry.surface import Surface
from planner.phantom.solid import Solid

_COARSE = 4
_SHIFT = np.array([0.137, 0.211, 0.173])
"""The grid stands off the round numbers, so that a ray along a plane of symmetry does not run along edges."""
_TOLERANCES_MM = (0.01, 0.02, 0.03, 0.035, 0.04, 0.047, 0.055, 0.065, 0.08, 0.1, 0.12, 0.15)
_USUAL = 3
"""Where among them the search begins: most bones at 0.5 mm come down to 26,000 faces near there."""
_CORNERS = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]])


def mesh(solid: Solid, step_mm: float = 0.5, largest_only: bool = True) -> Surface:
    """Return the zero surface of a solid as a closed mesh with outward winding.

    Cells are halved from 4 steps to 1 and only those kept that the surface seems to pass; then the surface
    is followed from cell to cell, so that none is missed. The grid depends on `step_mm` alone: the same
    solid gives the same mesh. Pieces other than the largest are dropped unless told not to.

    Raises `PlannerError` if the solid is empty or its surface is not closed.
    """
    import igl

    extent = np.ceil((solid.box[1] - solid.box[0]) / step_mm).astype(int) + 8 * _COARSE
    low = np.floor(solid.box[0] / step_mm).astype(int) - 4 * _COARSE
    grid = _Grid(solid=solid, low=low, shape=extent, step_mm=step_mm)
    cells = grid.followed(_likely_cells(solid, step_mm))
    if not len(cells):
        raise PlannerError("A synthetic solid is empty.", "Choose a finer grid.")
    nodes, inverse = np.unique(grid.corners(cells), return_inverse=True)
    vertices, faces, _ = igl.marching_cubes(
        grid.values(nodes), grid.points(nodes), inverse.reshape(-1, 8).astype(np.int64), 0.0
    )
    surface = Surface(vertices=vertices, faces=np.asarray(faces, np.int64))
    if not surface.is_closed:
        raise PlannerError("The surface of a synthetic bone is not closed.", "Choose a finer grid.")
    if surface.volume_mm3 < 0:
        surface = Surface(vertices=vertices, faces=np.ascontiguousarray(surface.faces[:, ::-1]))
    return largest_piece(surface) if largest_only else surface


def _likely_cells(solid: Solid, step_mm: float) -> np.ndarray:
    """Lower corners (n, 3), in steps, of the unit cells near the surface.

    Of cells of side c = 4 steps those are kept whose |field| at their middle is under 1.7 c, of their halves
    those under 1.0 c; half a cell's diagonal is 0.87 c and the fields are distances to first order only. What
    this still misses of a piece the surface is followed into.
    """
    size = _COARSE
    low = np.floor(solid.box[0] / step_mm / size - 1).astype(int)
    high = np.ceil(solid.box[1] / step_mm / size + 1).astype(int)
    ranges = [np.arange(a, b) for a, b in zip(low, high, strict=True)]
    cells = np.stack(np.meshgrid(*ranges, indexing="ij"), -1).reshape(-1, 3) * size
    while size > 1:
        middle = (cells + size / 2 + _SHIFT) * step_mm
        cells = cells[np.abs(solid(middle)) < (1.7 if size == _COARSE else 1.0) * size * step_mm]
        size //= 2
        cells = (cells[:, None, :] + _block(2)[None] * size).reshape(-1, 3)
    return cells


class _Grid:
    """Nodes of the marching cubes by one running number, each read from the field once."""

    def __init__(self, *, solid: Solid, low: np.ndarray, shape: np.ndarray, step_mm: float) -> None:
        self._solid, self._low, self._shape, self._step = solid, low, tuple(int(n) for n in shape), step_mm
        self._value = np.full(int(np.prod(shape)), np.nan, np.float32)

    def points(self, nodes: np.ndarray) -> np.ndarray:
        return (np.array(np.unravel_index(nodes, self._shape)).T + self._low + _SHIFT) * self._step

    def values(self, nodes: np.ndarray) -> np.ndarray:
        new = nodes[np.isnan(self._value[nodes])]
        if len(new):
            value = self._solid(self.points(new))
            self._value[new] = np.where(np.abs(value) < 1e-6, 1e-6, value)
        return self._value[nodes].astype(float)

    def number(self, places: np.ndarray) -> np.ndarray:
        return np.ravel_multi_index((places - self._low).T, self._shape)

    def corners(self, cells: np.ndarray) -> np.ndarray:
        """(n, 8) node numbers of cells given by the number of their lower corner."""
        return cells[:, None] + (np.ravel_multi_index(_CORNERS.T, self._shape))[None]

    def followed(self, start: np.ndarray) -> np.ndarray:
        """Numbers of all cells the surface crosses that can be reached from the `start` cells, face by face."""
        stride = np.ravel_multi_index(np.eye(3, dtype=int), self._shape)
        crossed = seen = np.empty(0, np.int64)
        new = np.unique(self.number(start)) if len(start) else crossed
        while len(new):
            corners = self.corners(new)
            nodes, inverse = np.unique(corners, return_inverse=True)
            inside = (self.values(nodes) < 0)[inverse.reshape(-1, 8)]
            hit = new[inside.any(axis=1) & ~inside.all(axis=1)]
            crossed = np.union1d(crossed, hit)
            around = (hit[:, None] + np.concatenate([stride, -stride])[None]).ravel()
            seen = np.union1d(seen, new)
            new = np.setdiff1d(around, seen)
        return crossed


def _block(count: int) -> np.ndarray:
    return np.stack(np.meshgrid(*[np.arange(count)] * 3, indexing="ij"), -1).reshape(-1, 3)


def pieces(surface: Surface) -> list[Surface]:
    """Connected pieces, the one with the most faces first."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    f = surface.faces
    i, j = f[:, [0, 1, 2]].ravel(), f[:, [1, 2, 0]].ravel()
    n = len(surface.vertices)
    _, label = connected_components(coo_array((np.ones(len(i)), (i, j)), shape=(n, n)), directed=False)
    face_label = label[f[:, 0]]
    names, counts = np.unique(face_label, return_counts=True)
    return [_part(surface, face_label == names[k]) for k in np.argsort(-counts, kind="stable")]


def largest_piece(surface: Surface) -> Surface:
    return pieces(surface)[0]


def without_specks(surface: Surface, least_mm3: float = 4.0) -> Surface:
    """The surface without its pieces under `least_mm3`; a cavity, whose winding points inwards, goes too."""
    kept = [one for one in pieces(surface) if one.volume_mm3 >= least_mm3]
    starts = np.cumsum([0, *(len(one.vertices) for one in kept[:-1])])
    return Surface(
        vertices=np.vstack([one.vertices for one in kept]),
        faces=np.vstack([one.faces + start for one, start in zip(kept, starts, strict=True)]),
    )


def _part(surface: Surface, chosen: np.ndarray) -> Surface:
    used, faces = np.unique(surface.faces[chosen], return_inverse=True)
    return Surface(vertices=surface.vertices[used], faces=faces.reshape(-1, 3).astype(np.int64))


def reduced(surface: Surface, faces: int) -> Surface:
    """Return the surface with at most about `faces` triangles, none further than 0.15 mm from where it was.

    Short edges are collapsed within a tolerance (manifold3d) that grows until there are few enough; a result
    that crosses itself or is no manifold is passed over. Without a good one there are more faces than asked for.
    """
    import manifold3d

    if len(surface.faces) <= faces:
        return surface
    whole = manifold3d.Manifold(
        manifold3d.Mesh64(vert_properties=surface.vertices, tri_verts=surface.faces.astype(np.uint64))
    )

    @cache
    def simpler(tolerance: float) -> Surface:
        kept = whole.simplify(tolerance).to_mesh64()
        vertices = np.array(kept.vert_properties)[:, :3]
        return Surface(vertices=vertices, faces=np.array(kept.tri_verts).astype(np.int64))

    # The least tolerance that leaves few enough, then larger ones: where thin gaps make one result cross itself, the
    # next often does not. Last finer ones, which leave more faces.
    few = _USUAL
    while few > 0 and len(simpler(_TOLERANCES_MM[few - 1]).faces) <= faces:
        few -= 1
    while few < len(_TOLERANCES_MM) - 1 and len(simpler(_TOLERANCES_MM[few]).faces) > faces:
        few += 1
    first = _TOLERANCES_MM[few]
    larger = sorted({first, first * 1.1, first * 1.2, *(t for t in _TOLERANCES_MM if t > first)})
    for tolerance in (*larger, *(t for t in _TOLERANCES_MM[::-1] if t < first)):
        one = simpler(tolerance)
        if one.is_closed and not crosses_itself(one) and is_manifold(one):
            return one
    return surface


def is_manifold(surface: Surface) -> bool:
    """True if every edge has two faces wound oppositely and every vertex one fan."""
    import igl

    faces = np.ascontiguousarray(surface.faces, np.int64)
    directed = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    key = directed[:, 0] * (len(surface.vertices) + 1) + directed[:, 1]
    return bool(
        len(np.unique(key)) == len(key) and igl.is_edge_manifold(faces)[0] and igl.is_vertex_manifold(faces).all()
    )


def crosses_itself(surface: Surface) -> bool:
    """True if two faces of the surface meet elsewhere than in a corner or an edge they share."""
    from igl import predicates

    found, _, _ = predicates.find_self_intersections(surface.vertices, np.ascontiguousarray(surface.faces), True)
    return bool(found)


def genus(surface: Surface) -> int:
    """Number of handles of a closed surface in one piece; an intact C2-C7 has three."""
    edges = len(surface.faces) * 3 // 2
    used = len(np.unique(surface.faces))
    return (2 - (used - edges + len(surface.faces))) // 2
