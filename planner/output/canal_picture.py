"""The bony canal along its own way as a plot: sagittal diameter, width, largest circle, and area."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from planner.assessment.canal_map import Station
from planner.assessment.finding import Assessment
from planner.output import palette
from planner.output.drawing import aim, stage, write_png
from planner.output.marks import MARK, Overlay
from planner.output.views import Camera

SIZE = (1100, 760)
LOW, HIGH = (90, 110), (1060, 670)
LINES = (("ap_mm", "front to back, mm", "#0072b2"), ("circle_mm", "largest circle, mm", "#d55e00"))
WIDTH = ("width_mm", "width, mm", "#8f979e")
FLOOR_MM, CEILING_MM, TICK_MM = 5.0, 30.0, 5.0


def draw_canal(assessment: Assessment, file: Path) -> Path | None:
    """Write the plot as PNG; None where there is no canal to draw.

    From left to right the canal runs from the head down. Narrow places at a slip lie between the stations, oblique
    to them: the pincer distances are written under the plot.
    """
    stations = assessment.stations
    if not stations:
        return None
    plotter = stage(SIZE)
    try:
        overlay = Overlay(plotter)
        overlay.text((LOW[0], SIZE[1] - 14), "Bony canal from the head down", 24, bold=True, valign="top")
        longest = max(stations[-1].along_mm, 1.0)

        def place(along: float, value: float) -> tuple[float, float]:
            share = (np.clip(value, FLOOR_MM, CEILING_MM) - FLOOR_MM) / (CEILING_MM - FLOOR_MM)
            return LOW[0] + along / longest * (HIGH[0] - LOW[0]), LOW[1] + share * (HIGH[1] - LOW[1])

        for value in np.arange(FLOOR_MM, CEILING_MM + 0.1, TICK_MM):
            overlay.line([place(0, value), place(longest, value)], "#d8dde2", 1.0)
            overlay.text((LOW[0] - 10, place(0, value)[1]), f"{value:g}", 15, align="right", valign="center")
        _levels(overlay, stations, place)
        for k, (name, words, color) in enumerate((*LINES, WIDTH)):
            points = [place(s.along_mm, getattr(s, name)) for s in stations if getattr(s, name) == getattr(s, name)]
            if len(points) > 1:
                overlay.line(points, color, 2.5)
            x = LOW[0] + 250 * k
            overlay.patch((x, 78), (x + 26, 84), color)
            overlay.text((x + 34, 72), words, 15)
        pinched = [f"{s.name} {s.pincer_mm:.1f}" for s in assessment.segments if s.pincer_mm == s.pincer_mm]
        if pinched:
            words = "Oblique, lower rear corner to the lamina above, mm: " + ", ".join(pinched)
            overlay.text((LOW[0], 44), words, 15)
        overlay.text((LOW[0], 14), f"Bone only: disc, ligament and cord are not seen. {MARK}", 12, palette.FAINT_INK)
        aim(plotter, Camera(axes=np.eye(3), focus=np.zeros(3), mm_per_pixel=1.0, size=SIZE))
        return write_png(plotter, file)
    finally:
        plotter.close()


def _levels(overlay: Overlay, stations: Sequence[Station], place) -> None:
    """Each level's run between faint lines, with its name and least area."""
    for level in dict.fromkeys(s.level for s in stations):
        own = [s for s in stations if s.level == level]
        first, last = own[0].along_mm, own[-1].along_mm
        left, right = place(first, FLOOR_MM)[0], place(last, FLOOR_MM)[0]
        overlay.line([(left, LOW[1]), (left, HIGH[1])], "#d8dde2", 1.0)
        overlay.text(((left + right) / 2, HIGH[1] + 4), level, 18, bold=True, align="center")
        least = min(s.area_mm2 for s in own)
        overlay.text(((left + right) / 2, LOW[1] + 6), f"{least:.0f} mm²", 14, palette.FAINT_INK, align="center")
