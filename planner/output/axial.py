"""The axial picture of one level: the bone cut at its pedicles, both screws, canal and artery spaces."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from planner.geometry.axes import Frame
from planner.output import palette
from planner.output.drawing import polydata, put
from planner.output.legend import legend
from planner.output.marks import Overlay, frame_marks, notes_beside
from planner.output.scene import Item, Scene
from planner.output.still import still
from planner.output.views import AXIAL, fitted

ROOM = (400, 170, 1200, 1020)
_FAR = 0.4
_NEAR = 0.2
_CUT = 0.72
_MASS = 0.45


def draw_axial(plotter: Any, scene: Scene, level: str, size: tuple[int, int]) -> np.ndarray:
    """Draw one level of a scene, seen from below, on an empty plotter, return its pixels and clear the plotter.

    The bone is a ghost, its cut face is filled, and screws are whole: they climb through the plane, so that a
    section alone would show only a slice of them.
    """
    frame = scene.frames[level]
    mine = [item for item in scene.items if item.level == level]
    bone = next((item for item in mine if item.group == "bone"), None)
    if bone is not None:
        _bone(plotter, bone, frame, scene.cut_height(level))
    for item in mine:
        if item.group in ("screw", "head", "artery", "removed"):
            put(plotter, item, polydata(item.surface))
        elif item.group in ("canal", "trough"):
            put(plotter, item, polydata(item.surface), 1.0)
        elif item.group == "mass":
            put(plotter, item, polydata(item.surface), _MASS)
    points = np.concatenate([i.surface.vertices for i in mine if i.group in ("bone", "head", "screw")])
    camera = fitted(AXIAL, frame, points, size, ROOM)
    picture, _ = still(plotter, camera, solid=False)
    plotter.clear_actors()
    overlay = Overlay(plotter)
    overlay.backdrop(picture)
    notes = [replace(n, lines=(*n.lines, *n.details)) for n in scene.notes if n.level == level]
    notes_beside(overlay, camera, notes, AXIAL.margins, ROOM)
    pedicles = any(mark.startswith("pedicle_isthmus") for mark in scene.landmarks[level])
    where = "pedicles" if pedicles else "transverse foramina"
    caption = [AXIAL.caption, f"Cut through the {where}; screws are drawn whole. Pose of the scan."]
    if not scene.side_attested:
        caption.append("Left and right as the file gives them, not attested.")
    heading = f"{scene.title}: {level} axial"
    frame_marks(overlay, camera, heading, caption, AXIAL.letters, legend(scene, level))
    return overlay.finished(size)


def _bone(plotter: Any, bone: Item, frame: Frame, height: float) -> None:
    """The bone as a ghost, fainter on the near side of the cut, the filled cut face and its outline."""
    origin = frame.to_world(np.array([0.0, 0.0, height]))
    mesh = polydata(bone.surface, edges=False)
    for name, normal, opacity in (("far", -frame.superior, _FAR), ("near", frame.superior, _NEAR)):
        half = mesh.clip(normal=normal, origin=origin)
        if half.n_cells:
            put(plotter, replace(bone, name=f"{bone.name} {name}"), half, opacity)
    outline = polydata(bone.surface, smooth=False).slice(normal=frame.superior, origin=origin)
    if not outline.n_points:
        return
    face = outline.triangulate_contours() if hasattr(outline, "triangulate_contours") else _filled(outline)
    plotter.add_mesh(
        face,
        color=palette.BONE_CUT,
        opacity=_CUT,
        lighting=False,
        name=f"{bone.name} cut",
        reset_camera=False,
        render=False,
    )
    plotter.add_mesh(
        outline,
        color=palette.BONE_OUTLINE,
        line_width=2.5,
        name=f"{bone.name} outline",
        reset_camera=False,
        render=False,
    )


def _filled(outline: Any) -> Any:
    """Closed contours as filled polygons, holes left open."""
    import pyvista as pv
    from vtkmodules.vtkFiltersGeneral import vtkContourTriangulator

    filler = vtkContourTriangulator()
    filler.SetInputData(outline.strip())
    filler.Update()
    return pv.wrap(filler.GetOutput())
