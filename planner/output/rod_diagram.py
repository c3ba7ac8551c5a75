"""The rod of one side laid out for bending: from the side and from behind, with its heads and their distances."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from planner.output import palette
from planner.output.plotting import MARK, figure, scale_bar, svg_text, write_svg
from planner.output.scene import Scene
from planner.output.views import COLUMN_VIEWS, View

SIZE_IN = (7.6, 5.4)
_SCALE_MM = 10.0
_ROOM_IN = (0.3, 0.62, 7.3, 4.6)  # left, foot, right, top of both panels together
_WORDS_MM = 16.0  # beside each rod, for what is written there


def rod_diagram(rod: Mapping[str, Any], scene: Scene) -> str:
    """Draw a rod of a plan document, in the planned pose and the column's own axes, as SVG text."""
    fig = figure(SIZE_IN)
    points = np.array(rod["points"], float)
    seats = [(h["level"], np.array(h["center"], float), h["tilt_deg"]) for h in rod["heads"] if h["center"]]
    views = (COLUMN_VIEWS[f"lateral_{rod['side']}"], COLUMN_VIEWS["posterior"])
    flats = [points @ view.axes(scene.frame)[:2].T for view in views]
    spans = [np.ptp(flat, axis=0) for flat in flats]
    across, tall = sum(s[0] + 2 * _WORDS_MM for s in spans), max(s[1] for s in spans) + 14.0
    left, foot, right, top = _ROOM_IN
    scale = min((right - left) / across, (top - foot) / tall)
    x = left + (right - left - across * scale) / 2
    for number, (view, flat, span) in enumerate(zip(views, flats, spans, strict=True)):
        wide = span[0] + 2 * _WORDS_MM
        place = (x / SIZE_IN[0], foot / SIZE_IN[1], wide * scale / SIZE_IN[0], tall * scale / SIZE_IN[1])
        axes = fig.add_axes(place)
        middle = (flat.min(axis=0) + flat.max(axis=0)) / 2
        axes.set(xlim=middle[0] + wide / 2 * np.array([-1, 1]), ylim=middle[1] + tall / 2 * np.array([-1, 1]))
        axes.axis("off")
        _panel(axes, view, flat, seats, scene, rod, told=number == 0)
        x += wide * scale
    _words(fig, rod, scene, scale)
    return svg_text(fig)


def write_rod_diagrams(document: Mapping[str, Any], scene: Scene, folder: Path) -> list[Path]:
    """Write the diagram of every rod as ``rod_left.svg``."""
    return [
        write_svg(rod_diagram(rod, scene), folder / f"rod_{rod['side']}.svg")
        for rod in document["construct"]["rods"]
        if len(rod["points"]) > 1
    ]


def spacings_mm(rod: Mapping[str, Any]) -> list[float]:
    """Length of rod between neighbouring heads, along the rod, in the order of the heads."""
    points = np.array(rod["points"], float)
    along = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    seats = np.array([h["center"] for h in rod["heads"] if h["center"]], float).reshape(-1, 3)
    places = [along[np.argmin(np.linalg.norm(points - seat, axis=1))] for seat in seats]
    return [float(abs(b - a)) for a, b in zip(places, places[1:], strict=False)]


def _panel(
    axes: Any, view: View, flat: np.ndarray, seats: list[Any], scene: Scene, rod: Mapping[str, Any], told: bool
) -> None:
    """One view. Levels and tilts are written beside the heads, the rod's lengths between them where ``told``."""
    axes.plot(*flat[[0, -1]].T, color=palette.FAINT_INK, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.plot(*flat.T, color=palette.ROD, linewidth=7, solid_capstyle="round")
    basis = view.axes(scene.frame)[:2]
    places = [seat @ basis.T for _, seat, _ in seats]
    for (level, _, tilt), place in zip(seats, places, strict=True):
        axes.plot(*place, "o", markersize=9, markerfacecolor="white", markeredgecolor=palette.INK)
        words = f"{level}, tilt {tilt:.0f}°" if told and tilt is not None else level
        axes.text(place[0] + 3.2, place[1], words, fontsize=9, va="center")
    for above, below, mm in zip(places, places[1:], spacings_mm(rod), strict=False):
        if told:
            middle = (above + below) / 2
            axes.text(middle[0] - 3.2, middle[1], f"{mm:.1f} mm", fontsize=8.5, ha="right", va="center")
    left, right = view.letters
    style = {"fontsize": 13, "fontweight": "bold", "va": "center", "transform": axes.transAxes}
    axes.text(0.0, 0.5, left, ha="left", **style)
    axes.text(1.0, 0.5, right, ha="right", **style)
    axes.set_title(view.heading, fontsize=10, color=palette.INK)


def _words(fig: Any, rod: Mapping[str, Any], scene: Scene, scale: float) -> None:
    width, height = SIZE_IN
    bend = rod["min_bend_radius_mm"]
    tightest = f"tightest bend {bend:.0f} mm radius" if bend is not None else "straight"
    heading = f"{rod['side'].capitalize()} rod, {'–'.join((rod['levels'][0], rod['levels'][-1]))}"
    told = f"{rod['diameter_mm']:g} mm thick, {rod['length_mm']:.0f} mm long, {tightest}. Lengths along the rod."
    fig.text(0.08 / width, 1 - 0.08 / height, heading, fontsize=12, fontweight="bold", va="top")
    fig.text(0.08 / width, 1 - 0.34 / height, told, fontsize=8.5, va="top")
    pose = f"Planned pose: {scene.reduction}." if scene.reduction else "Pose of the scan."
    sides = "" if scene.side_attested else " Left and right not attested."
    for row, words in enumerate((f"{pose} Dashed: straight from end to end.{sides}", MARK)):
        fig.text(0.08 / width, (0.32 - 0.22 * row) / height, words, fontsize=8, color=palette.FAINT_INK, va="bottom")
    scale_bar(fig, SIZE_IN, scale, _SCALE_MM)
