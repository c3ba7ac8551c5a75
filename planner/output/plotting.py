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
