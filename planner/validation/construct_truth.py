"""What is true of the source case's reduction and cuts, counted on the solids it was built from.

Nothing here is shared with the planner: slips by `planner.validation.made_column`, areas and volumes on rasters of the
phantom's implicit solids, in the frames and about the points that its truth states, facets on the planes they were
built on. Only what defines a cut is taken from the plan: its width, and how a level is moved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from planner.geometry.axes import SIGN, Frame
from planner.phantom.column import Column
from planner.phantom.displacement import carried
from planner.phantom.pose import Pose
from planner.phantom.source_case import source_case
from planner.reading import SOURCE_CASE, bundled_model
from planner.validation.made_column import segments

_PLANE_MM, _VOLUME_MM = 0.2, 0.4
_FAR_MM = 45.0
_FACET_REACH, _BESIDE_MM = 1.2, 0.9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Built:
    """The source case's column as solids, and the levels of its truth."""

    column: Column
    levels: Mapping[str, Any]

    def frame(self, level: str) -> Frame:
        block = self.levels[level]["frame"]
        return Frame.from_axes(*(np.array(block[k], float) for k in ("origin", "left", "superior")))

    def point(self, level: str, name: str) -> np.ndarray:
        """A point of the truth in the level's (l, p, s)."""
        return self.frame(level).to_local(np.array(self.levels[level]["points"][name]["xyz"]))

    def bone(self, level: str, local: np.ndarray) -> np.ndarray:
        """Which of the (n, 3) local points lie in bone or calcification."""
        return self.column.solid(level)(self.frame(level).to_world(local)) < 0


@cache
def built() -> Built:
    """The source case, built again from the seed its truth states; seconds, once."""
    truth = json.loads((bundled_model(SOURCE_CASE) / "truth.json").read_text(encoding="utf-8"))
    return Built(column=source_case(truth["seed"]), levels=truth["levels"])


def slip_mm(known: Built, segment: str, rotation: np.ndarray | None = None, offset: np.ndarray | None = None) -> float:
    """Slip of a segment, after its upper level and all above have been moved in the world (None: as it was built)."""
    column, levels, upper = known.column, dict(known.levels), segment.split("-")[0]
    if rotation is not None:
        move = Pose(rotation=rotation, offset=offset)
        column = carried(column, upper, move)
        for name in list(levels)[: list(levels).index(upper) + 1]:
            points = {k: {"xyz": move(np.array(p["xyz"])).tolist()} for k, p in levels[name]["points"].items()}
            levels[name] = {**levels[name], "points": points}
    return float(segments(column, levels)[segment]["slip_mm"])


def removed_mm3(known: Built, level: str, width_mm: float) -> float:
    """Bone and mass between two planes a width apart about the canal's centre, behind it: by counting."""
    center = known.point(level, "canal_center")
    h = _VOLUME_MM
    axes = (
        np.arange(-width_mm / 2 + h / 2, width_mm / 2, h) + center[0],
        np.arange(center[1] + h / 2, center[1] + _FAR_MM, h),
        np.arange(-25.0, 20.0, h),
    )
    cells = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    # The raster does not fill the width exactly: counted as so much more.
    return float(known.bone(level, cells).sum() * h**3 * width_mm / (h * len(axes[0])))


def canal_areas_mm2(known: Built, level: str, height_mm: float, width_mm: float, rear_mm: float) -> tuple[float, float]:
    """(area before, area after the cut) of the canal at one height over the frame; nan where the ring is open there.

    Before: the free space that holds the canal's centre, in the transverse plane. After: that, and whatever lies
    behind it between the troughs back to ``rear_mm``.
    """
    from scipy.ndimage import label

    center = known.point(level, "canal_center")
    h = _PLANE_MM
    l, p = np.arange(-22.0, 22.0, h) + center[0], np.arange(-12.0, 24.0, h) + center[1]
    grid = np.stack(np.meshgrid(l, p, indexing="ij"), axis=-1).reshape(-1, 2)
    bone = known.bone(level, np.column_stack([grid, np.full(len(grid), height_mm)])).reshape(len(l), len(p))
    names, _ = label(~bone)
    at = names[int(np.argmin(np.abs(l - center[0]))), int(np.argmin(np.abs(p - center[1])))]
    edge = np.concatenate([names[0], names[-1], names[:, 0], names[:, -1]])
    if at == 0 or at in edge:
        return float("nan"), float("nan")
    free = names == at
    between = np.abs(l - center[0]) < width_mm / 2
    # Behind the last free cell of a column, wall and all, back to the plane.
    last = np.where(free.any(axis=1), len(p) - 1 - np.argmax(free[:, ::-1], axis=1), len(p))
    k = np.arange(len(p))
    opened = between[:, None] & (k[None, :] > last[:, None]) & (p[None, :] <= rear_mm)
    return float(free.sum() * h**2), float((free | opened).sum() * h**2)


def facet_kept_percent(known: Built, level: str, side: str, kind: str, limit_mm: float) -> float:
    """Share of a facet that lies lateral of a plane at ``limit_mm`` (l).

    The facet is what of the plane it was built on has bone close beneath it and none close above: a mass may be
    narrower than the facet it was meant to carry.
    """
    bone = known.column.bones[level]
    facet = bone.shape.superior_facet if kind == "superior" else bone.shape.inferior_facet
    mirror = np.array([SIGN[side], 1.0, 1.0])
    normal = facet.normal * mirror
    up = np.array([0.0, -normal[2], normal[1]])
    up -= (up @ normal) * normal
    up /= np.linalg.norm(up)
    u, v = np.meshgrid(np.linspace(-1, 1, 81), np.linspace(-1, 1, 81), indexing="ij")
    inside = u**2 + v**2 <= 1
    plane = (
        facet.center * mirror + u[inside][:, None] * _FACET_REACH * facet.width / 2 * np.cross(up, normal)
        + v[inside][:, None] * _FACET_REACH * facet.height / 2 * up
    )  # fmt: skip
    under, over = (bone.in_world(bone.pose(plane + step * normal)) for step in (-_BESIDE_MM, _BESIDE_MM))
    local = known.frame(level).to_local(bone.pose(plane[(under < 0) & (over > 0)]))
    return 100.0 * float((SIGN[side] * (local[:, 0] - limit_mm) > 0).mean())
