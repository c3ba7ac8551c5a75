"""The dome: a lamina that stays is undercut at the edge that faces the decompression.

The inner part of the lamina's edge goes, its outer half and the muscles on it stay; no edge is left for the cord
to kink over (Int J Spine Surg 2021;15:871).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.outline import outline_size
from planner.decompression.extent import Undercut
from planner.decompression.trough import canal_middle, cut, narrow
from planner.fixation.anchor import Fixation
from planner.geometry.axes import SIDES
from planner.geometry.solid import box, skin, solid
from planner.geometry.surface import Surface

_STEP_MM, _RAY_MM, _INSIDE_MM, _FAR_MM = 0.5, 0.1, 0.5, 100.0
# Beyond the midline's edge the lamina's may go on at its sides.
_BEYOND_MM = 6.0
_CRUMB_MM3 = 1.0
_EDGES = {"caudal": -1.0, "cranial": 1.0}


def undercut(vertebra: Vertebra, edge: str, fixations: Sequence[Fixation] = ()) -> Undercut | None:
    """Cut the dome into one edge of a lamina; None where the lamina, its thickness or a closed surface is missing.

    Between narrow troughs the canal is widened backwards: by the table's share of the lamina's thickness at the
    edge, by less and less inwards, by nothing from the table's depth on.
    """
    from manifold3d import Manifold, OpType

    wall = _inner_wall(vertebra)
    thick = [t for t in (vertebra.measures.get(("lamina_thickness", side)) for side in SIDES) if t]
    local = vertebra.surface.in_frame(vertebra.frame)
    bone = solid(local)
    if wall is None or not thick or bone is None:
        return None
    low, high = wall
    out, depth = _EDGES[edge], cut("undercut_depth_mm")
    at, middle, width = (low if out < 0 else high), canal_middle(vertebra), narrow(vertebra)
    most = cut("undercut_share") * sum(thick) / len(thick)
    dome = _dome(vertebra, at, most, depth, out)
    between = box([width.right, middle[1], -_FAR_MM], [width.left, _FAR_MM, _FAR_MM])
    # Only where the outer cortex stays behind it; crumbs at the rim are no cut.
    kept = bone.translate((0.0, -cut("undercut_left_mm"), 0.0))
    parts = [part for part in (bone ^ dome ^ between ^ kept).decompose() if part.volume() > _CRUMB_MM3]
    if not parts:
        return None
    piece = Manifold.batch_boolean(parts, OpType.Add)
    rest = bone - piece
    removed = skin(piece)
    before = _area(vertebra, at)
    gained = abs(piece.slice(float(at - out * _INSIDE_MM)).area())
    world = Surface(vertices=vertebra.frame.to_world(removed.vertices), faces=removed.faces)
    return Undercut(
        level=vertebra.level, edge=edge, depth_mm=depth, removed=world, removed_volume_mm3=piece.volume(),
        lamina_left_mm=_left_behind(skin(rest), removed, middle[1]), canal_area_before_mm2=before,
        canal_area_after_mm2=before + gained, conflict=_in_the_way(vertebra.level, world, fixations),
    )  # fmt: skip


def _inner_wall(vertebra: Vertebra) -> tuple[float, float] | None:
    """The lowest and the highest s of the lamina's inner wall in the midline; None where it is not found."""
    mark = vertebra.landmarks.get("spinolaminar_point")
    middle = canal_middle(vertebra)
    if mark is None or not mark.measured or not np.isfinite(middle).all():
        return None
    place = vertebra.frame.to_local(mark.xyz)
    heights = place[2] + np.arange(-15.0, 15.01, _RAY_MM)
    origins = np.column_stack([np.full(len(heights), place[0]), np.full(len(heights), middle[1]), heights])
    hits, _ = vertebra.surface.first_hit(
        vertebra.frame.to_world(origins), np.tile(vertebra.frame.posterior, (len(origins), 1))
    )
    p = vertebra.frame.to_local(hits)[:, 1]
    # Beyond its edges rays run on to the spinous process, which leaves the wall by more than a rounded rim does.
    near = np.isfinite(p) & (p < place[1] + 2.0)
    start = int(np.argmin(np.abs(heights - place[2])))
    if not near[start]:
        return None
    first = start - int(np.argmin(near[: start + 1][::-1])) + 1 if not near[: start + 1].all() else 0
    last = start + int(np.argmin(near[start:])) - 1 if not near[start:].all() else len(near) - 1
    if heights[last] - heights[first] < 2.0:
        return None
    return float(heights[first]), float(heights[last])


