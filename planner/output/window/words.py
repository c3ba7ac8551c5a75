"""The text in the window: title, layers, panel, help, notices, and the patient's directions at its edges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from planner.geometry.axes import Frame
from planner.output import palette
from planner.output.marks import MARK
from planner.output.slices import direction_letters
from planner.output.window.keys import LAYERS

_SMALL, _LARGE = 13, 15


class Words:
    """Every text of a window by name, written anew when it changes."""

    def __init__(self, plotter: Any, frame: Frame) -> None:
        self.plotter, self.frame = plotter, frame
        self.actors: dict[str, Any] = {}
        self._put("title", (0.012, 0.985), _LARGE, "left", "top", back=True)
        self._put("layers", (0.012, 0.915), _SMALL, "left", "top", font="courier", back=True)
        self._put("panel", (0.988, 0.985), _SMALL, "left", "top", font="courier", back=True, x=0.72)
        self._put("notice", (0.5, 0.045), _LARGE, "center", "bottom", color=palette.STATUS_INK["rejected"], back=True)
        self._put("hover", (0.5, 0.985), _SMALL, "center", "top", back=True)
        self._put("mark", (0.5, 0.012), 9, "center", "bottom", color=palette.FAINT_INK, back=True)
        self._put("help", (0.5, 0.5), _SMALL, "left", "center", font="courier", back=True, x=0.29)
        self.actors["help"].prop.background_opacity = 1.0
        for name, place in (("at left", (0.25, 0.5)), ("at right", (0.7, 0.5))):
            self._put(name, place, 22, "center", "center", bold=True, back=True)
        for name, place in (("at top", (0.48, 0.955)), ("at foot", (0.48, 0.085))):
            self._put(name, place, 22, "center", "center", bold=True, back=True)
        self["mark"] = MARK

    def __setitem__(self, name: str, text: str) -> None:
        self.actors[name].input = text
        self.actors[name].visibility = bool(text)

    def __getitem__(self, name: str) -> str:
        return self.actors[name].input

    def letters(self, right: Any, up: Any) -> None:
        """The patient's directions at the edges, for a camera with these axes (world unit vectors)."""
        for name, direction in (("left", -right), ("right", right), ("top", up), ("foot", -up)):
            self[f"at {name}"] = direction_letters(direction, self.frame)

    def layers(self, present: Iterable[str], hidden: Iterable[str], more: Iterable[str]) -> None:
        """Each layer that holds something, with its key and whether it is shown."""
        present, hidden = set(present), set(hidden)
        rows = [
            f"[{' ' if layer.key in hidden else 'x'}] {layer.key}  {layer.words}"
            for layer in LAYERS
            if present & set(layer.groups)
        ]
        self["layers"] = "\n".join([*rows, "", *more, "h  all keys"])

    def _put(
        self, name: str, place: tuple[float, float], size: int, across: str, up: str, *, color: str = palette.INK,
        font: str = "arial", back: bool = False, bold: bool = False, x: float | None = None,
    ) -> None:  # fmt: skip
        import pyvista as pv

        actor = pv.Text("", name=name)
        prop = actor.prop
        prop.font_family, prop.font_size, prop.color, prop.bold = font, size, color, bold
        prop.SetVerticalJustificationToTop() if up == "top" else prop.SetVerticalJustificationToBottom()
        if up == "center":
            prop.SetVerticalJustificationToCentered()
        {"left": prop.SetJustificationToLeft, "right": prop.SetJustificationToRight}.get(
            across, prop.SetJustificationToCentered
        )()
        if back:
            prop.background_color, prop.background_opacity = palette.BACKGROUND, 0.85
        actor.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
        actor.GetPositionCoordinate().SetValue(place[0] if x is None else x, place[1])
        actor.visibility = False
        self.plotter.add_actor(actor, name=f"text {name}", reset_camera=False, pickable=False, render=False)
        self.actors[name] = actor
