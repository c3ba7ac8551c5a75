"""What comes off between the troughs, and what is left: volume, facets, room for the cord."""

from __future__ import annotations

import numpy as np

from planner.anatomy.vertebra import Status, Vertebra
from planner.assessment.occupancy import occupied
from planner.assessment.outline import outline_size
from planner.decompression.trough import Width, canal_middle, cut
from planner.geometry.axes import SIDES, SIGN
from planner.geometry.surface import Surface

_FAR_MM = 70.0


def resected(vertebra: Vertebra, width: Width) -> tuple[Surface, float, str]:
    """Return (removed bone, its volume in mm3, how it was cut).

    The bone between the troughs behind the middle of the canal: laminae, spinous process and what the
    troughs leave of anything else there. A closed surface is cut exactly; an open one cannot be, so its
    volume is counted in voxels and the surface shown is the patch between the troughs.
    """
    low, high = _room(vertebra, width)
    local = vertebra.surface.in_frame(vertebra.frame)
    if vertebra.surface.is_closed:
        piece = _intersection(local, low, high)
        if piece is not None:
            return (
                Surface(vertices=vertebra.frame.to_world(piece.vertices), faces=piece.faces),
                abs(piece.volume_mm3),
                "",
            )
    step = cut("voxel_mm")
    grid = occupied(local, step, np.maximum(low, local.bounds[0]), np.minimum(high, local.bounds[1]))
    middles = local.triangles.mean(axis=1)
    inside = ((middles > low) & (middles < high)).all(axis=1)
    patch = Surface(vertices=vertebra.surface.vertices, faces=vertebra.surface.faces[inside])
    note = "the surface is not closed: volume by voxels, the cut surface is open"
    return patch, float(grid.filled.sum() * step**3), note


def _room(vertebra: Vertebra, width: Width) -> tuple[np.ndarray, np.ndarray]:
    front = canal_middle(vertebra)[1]
    return np.array([width.right, front, -_FAR_MM]), np.array([width.left, front + _FAR_MM, _FAR_MM])


def _intersection(local: Surface, low: np.ndarray, high: np.ndarray) -> Surface | None:
    """Bone within a box by manifold3d; None where the mesh is closed but not manifold."""
    import manifold3d

    mesh = manifold3d.Mesh64(
        vert_properties=np.ascontiguousarray(local.vertices, np.float64),
        tri_verts=np.ascontiguousarray(local.faces, np.uint64),
    )
    bone = manifold3d.Manifold(mesh)
    if bone.status() != manifold3d.Error.NoError or bone.is_empty():
        return None
    size = high - low
    box = manifold3d.Manifold.cube(tuple(size), False).translate(tuple(low))
    piece = (bone ^ box).to_mesh64()
    return Surface(
        vertices=np.asarray(piece.vert_properties, float)[:, :3], faces=np.asarray(piece.tri_verts, np.int64)
    )


def facet_preserved_percent(vertebra: Vertebra, width: Width) -> dict[str, float]:
    """Return the share of each side's facets that lies lateral of the cut, the lesser of the two; nan if unmeasured."""
    front = canal_middle(vertebra)[1]
    out = {}
    for side in SIDES:
        shares = []
        for kind in ("superior", "inferior"):
            facet = vertebra.facets[f"{kind}_{side}"]
            if facet.status is Status.MEASURED and len(facet.points):
                local = vertebra.frame.to_local(facet.points)
                kept = (SIGN[side] * (local[:, 0] - width.limit(side)) > 0) | (local[:, 1] < front)
                shares.append(100.0 * float(kept.mean()))
        out[side] = min(shares, default=float("nan"))
    return out


def canal_areas(vertebra: Vertebra, width: Width) -> tuple[float, float, str]:
    """Return (least area before, least area after, the posterior limit declared), mm2.

    With the lamina gone the canal has no rear wall, and its area no bound but a declared one: the plane
    behind the lamina that came off (the spinolaminar point and the lamina's thickness), between the troughs.
    nan where the canal, or that plane, is not known.
    """
    mark = vertebra.landmarks.get("spinolaminar_point")
    thick = [t for t in (vertebra.measures.get(("lamina_thickness", side)) for side in SIDES) if t]
    outlines = [vertebra.frame.to_local(outline) for outline in vertebra.canal.sections]
    if not outlines:
        return float("nan"), float("nan"), "canal not measured"
    before = [outline_size(vertebra.frame.to_local(outline)[:, :2])[0] for outline in vertebra.canal.sections]
    if mark is None or not mark.measured or not thick:
        return float(min(before)), float("nan"), "not given: the lamina's place or thickness is not measured"
    limit = vertebra.frame.to_local(mark.xyz)[1] + sum(thick) / len(thick)
    l = np.arange(width.right, width.left + 0.125, 0.25)
    after = [
        area + 0.25 * float(np.maximum(limit - _rear_wall(o, l), 0.0).sum())
        for area, o in zip(before, outlines, strict=True)
    ]
    return float(min(before)), float(min(after)), "counted back to the plane behind the lamina that came off"


def _rear_wall(outline: np.ndarray, l: np.ndarray) -> np.ndarray:
    """The rearmost p of a closed outline at each l; +inf where the outline does not reach."""
    a, b = outline, np.roll(outline, -1, axis=0)
    rise = b[:, 0] - a[:, 0]
    spans = (a[:, 0] > l[:, None]) != (b[:, 0] > l[:, None])
    share = np.divide(l[:, None] - a[:, 0], rise, out=np.zeros((len(l), len(a))), where=spans)
    p = np.where(spans, a[:, 1] + share * (b[:, 1] - a[:, 1]), -np.inf).max(axis=1)
    return np.where(np.isfinite(p), p, np.inf)
