"""What comes off between the troughs, and what is left: volume, facets, room for the cord."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.vertebra import Status, Vertebra
from planner.assessment.occupancy import occupied
from planner.assessment.outline import outline_size
from planner.decompression.trough import Width, canal_middle, cut
from planner.geometry.axes import SIDES, SIGN
from planner.geometry.solid import box, skin, solid
from planner.geometry.surface import Surface

_FAR_MM = 70.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """The bone that comes off and the bone that stays, world mm; ``note`` says how, where it was not cut exactly."""

    removed: Surface
    volume_mm3: float
    left: Surface
    note: str = ""


def resected(vertebra: Vertebra, width: Width) -> Cut:
    """Cut out the bone between the troughs behind the middle of the canal: laminae, spinous process and what the
    troughs leave of anything else there.

    A closed surface is cut exactly; an open one cannot be, so its volume is counted in voxels and the surfaces
    are patches of the given one.
    """
    low, high = _room(vertebra, width)
    local = vertebra.surface.in_frame(vertebra.frame)
    bone = solid(local)
    if bone is not None:
        piece, rest = bone.split(box(low, high))
        return Cut(removed=_world(vertebra, skin(piece)), volume_mm3=piece.volume(), left=_world(vertebra, skin(rest)))
    step = cut("voxel_mm")
    grid = occupied(local, step, np.maximum(low, local.bounds[0]), np.minimum(high, local.bounds[1]))
    middles = local.triangles.mean(axis=1)
    inside = ((middles > low) & (middles < high)).all(axis=1)
    vertices, faces = vertebra.surface.vertices, vertebra.surface.faces
    return Cut(
        removed=Surface(vertices=vertices, faces=faces[inside]), volume_mm3=float(grid.filled.sum() * step**3),
        left=Surface(vertices=vertices, faces=faces[~inside]),
        note="the surface is not closed: volume by voxels, the cut surface is open",
    )  # fmt: skip


def _world(vertebra: Vertebra, local: Surface) -> Surface:
    return Surface(vertices=vertebra.frame.to_world(local.vertices), faces=local.faces)


def _room(vertebra: Vertebra, width: Width) -> tuple[np.ndarray, np.ndarray]:
    front = canal_middle(vertebra)[1]
    return np.array([width.right, front, -_FAR_MM]), np.array([width.left, front + _FAR_MM, _FAR_MM])


def facet_preserved_percent(vertebra: Vertebra, width: Width) -> dict[str, float]:
    """Return the share of each side's facets that lies lateral of the cut, the lesser of the two; nan if unmeasured.

    Of the whole facet, as a facetectomy is counted in the literature, though a cut ends at the middle of the canal:
    what is left of a facet in front of it is no joint.
    """
    out = {}
    for side in SIDES:
        shares = []
        for kind in ("superior", "inferior"):
            facet = vertebra.facets[f"{kind}_{side}"]
            if facet.status is Status.MEASURED and len(facet.points):
                local = vertebra.frame.to_local(facet.points)
                shares.append(100.0 * float((SIGN[side] * (local[:, 0] - width.limit(side)) > 0).mean()))
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
