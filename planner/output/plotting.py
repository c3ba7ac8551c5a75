"""Vector figures with matplotlib, to scale: begun in inches, drawn in millimetres, ended as SVG. Needs no display.

Panels are drawn straight onto the figure: ten sheets of five axes would take matplotlib longer than all else.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from planner.errors import OutputError
from planner.output import palette

MARK = "Research, teaching and preview. Not a medical device."
_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "planner", "font.family": "DejaVu Sans"}
_DECIMALS = re.compile(r"(\d\.\d\d)\d+")
_SPACES = re.compile(r"\n\s*")


def figure(size_in: tuple[float, float]) -> Any:
    """An empty white figure."""
    from matplotlib.figure import Figure

    return Figure(figsize=size_in, facecolor="white")


def svg_text(fig: Any) -> str:
    """The figure as SVG text, its words as text, to a hundredth of a point: the same figure gives the same file."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = io.StringIO()
    with rc_context(_STYLE):
        FigureCanvasSVG(fig).print_svg(out, metadata={"Date": None, "Creator": None})
    return _SPACES.sub("\n", _DECIMALS.sub(r"\1", out.getvalue()))


def write_svg(text: str, file: Path) -> Path:
    """Write SVG text; raises `OutputError` where the file cannot be written."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"'{file}' cannot be written: {error.strerror}.", "Is the disk full?") from error
    return file


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """A window into a plane: ``low`` and ``high`` corners in mm, its lower left ``corner_in`` on the figure in inches.

    What is drawn is in the plane's millimetres and ends at the window's edge.
    """

    fig: Any
    corner_in: tuple[float, float]
    inches_per_mm: float
    low: tuple[float, float]
    high: tuple[float, float]

    @property
    def transform(self) -> Any:
        from matplotlib.transforms import Affine2D

        x, y = np.array(self.corner_in) - self.inches_per_mm * np.array(self.low)
        return Affine2D().scale(self.inches_per_mm).translate(x, y) + self.fig.dpi_scale_trans

    def frame(self) -> None:
        """Draw the window's edge."""
        self.fig.add_artist(self._window(facecolor="none", edgecolor="#b4bcc4", linewidth=0.8, zorder=20))

    def shape(
        self, rings: Sequence[np.ndarray], fill: str = "none", edge: str = "none", width: float = 1.0,
        zorder: float = 1, dashes: Any = "-", closed: bool = True, alpha: float | None = None, ends: str = "butt",
    ) -> None:  # fmt: skip
        """Rings (n, 2) as one shape: holes turn the other way round; lines where not ``closed``."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path as Outline

        parts = [Outline(np.vstack([r, r[:1]]) if closed else r, closed=closed) for r in rings]
        patch = PathPatch(
            Outline.make_compound_path(*parts), facecolor=fill if closed else "none", edgecolor=edge, linewidth=width,
            linestyle=dashes, zorder=zorder, alpha=alpha, joinstyle="round", capstyle=ends, transform=self.transform,
        )  # fmt: skip
        patch.set_clip_path(self._window())
        self.fig.add_artist(patch)

    def dot(self, place: Sequence[float], radius_mm: float, fill: str = "white", zorder: float = 8) -> None:
        """A small ringed dot."""
        from matplotlib.patches import Circle

        self.fig.add_artist(
            Circle(place, radius_mm, facecolor=fill, edgecolor=palette.INK, transform=self.transform, zorder=zorder)
        )

    def text(self, place: Sequence[float], words: str, *, plate: float = 0.0, **style: Any) -> None:
        """Words at a place of the plane, on a pale plate of that opacity."""
        if plate:
            style["bbox"] = {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": plate}
        self.fig.text(*place, words, transform=self.transform, **{"color": palette.INK, "zorder": 10} | style)

    def heading(self, words: str) -> None:
        """Words above the window, at its left."""
        self.text((self.low[0], self.high[1] + 0.06 / self.inches_per_mm), words, fontsize=9, va="bottom")

    def letters(self, letters: Sequence[str], size: float = 10) -> None:
        """The patient's directions at the left, right, foot and top edge."""
        (a, b), (c, d) = self.low, self.high
        gap = 0.05 / self.inches_per_mm
        places = ((a + gap, (b + d) / 2), (c - gap, (b + d) / 2), ((a + c) / 2, b + gap), ((a + c) / 2, d - gap))
        ways = (("left", "center"), ("right", "center"), ("center", "bottom"), ("center", "top"))
        for place, words, (ha, va) in zip(places, letters, ways, strict=True):
            if words:
                self.text(place, words, plate=0.7, fontsize=size, fontweight="bold", ha=ha, va=va)

    def _window(self, **style: Any) -> Any:
        from matplotlib.patches import Rectangle

        wide, tall = np.subtract(self.high, self.low)
        return Rectangle(self.low, wide, tall, transform=self.transform, **style)


def heading_lines(fig: Any, heading: str, lines: Sequence[str]) -> None:
    """A bold heading at the figure's upper left with lines under it."""
    width, height = fig.get_size_inches()
    fig.text(0.08 / width, 1 - 0.08 / height, heading, fontsize=12, fontweight="bold", va="top", color=palette.INK)
    for row, words in enumerate(lines):
        place = (0.08 / width, 1 - (0.32 + 0.17 * row) / height)
        fig.text(*place, words, fontsize=8.5, va="top", color=palette.INK)


def foot_lines(fig: Any, words: str, inches_per_mm: float, bar_mm: float = 10.0) -> None:
    """What the figure shows and what it is for at its lower left, a scale bar at its lower right."""
    from matplotlib.lines import Line2D

    width, height = fig.get_size_inches()
    for row, line in enumerate((words, MARK)):
        fig.text(0.08 / width, (0.32 - 0.22 * row) / height, line, fontsize=8, color=palette.FAINT_INK, va="bottom")
    long = bar_mm * inches_per_mm / width
    x, y = 1 - 0.12 / width - long, 0.2 / height
    tick = np.array([-0.05, 0.05]) / height
    for across, up in (([x, x + long], [y, y]), ([x, x], y + tick), ([x + long, x + long], y + tick)):
        fig.add_artist(Line2D(across, up, color=palette.INK, linewidth=1.4))
    fig.text(x + long / 2, y + 0.06 / height, f"{bar_mm:.0f} mm", fontsize=9, ha="center", va="bottom")
