"""The mouse in the window: what it is over, what it clicks, and distances between two clicks."""

from __future__ import annotations

from typing import Any

from planner.output import palette
from planner.output.window.host import Host

_STILL_PIXELS = 4
_PARTS = ("screw", "head")


class Pointing:
    """Hover, click and ruler. Screws and heads are found through bone: they are what one looks for."""

    def __init__(self, window: Host) -> None:
        from vtkmodules.vtkRenderingCore import vtkCellPicker

        self.window, self._down = window, None
        self._picker = vtkCellPicker()
        self._picker.SetTolerance(0.002)
        self._picker.PickFromListOn()
        self.rulers: list[Any] = []
        self.distance_mm: float | None = None
        iren = window.plotter.iren
        iren.add_observer("MouseMoveEvent", self._moved)
        iren.add_observer("LeftButtonPressEvent", self._pressed)
        iren.add_observer("LeftButtonReleaseEvent", self._released)

    def under(self, x: int, y: int) -> tuple[str, str] | None:
        """Level and side of the visible screw or head at a pixel from the lower left corner; None beside them."""
        drawn = self.window.drawn
        self._picker.InitializePickList()
        parts = {}
        for name, item in drawn.items.items():
            if item.group in _PARTS and drawn.actors[name].visibility:
                self._picker.AddPickList(drawn.actors[name])
                parts[drawn.actors[name].GetAddressAsString("")] = item.name
        if not self._picker.Pick(x, y, 0, self.window.plotter.renderer):
            return None
        level, side = parts[self._picker.GetActor().GetAddressAsString("")].split()[1:3]
        return level, side

    def measure(self) -> None:
        """A ruler for two clicks; again, and all rulers go."""
        plotter = self.window.plotter
        if self.rulers:
            plotter.clear_measure_widgets()
            self.rulers, self.distance_mm = [], None
            self.window.say("")
            return
        self.rulers.append(plotter.add_measurement_widget(self._measured, color=palette.STATUS["rejected"]))
        self.window.say("Click two points on what is drawn.")

    def _measured(self, _: Any, __: Any, distance: float) -> None:
        self.distance_mm = float(distance)
        self.window.say(f"{distance:.1f} mm between the two points (r clears)")

    def _at(self) -> tuple[int, int]:
        return self.window.plotter.iren.interactor.GetEventPosition()

    def _moved(self, *_: Any) -> None:
        if self._down is None and not self.rulers:
            self.window.hover(self.under(*self._at()))

    def _pressed(self, *_: Any) -> None:
        self._down = self._at()

    def _released(self, *_: Any) -> None:
        down, self._down = self._down, None
        x, y = self._at()
        if down and not self.rulers and abs(x - down[0]) + abs(y - down[1]) <= _STILL_PIXELS:
            self.window.choose(self.under(x, y))
