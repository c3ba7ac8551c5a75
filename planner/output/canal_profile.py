"""The bony canal along its own way as a vector plot, from a plan document: front to back, width, largest circle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from planner.output import palette
from planner.output.plotting import MARK, figure, heading_lines, svg_text

SIZE_IN = (7.6, 3.7)
_LINES = (
    ("ap_mm", "front to back", "#0072b2", "-"),
    ("circle_mm", "largest circle", "#d55e00", "--"),
    ("width_mm", "width", palette.FAINT_INK, ":"),
)
_LARGEST_MM = 30.0


def canal_profile(document: Mapping[str, Any]) -> str | None:
    """Draw the canal's sizes from the head down as SVG text; None where the document holds no canal.

    Narrow places at a slip lie between the stations and oblique to them: their pincer distances are written.
    """
    stations = document.get("canal", {}).get("stations", [])
    if len(stations) < 2:
        return None
    fig = figure(SIZE_IN)
    pinched = [
        f"{name} {s['pincer_mm']:.1f}" for name, s in document["alignment"].items() if s["pincer_mm"] is not None
    ]
    heading_lines(
        fig, "Bony canal, from the head down", [f"Oblique at the segments (pincer), mm: {', '.join(pinched)}"]
    )
    axes = fig.add_axes((0.08, 0.2, 0.9, 0.62))
    along = np.array([s["along_mm"] for s in stations], float)
    levels = [s["level"] for s in stations]
    for level in dict.fromkeys(levels):
        mine = [k for k, name in enumerate(levels) if name == level]
        axes.axvspan(along[mine[0]], along[mine[-1]], color="#eef2f5", zorder=0)
        axes.text(along[mine].mean(), 3.4, level, ha="center", fontsize=9, fontweight="bold")
        for name, words, color, dashes in _LINES:
            sizes = [stations[k][name] for k in mine]
            values = [np.nan if size is None else min(size, _LARGEST_MM) for size in sizes]
            told = words if level == levels[0] else None
            axes.plot(along[mine], values, color=color, linestyle=dashes, linewidth=2, label=told)
    axes.set(xlim=(along.min(), along.max()), ylim=(3, _LARGEST_MM + 4), ylabel="mm", xlabel="mm along the canal")
    axes.grid(axis="y", color="#d8dde2", linewidth=0.6)
    axes.legend(loc="upper right", ncols=3, fontsize=8, frameon=False)
    fig.text(0.08 / SIZE_IN[0], 0.06 / SIZE_IN[1], MARK, fontsize=8, color=palette.FAINT_INK)
    return svg_text(fig)
