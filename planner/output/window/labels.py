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
    """Words at a place in space, always before what is drawn there."""

    def __init__(self, plotter: Any, name: str, words: str, bold: bool = False) -> None:
        import pyvista as pv

        self.actor = pv.Text(words, name=name)
        style = self.actor.prop
        style.font_family, style.font_size, style.bold, style.color = "arial", 15, bold, palette.INK
        style.background_color, style.background_opacity = palette.BACKGROUND, 0.7
        style.SetJustificationToCentered()
        style.SetVerticalJustificationToCentered()
        self.actor.GetPositionCoordinate().SetCoordinateSystemToWorld()
        plotter.add_actor(self.actor, name=f"label {name}", reset_camera=False, pickable=False, render=False)

    def show(self, place: np.ndarray | None, words: str | None = None) -> None:
        """Stand at a world place (mm), or nowhere."""
        self.actor.SetVisibility(place is not None)
        if place is not None:
            self.actor.GetPositionCoordinate().SetValue(*map(float, place))
        if words is not None:
            self.actor.SetInput(words)
