"""Vector figures with matplotlib: one way to begin a figure and to end it as SVG. Needs no display."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from planner.errors import OutputError
from planner.output import palette

MARK = "Research, teaching and preview. Not a medical device."
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "planner",
    "font.family": "DejaVu Sans",
    "text.color": palette.INK,
    "axes.edgecolor": palette.FAINT_INK,
    "axes.labelcolor": palette.INK,
    "xtick.color": palette.INK,
    "ytick.color": palette.INK,
}


def figure(size_in: tuple[float, float]) -> Any:
    """An empty white figure."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        return Figure(figsize=size_in, facecolor="white")


def svg_text(fig: Any) -> str:
    """The figure as SVG text, its words as text: the same figure gives the same file."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = io.StringIO()
    with rc_context(_STYLE):
        FigureCanvasSVG(fig).print_svg(out, metadata={"Date": None, "Creator": None})
    return out.getvalue()


def write_svg(text: str, file: Path) -> Path:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"'{file}' cannot be written: {error.strerror}.", "Is the disk full?") from error
    return file


def scale_bar(fig: Any, size_in: tuple[float, float], inches_per_mm: float, length_mm: float) -> None:
    """A bar in the lower right corner of a figure."""
    from matplotlib.lines import Line2D

    width, height = size_in
    long = length_mm * inches_per_mm / width
    x, y = 1 - 0.1 / width - long, 0.2 / height
    ends = ([x, x + long], [x, x], [x + long, x + long])
    ups = ([y, y], *2 * ([y - 0.05 / height, y + 0.05 / height],))
    for across, up in zip(ends, ups, strict=True):
        fig.add_artist(Line2D(across, up, color=palette.INK, linewidth=1.4))
    fig.text(x + long / 2, y + 0.06 / height, f"{length_mm:.0f} mm", fontsize=9, ha="center", va="bottom")
