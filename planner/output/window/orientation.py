"""The cube in the corner that turns with the column: L R, A P, S I on its faces."""

from __future__ import annotations

from typing import Any

from planner.output import palette

_FACES = {"XPlus": "L", "XMinus": "R", "YPlus": "P", "YMinus": "A", "ZPlus": "S", "ZMinus": "I"}
_CORNER = (0.87, 0.01, 0.995, 0.17)


def orientation_marker(plotter: Any) -> Any:
    """Put the marker into a plotter, on screen or off; return its cube. World axes are LPS."""
    import pyvista as pv
    from vtkmodules.vtkRenderingAnnotation import vtkAnnotatedCubeActor

    cube = vtkAnnotatedCubeActor()
    for face, letter in _FACES.items():
        getattr(cube, f"Set{face}FaceText")(letter)
        getattr(cube, f"Get{face}FaceProperty")().SetColor(pv.Color(palette.INK).float_rgb)
    # Letters stand upright to an eye behind the patient and on both sides, the head on top.
    cube.SetXFaceTextRotation(0)
    cube.SetYFaceTextRotation(0)
    cube.SetZFaceTextRotation(-90)
    cube.SetFaceTextScale(0.62)
    cube.GetCubeProperty().SetColor(pv.Color(palette.BONE).float_rgb)
    cube.GetTextEdgesProperty().SetColor(pv.Color(palette.FAINT_INK).float_rgb)
    plotter.add_orientation_widget(cube, interactive=False, viewport=_CORNER)
    return cube
