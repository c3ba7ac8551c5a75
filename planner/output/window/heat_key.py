"""The keys of heat maps: a bar for each at the window's left edge."""

from __future__ import annotations

from typing import Any

from planner.output import palette
from planner.output.heat import Heat
from planner.output.window.drawn import heat_table

_CORNER, _SIZE, _PITCH = (0.012, 0.25), (0.2, 0.06), 0.1
_LABELS = 6


class HeatKey:
    """A horizontal bar with its values in mm, in a row of the window's left edge; hidden until it is shown."""

    def __init__(self, plotter: Any, heat: Heat, row: int) -> None:
        import pyvista as pv
        from vtkmodules.vtkRenderingAnnotation import vtkScalarBarActor

        bar = vtkScalarBarActor()
        bar.SetLookupTable(heat_table(heat))
        bar.SetNumberOfLabels(_LABELS)
        bar.SetLabelFormat("{:.0f}")
        bar.SetOrientationToHorizontal()
        bar.SetTextPositionToPrecedeScalarBar()
        bar.SetUnconstrainedFontSize(True)
        bar.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
        bar.GetPositionCoordinate().SetValue(_CORNER[0], _CORNER[1] + row * _PITCH)
        bar.SetWidth(_SIZE[0])
        bar.SetHeight(_SIZE[1])
        style = bar.GetLabelTextProperty()
        style.SetFontFamilyToArial()
        style.SetFontSize(12)
        style.SetColor(*pv.Color(palette.INK).float_rgb)
        style.ItalicOff()
        style.ShadowOff()
        style.BoldOff()
        title = pv.Text(f"{heat.words}, mm", name=f"title {heat.name}")
        title.prop.font_family, title.prop.font_size, title.prop.color = "arial", 14, palette.INK
        title.prop.background_color, title.prop.background_opacity = palette.BACKGROUND, 0.85
        title.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
        title.GetPositionCoordinate().SetValue(_CORNER[0], _CORNER[1] + row * _PITCH + _SIZE[1])
        bar.DrawBackgroundOn()
        bar.GetBackgroundProperty().SetColor(*pv.Color(palette.BACKGROUND).float_rgb)
        bar.GetBackgroundProperty().SetOpacity(0.85)
        self.actors = {f"key {heat.name}": bar, f"title {heat.name}": title}
        for name, actor in self.actors.items():
            plotter.add_actor(actor, name=name, reset_camera=False, pickable=False, render=False)
        self._plotter, self._laid_out = plotter, False
        self.show(False)

    def show(self, yes: bool) -> None:
        for actor in self.actors.values():
            actor.SetVisibility(yes)
        if yes and not self._laid_out:
            self._laid_out = True
            self._plotter.render()  # VTK lays a bar out while it draws it: the first time its numbers lie elsewhere
