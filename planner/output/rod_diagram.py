"""The rod of one side laid out for bending: from the side and from behind, with its heads and their distances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from planner.output import palette
from planner.output.plotting import Panel, figure, foot_lines, heading_lines, svg_text
from planner.output.scene import Scene
from planner.output.views import COLUMN_VIEWS, View

SIZE_IN = (7.6, 5.4)
_ROOM_IN = (0.3, 0.6, 7.3, 4.6)  # left, foot, right, top of both panels together
_WORDS_MM = 24.0  # beside each rod, for what is written there


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
        half = np.array([span[0] + 2 * _WORDS_MM, tall]) / 2
        middle = (flat.min(axis=0) + flat.max(axis=0)) / 2
        panel = Panel(
            fig=fig, corner_in=(x, foot), inches_per_mm=scale, low=tuple(middle - half), high=tuple(middle + half)
        )
        _draw_rod(panel, view, flat, seats, scene, rod, told=number == 0)
        x += 2 * half[0] * scale
    bend = rod["min_bend_radius_mm"]
    tightest = f"tightest bend {bend:.0f} mm radius" if bend is not None else "straight"
    heading = f"{rod['side'].capitalize()} rod, {'–'.join((rod['levels'][0], rod['levels'][-1]))}"
    told = f"{rod['diameter_mm']:g} mm thick, {rod['length_mm']:.0f} mm long, {tightest}. Lengths along the rod."
    heading_lines(fig, heading, [told])
    pose = f"Planned pose: {scene.reduction}." if scene.reduction else "Pose of the scan."
    sides = "" if scene.side_attested else " Left and right not attested."
    foot_lines(fig, f"{pose} Dashed: straight from end to end.{sides}", scale)
    return svg_text(fig)


def rod_diagrams(document: Mapping[str, Any], scene: Scene) -> dict[str, str]:
    """The diagram of every rod by its side, as SVG text."""
    return {rod["side"]: rod_diagram(rod, scene) for rod in document["construct"]["rods"] if len(rod["points"]) > 1}


def spacings_mm(rod: Mapping[str, Any]) -> list[float]:
    """Length of rod between neighbouring heads, along the rod, in the order of the heads."""
    points = _fine(np.array(rod["points"], float))
    along = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    seats = np.array([h["center"] for h in rod["heads"] if h["center"]], float).reshape(-1, 3)
    places = [along[np.argmin(np.linalg.norm(points - seat, axis=1))] for seat in seats]
    return [float(abs(b - a)) for a, b in zip(places, places[1:], strict=False)]


def _fine(points: np.ndarray) -> np.ndarray:
    """A polyline with twenty points for each of its own, so that the nearest one is near."""
    k = np.arange(len(points))
    fine = np.linspace(0, len(points) - 1, 20 * (len(points) - 1) + 1)
    return np.column_stack([np.interp(fine, k, points[:, axis]) for axis in range(3)])


def _draw_rod(
    panel: Panel, view: View, flat: np.ndarray, seats: list[Any], scene: Scene, rod: Mapping[str, Any], told: bool
) -> None:
    """One view. Levels are written beside the heads; where ``told`` their tilts and the lengths between them too."""
    panel.shape([flat[[0, -1]]], edge=palette.FAINT_INK, width=0.8, dashes=(0, (4, 3)), closed=False, zorder=1)
    thick = 72 * panel.inches_per_mm * rod["diameter_mm"]
    panel.shape([flat], edge=palette.ROD, width=thick, closed=False, zorder=2)
    basis = view.axes(scene.frame)[:2]
    places = [seat @ basis.T for _, seat, _ in seats]
    for (level, _, tilt), place in zip(seats, places, strict=True):
        panel.dot(place, 1.1)
        words = f"{level}, tilt {tilt:.0f}°" if told and tilt is not None else level
        panel.text(place + (3.2, 0), words, plate=0.85, fontsize=9, va="center")
    for above, below, mm in zip(places, places[1:], spacings_mm(rod), strict=False):
        if told:
            middle = flat[np.argmin(np.linalg.norm(flat - (above + below) / 2, axis=1))]
            panel.text(middle - (4.2, 0), f"{mm:.1f} mm", fontsize=8.5, ha="right", va="center")
    panel.letters((*view.letters, "", ""), 13)
    panel.frame()
    panel.heading(view.heading)
