"""The bone cut open along or across one screw: everything before the plane is left out, the cut face is filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.construct.plan import RigidMotion
from planner.geometry.axes import Frame
from planner.output import palette
from planner.output.scene import Item
from planner.output.slices import Cut, contours, cuts_of
from planner.output.views import Camera, framed

_WHOLE_MM = (200.0, 200.0)  # the section is drawn whole, not only where a slice sheet shows it
_LIFT_MM = 0.02  # lines lie this far before the face they bound
_ROOM = (0.24, 0.08, 0.72, 0.94)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Section:
    """A cut face: filled triangles and outlines (lists of (n, 3) rings) in world mm, each with its colour."""

    faces: tuple[tuple[np.ndarray, np.ndarray, str], ...]
    lines: tuple[tuple[list[np.ndarray], str], ...]


def cut_named(name: str, block: Mapping[str, Any], motion: RigidMotion, frame: Frame) -> Cut:
    """A cut of a fixation, in the pose of the motion; ``frame`` is its level's, in that pose."""
    posed = {**block, "entry": motion(np.array(block["entry"])), "tip": motion(np.array(block["tip"]))}
    return next(cut for cut in cuts_of(posed, frame) if cut.name == name)


def towards_eye(cut: Cut) -> np.ndarray:
    return np.cross(cut.right, cut.up)


def camera_on(cut: Cut, size: tuple[int, int]) -> Camera:
    """Straight at a cut, which fills the middle of the window."""
    corners = [a * cut.reach_mm[0] * cut.right + b * cut.reach_mm[1] * cut.up for a in (-1, 1) for b in (-1, 1)]
    width, height = size
    room = tuple(int(share * full) for share, full in zip(_ROOM, (width, height, width, height), strict=True))
    axes = np.array([cut.right, cut.up, towards_eye(cut)])
    return framed(axes, cut.middle + np.array(corners), size, room)


def section_of(cut: Cut, items: Iterable[Item]) -> Section:
    """Where the plane meets bones and masses, filled, and hazards, outlined."""
    import manifold3d

    whole = replace(cut, reach_mm=_WHOLE_MM)
    out = towards_eye(cut)
    faces, lines = [], []
    for item in items:
        if item.group not in ("bone", "mass", "avoid", "hazard", "canal", "artery"):
            continue
        rings, solid = contours(item.surface, whole)
        rings = [ring for ring in rings if len(ring) > 2]
        if not rings:
            continue
        if solid and item.group in ("bone", "mass"):
            corners = np.concatenate(rings)
            triangles = np.asarray(manifold3d.triangulate([np.asarray(r, float) for r in rings]), int)
            color = palette.BONE_CUT if item.group == "bone" else palette.MASS
            faces.append((_lifted(cut, corners, 0.0), triangles, color))
        edge = palette.BONE_OUTLINE if item.group in ("bone", "mass") else item.color
        lines.append(([_lifted(cut, ring, _LIFT_MM * out) for ring in rings], edge))
    return Section(faces=tuple(faces), lines=tuple(lines))


class Face:
    """A section on a stage: two actors that are filled anew with each cut.

    Put there before the bones, it hides what lies behind it before that is lit: half of the work of such a picture.
    """

    def __init__(self, plotter: Any) -> None:
        import pyvista as pv

        self.actors = []
        for name in ("section", "outlines"):
            mesh = pv.PolyData(np.eye(3), [3, 0, 1, 2])
            mesh.cell_data["color"] = np.zeros((1, 3), np.uint8)
            actor = plotter.add_mesh(
                mesh, name=name, scalars="color", rgb=True, line_width=2.5, lighting=False, reset_camera=False,
                render=False, pickable=False, show_scalar_bar=False,
            )  # fmt: skip
            actor.visibility = False
            self.actors.append(actor)

    def show(self, section: Section | None) -> None:
        """Show a section in the place of the last one, or none."""
        faces = [(points, triangles, color) for points, triangles, color in section.faces] if section else []
        lines = [(ring, _ring(len(ring)), color) for rings, color in section.lines for ring in rings] if section else []
        for actor, parts, kind in zip(self.actors, (faces, lines), ("faces", "lines"), strict=True):
            actor.visibility = bool(parts)
            if parts:
                actor.mapper.dataset = _colored(parts, kind)


def _ring(corners: int) -> np.ndarray:
    """A closed line through that many points, as one cell (1, corners + 1)."""
    return np.r_[:corners, 0][None]


def _colored(parts: list[tuple[np.ndarray, np.ndarray, str]], kind: str) -> Any:
    """Points, cells (n, k) and a colour each, as one mesh of faces or lines with a colour a cell."""
    import pyvista as pv

    cells, colors, start = [], [], 0
    for points, own, color in parts:
        cells.append(np.column_stack([np.full(len(own), own.shape[1]), own + start]).ravel())
        colors.append(np.tile(np.array(pv.Color(color).int_rgb, np.uint8), (len(own), 1)))
        start += len(points)
    mesh = pv.PolyData(np.concatenate([points for points, _, _ in parts]), **{kind: np.concatenate(cells)})
    mesh.cell_data["color"] = np.concatenate(colors)
    mesh.set_active_scalars("color")
    return mesh


def _lifted(cut: Cut, flat: np.ndarray, lift: np.ndarray | float) -> np.ndarray:
    return cut.middle + flat[:, :1] * cut.right + flat[:, 1:] * cut.up + lift