def _dome(vertebra: Vertebra, at: float, most: float, depth: float, out: float):
    """The canal, wider by `most` at the edge and beyond it, and by a quarter of an ellipse to nothing at `depth`."""
    from manifold3d import CrossSection, JoinType, Manifold, OpType

    sections = [vertebra.frame.to_local(outline) for outline in vertebra.canal.sections]
    edges = np.arange(0.0, depth + 1e-9, _STEP_MM)
    slabs = [(-_BEYOND_MM, 0.0, most)]
    slabs += [
        (low, high, most * np.sqrt(1.0 - ((low + high) / 2 / depth) ** 2))
        for low, high in zip(edges, edges[1:], strict=False)
    ]
    parts = []
    for low, high, wider in slabs:
        # Inwards is towards -s from a cranial edge (out = 1), towards +s from a caudal one.
        foot = at + min(-out * low, -out * high)
        height = at - out * max(_INSIDE_MM, (low + high) / 2)
        outline = min(sections, key=lambda o: abs(o[:, 2].mean() - height))[:, :2]
        canal = CrossSection([outline if _turns_left(outline) else outline[::-1]])
        part = canal.offset(float(wider), JoinType.Miter).extrude(high - low + 1e-3)
        parts.append(part.translate((0.0, 0.0, float(foot))))
    return Manifold.batch_boolean(parts, OpType.Add)


def _turns_left(outline: np.ndarray) -> bool:
    l, p = outline.T
    return float(np.sum(l * np.roll(p, -1) - np.roll(l, -1) * p)) > 0


def _area(vertebra: Vertebra, height: float) -> float:
    """Area of the canal's section nearest to a height; nan without sections."""
    sections = [vertebra.frame.to_local(outline) for outline in vertebra.canal.sections]
    if not sections:
        return float("nan")
    return outline_size(min(sections, key=lambda o: abs(o[:, 2].mean() - height))[:, :2])[0]


def _left_behind(rest: Surface, removed: Surface, front: float) -> float:
    """Median thickness of bone behind the dome, along p (its rim runs out to nothing); nan where no ray finds any."""
    (low_l, _, low_s), (high_l, _, high_s) = removed.bounds
    l, s = (
        g.ravel() for g in np.meshgrid(np.arange(low_l + 1.0, high_l - 0.9, 1.0), np.arange(low_s + 0.5, high_s, 1.0))
    )
    back = np.tile([0.0, 1.0, 0.0], (len(l), 1))
    wall, _ = removed.first_hit(np.column_stack([l, np.full(len(l), front + 60.0), s]), -back)
    wall = wall[np.isfinite(wall[:, 0])]
    outer, _ = rest.first_hit(wall + [0.0, 0.05, 0.0], back[: len(wall)])
    thick = outer[:, 1] - wall[:, 1]
    return float(np.nanmedian(thick)) if np.isfinite(thick).any() else float("nan")


def _in_the_way(level: str, removed: Surface, fixations: Sequence[Fixation]) -> str:
    for fixation in fixations:
        if fixation.level != level or fixation.chosen is None:
            continue
        _, points = fixation.chosen.trajectory.stations(0.5)
        gap = float((-removed.signed_distance(points)).min()) - fixation.chosen.screw.diameter_mm / 2
        if gap < cut("undercut_screw_mm"):
            return (
                f"it would come within {max(gap, 0.0):.1f} mm of the {fixation.side} "
                f"{fixation.chosen.anchor.replace('_', ' ')} screw of {level}, {cut('undercut_screw_mm'):g} mm wanted"
            )
    return ""
