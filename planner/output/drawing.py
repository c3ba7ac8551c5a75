"""From a scene's shapes to PyVista actors: shading, light and camera. Here the renderer is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from planner.errors import OutputError
from planner.geometry.surface import Surface
from planner.output import palette
from planner.output.scene import Item
from planner.output.views import Camera

FACE_BUDGET = 400_000
"""Beyond this many faces of bone in one picture, bones are decimated for drawing only."""

_FEATURE_ANGLE_DEG = 55.0
SAMPLES = 4
"""Samples a pixel that smooth the edges of what is drawn."""


def polydata(surface: Surface, reduce_by: float = 0.0, smooth: bool = True, edges: bool = True) -> Any:
    """A surface as `pyvista.PolyData`, with point normals where ``smooth``, split at sharp ``edges``.

    Splitting takes a hundred times as long as the normals themselves: metal needs it, bone does not.
    """
    import pyvista as pv

    faces = np.column_stack([np.full(len(surface.faces), 3), surface.faces]).ravel()
    mesh = pv.PolyData(np.asarray(surface.vertices, np.float32), faces)
    if reduce_by > 0:
        mesh = mesh.decimate(reduce_by)
    if smooth:
        mesh = mesh.compute_normals(
            cell_normals=False,
            split_vertices=edges,
            feature_angle=_FEATURE_ANGLE_DEG,
            consistent_normals=False,
        )
    return mesh


def bone_reduction(items: tuple[Item, ...]) -> float:
    """The share of faces to take from every bone so that all stay under the budget; 0 if they do already."""
    total = sum(len(item.surface.faces) for item in items if item.group in ("bone", "mass"))
    return max(0.0, 1.0 - FACE_BUDGET / total) if total else 0.0


def stage(size: tuple[int, int], off_screen: bool = True, samples: int = SAMPLES) -> Any:
    """An empty plotter with background and lights, so many samples a pixel. The caller closes it."""
    import pyvista as pv
    from vtkmodules.vtkCommonCore import vtkLogger

    # VTK tries X, then EGL, then OSMesa, and warns of each it passes over.
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)
    plotter = pv.Plotter(
        off_screen=off_screen, window_size=list(size), lighting="none", theme=pv.themes.DocumentTheme()
    )
    if samples:
        plotter.enable_anti_aliasing("msaa", multi_samples=samples)
    else:
        plotter.disable_anti_aliasing()
    plotter.set_background(palette.BACKGROUND)
    for place, strength in (((-0.5, 0.8, 1.0), 0.66), ((0.9, 0.25, 0.7), 0.34), ((0.0, -0.9, 0.5), 0.14)):
        light = pv.Light(position=place, light_type="camera light", intensity=strength)
        plotter.add_light(light)
    return plotter


def put(plotter: Any, item: Item, mesh: Any, opacity: float | None = None) -> Any:
    """Add one item's mesh and return its actor; metal shines, bone hardly does.

    The inner side of a closed surface is never drawn: it takes nearly half the time and shows nothing.
    """
    metal = item.group in ("screw", "head", "rod")
    actor = plotter.add_mesh(
        mesh,
        name=item.name,
        color=item.color,
        opacity=item.opacity if opacity is None else opacity,
        smooth_shading=True,
        ambient=0.2 if metal else 0.26,
        diffuse=0.92,
        specular=0.55 if metal else 0.08,
        specular_power=30 if metal else 8,
        show_scalar_bar=False,
        reset_camera=False,
        render=False,
        culling="back" if item.surface.is_closed else None,
    )
    if item.group == "removed":
        # It shares faces with the bone it comes from: draw it just in front of them.
        actor.mapper.SetResolveCoincidentTopologyToPolygonOffset()
        actor.mapper.SetRelativeCoincidentTopologyPolygonOffsetParameters(-2.0, -2.0)
    return actor


def aim(plotter: Any, camera: Camera, depth_mm: float = 400.0) -> None:
    """Point the plotter's camera as a `Camera` says, and render."""
    plotter.camera.parallel_projection = True
    plotter.camera.focal_point = camera.focus
    plotter.camera.position = camera.focus + depth_mm * camera.axes[2]
    plotter.camera.up = camera.axes[1]
    plotter.camera.parallel_scale = camera.mm_per_pixel * camera.size[1] / 2
    plotter.camera.clipping_range = (1.0, 2.0 * depth_mm)
    render(plotter)


def render(plotter: Any) -> None:
    """Draw what stands on the stage, the first time too."""
    if plotter.render_window.GetNeverRendered() and plotter.off_screen:
        plotter.show(auto_close=False)  # before this a plotter's render does nothing
    else:
        plotter.render()


def picture_of(plotter: Any, depth: bool = False) -> np.ndarray:
    """What a plotter shows, as rendered last: colours (h, w, 3), or the depth buffer (h, w) from 0 to 1."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkRenderingCore import vtkWindowToImageFilter

    reader = vtkWindowToImageFilter()
    reader.SetInput(plotter.render_window)
    if depth:
        reader.SetInputBufferTypeToZBuffer()
    else:
        reader.SetInputBufferTypeToRGB()
    reader.ReadFrontBufferOff()
    reader.ShouldRerenderOff()
    reader.Update()
    image = reader.GetOutput()
    width, height, _ = image.GetDimensions()
    values = vtk_to_numpy(image.GetPointData().GetScalars())
    return values.reshape(height, width, -1).squeeze()[::-1]


def write_png(plotter: Any, file: Path) -> Path:
    """Save what the plotter shows, with light compression."""
    return write_image(picture_of(plotter), file, compress_level=1)


def write_image(picture: np.ndarray, file: Path, compress_level: int = 4) -> Path:
    """Save (height, width, 3) pixels as PNG; raises `OutputError` where the file cannot be written."""
    from PIL import Image

    try:
        Image.fromarray(np.ascontiguousarray(picture)).save(file, format="PNG", compress_level=compress_level)
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error.strerror}.", "Name another file or folder.") from error
    return Path(file)
