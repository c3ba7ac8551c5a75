"""The axial picture of one level: the bone cut across at its pedicles, both screws, canal and artery spaces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from planner.geometry.axes import Frame
from planner.output import palette
from planner.output.drawing import aim, polydata, put, stage
from planner.output.legend import legend
from planner.output.marks import Overlay, frame_marks, notes_beside
from planner.output.scene import Item, Scene
from planner.output.views import AXIAL, fitted

ROOM = (430, 170, 1170, 1040)
_GHOST = 0.22
_CUT = 0.72


def draw_axial(scene: Scene, level: str, file: Path, size: tuple[int, int]) -> Path:
    """Draw one level of a scene, seen from below, and write it as PNG.

    The bone on the head's side of the cut stays as a ghost, the cut face is filled, and screws are whole: they
    climb through the plane, so that a section alone would show only a slice of them.
    """
    frame = scene.frames[level]
    mine = [item for item in scene.items if item.level == level]
    bone = next((item for item in mine if item.group == "bone"), None)
    plotter = stage(size)
    try:
        if bone is not None:
            _bone(plotter, bone, frame, scene.cut_height(level))
        for item in mine:
            if item.group in ("screw", "head", "artery", "removed"):
                put(plotter, item, polydata(item.surface))
            elif item.group in ("canal", "trough"):
                put(plotter, item, polydata(item.surface), 1.0)
        plotter.enable_depth_peeling(8)
        plotter.enable_anti_aliasing("fxaa")
        points = np.concatenate([i.surface.vertices for i in mine if i.group in ("bone", "head", "screw")])
        camera = fitted(AXIAL, frame, points, size, ROOM)
        overlay = Overlay(plotter)
        notes = [n for n in scene.notes if n.level == level]
        notes_beside(overlay, camera, notes, AXIAL.margins, ROOM)
        caption = [AXIAL.caption, "Cut through the pedicles; screws are drawn whole."]
        if not scene.side_attested:
            caption.append("Left and right as the file gives them, not attested.")
        frame_marks(
            overlay, camera, f"{scene.title}: {level} axial", caption, AXIAL.letters, legend(scene, level)
        )
        aim(plotter, camera)
        plotter.screenshot(str(file))
    finally:
        plotter.close()
    return file


def _bone(plotter: Any, bone: Item, frame: Frame, height: float) -> None:
    """The ghost of the bone above the cut, the filled cut face and its outline."""
    origin = frame.to_world(np.array([0.0, 0.0, height]))
    mesh = polydata(bone.surface)
    above = mesh.clip(normal=-frame.superior, origin=origin)
    if above.n_cells:
        put(plotter, bone, above, _GHOST)
    outline = polydata(bone.surface, smooth=False).slice(normal=frame.superior, origin=origin)
    if not outline.n_points:
        return
    face = outline.triangulate_contours() if hasattr(outline, "triangulate_contours") else _filled(outline)
    plotter.add_mesh(
        face, color=palette.BONE_CUT, opacity=_CUT, lighting=False, name=f"{bone.name} cut", reset_camera=False
    )
    plotter.add_mesh(
        outline, color=palette.BONE_OUTLINE, line_width=2.5, name=f"{bone.name} outline", reset_camera=False
    )


def _filled(outline: Any) -> Any:
    """Closed contours as filled polygons, holes left open."""
    import pyvista as pv
    from vtkmodules.vtkFiltersGeneral import vtkContourTriangulator

    filler = vtkContourTriangulator()
    filler.SetInputData(outline.strip())
    filler.Update()
    return pv.wrap(filler.GetOutput())
