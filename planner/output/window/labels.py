"""Names that stand in space: each level's behind its spinous process, and the chosen screw's behind its head."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.output import palette
from planner.output.scene import Scene

_BEHIND_TIP_MM = 5.0
_BEHIND_LAMINA_MM = 20.0
_BEHIND_BODY_MM = 45.0


def level_places(scene: Scene) -> dict[str, np.ndarray]:
    """Where each level's name stands: behind its spinous process, lamina or body, whichever is known."""
    places = {}
    for level, frame in scene.frames.items():
        marks = scene.landmarks[level]
        for name, behind in (("spinous_process_tip", _BEHIND_TIP_MM), ("spinolaminar_point", _BEHIND_LAMINA_MM)):
            if name in marks:
                places[level] = marks[name] + behind * frame.posterior
                break
        else:
            places[level] = frame.origin + _BEHIND_BODY_MM * frame.posterior
    return places


class Label:
    """Words at a place in space that always face the eye."""

    def __init__(self, plotter: Any, name: str, words: str, bold: bool = False) -> None:
        from vtkmodules.vtkRenderingCore import vtkBillboardTextActor3D

        self.actor = vtkBillboardTextActor3D()
        self.actor.SetInput(words)
        style = self.actor.GetTextProperty()
        style.SetFontFamilyToArial()
        style.SetFontSize(15)
        style.SetBold(bold)
        style.SetColor(_rgb(palette.INK))
        style.SetJustificationToCentered()
        style.SetVerticalJustificationToCentered()
        plotter.add_actor(self.actor, name=f"label {name}", reset_camera=False, pickable=False, render=False)

    def show(self, place: np.ndarray | None, words: str | None = None) -> None:
        """Stand at a world place (mm), or nowhere."""
        self.actor.SetVisibility(place is not None)
        if place is not None:
            self.actor.SetPosition(*map(float, place))
        if words is not None:
            self.actor.SetInput(words)


def _rgb(color: str) -> tuple[float, float, float]:
    import pyvista as pv

    return pv.Color(color).float_rgb
