"""The slice sheet of one anchor: five cuts at one scale with the screw and what it was held against, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from planner.geometry.axes import Frame, unit
from planner.geometry.surface import Surface
from planner.output import palette
from planner.output.hardware import tube
from planner.output.plotting import MARK, figure, scale_bar, svg_text, write_svg
from planner.output.slices import Cut, contours, cuts_of
from planner.output.wording import anchor_words, angle_words

SIZE_IN = (7.6, 6.8)
_SHAPES = {
    "vertebral_artery": ("artery", palette.ARTERY, "-"),
    "nerve_root": ("root", palette.ROOT, (0, (1.2, 1.2))),
    "canal": ("canal", palette.CANAL, (0, (5, 1.6))),
    "avoid": ("keep-out", palette.AVOID, (0, (5, 1.2, 1.2, 1.2))),
}
"""Word, colour and dashes by hazard: no meaning rests on the colour alone."""
_SCALE_MM = 10.0
_LEAST_LABELLED_MM = 2.5
_MARGIN_IN, _GAP_IN = 0.08, 0.34
_TOP_IN, _FOOT_IN = 0.9, 0.58


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shapes:
    """What is cut for one anchor: bones by level (its own and its neighbours'), masses, and hazards by name."""

    level: str
    bones: Mapping[str, Surface]
    masses: Sequence[Surface]
    hazards: Sequence[tuple[str, Surface]]


def shapes_beside(
    document: Mapping[str, Any], level: str, side: str, bones: Mapping[str, Surface], extras: Mapping[str, Surface]
) -> Shapes:
    """Gather what lies by one side of a level, from a plan document and the bones of its case in scan pose."""
    column = list(document["anatomy"])
    at = column.index(level)
    near = [name for name in column[max(at - 1, 0) : at + 2] if name in bones]
    masses = [s for name, s in extras.items() if is_mass(name)]
    hazards = [
        (h["name"], canal_surface(h["rings"]) if "rings" in h else tube(np.array(h["path"], float), h["radius_mm"]))
        for h in document.get("hazards", [])
        if h["level"] == level and h["side"] in (side, "midline")
    ]
    hazards += [("avoid", s) for name, s in extras.items() if not is_mass(name)]
    return Shapes(level=level, bones={name: bones[name] for name in near}, masses=masses, hazards=hazards)


def is_mass(name: str) -> bool:
    return name.lower().startswith(("mass", "calcification"))


def canal_surface(rings: Sequence[Any]) -> Surface:
    """The canal's free space between its rings, closed at both ends."""
    from planner.output.hardware import capped

    return capped(np.array(rings, float))


def slice_sheet(document: Mapping[str, Any], fixation: Mapping[str, Any], frame: Frame, shapes: Shapes) -> str:
    """Draw the sheet of one fixation that has a screw and return it as SVG text."""
    cuts = cuts_of(fixation, frame)
    fig = figure(SIZE_IN)
    scale = _inches_per_mm(cuts)
    for cut, corner in zip(cuts, _corners(cuts, scale), strict=True):
        width, height = (2 * reach * scale for reach in cut.reach_mm)
        axes = fig.add_axes(
            (corner[0] / SIZE_IN[0], corner[1] / SIZE_IN[1], width / SIZE_IN[0], height / SIZE_IN[1])
        )
        _panel(axes, cut, fixation, shapes)
    _frame_words(fig, document, fixation, scale)
    return svg_text(fig)


def write_slice_sheets(sheets: Mapping[tuple[str, str], str], folder: Path) -> list[Path]:
    """Write sheets by (level, side) as ``slices_C4_right.svg``."""
    return [write_svg(text, folder / f"slices_{level}_{side}.svg") for (level, side), text in sheets.items()]


def slice_sheets(
    document: Mapping[str, Any], bones: Mapping[str, Surface], extras: Mapping[str, Surface]
) -> dict[tuple[str, str], str]:
    """The sheet of every fixation with a screw, by (level, side), as SVG text."""
    sheets = {}
    for fixation in document["fixations"]:
        level, side = fixation["level"], fixation["side"]
        if fixation["entry"] is None or level not in bones:
            continue
        block = document["anatomy"][level]["frame"]
        frame = Frame.from_axes(np.array(block["origin"]), np.array(block["left"]), np.array(block["superior"]))
        shapes = shapes_beside(document, level, side, bones, extras)
        sheets[level, side] = slice_sheet(document, fixation, frame, shapes)
    return sheets


def _inches_per_mm(cuts: Sequence[Cut]) -> float:
    rows = (cuts[:2], cuts[2:])
    across = min(
        (SIZE_IN[0] - 2 * _MARGIN_IN - 0.14 * (len(row) - 1)) / sum(2 * c.reach_mm[0] for c in row) for row in rows
    )
    tall = SIZE_IN[1] - _TOP_IN - _FOOT_IN - _GAP_IN
    return min(across, tall / sum(2 * max(c.reach_mm[1] for c in row) for row in rows))


def _corners(cuts: Sequence[Cut], scale: float) -> list[tuple[float, float]]:
    """Lower left corners in inches: two panels above, three below, each row centred."""
    corners, top = [], SIZE_IN[1] - _TOP_IN
    for row in (cuts[:2], cuts[2:]):
        widths = [2 * c.reach_mm[0] * scale for c in row]
        height = 2 * row[0].reach_mm[1] * scale
        gap = (SIZE_IN[0] - 2 * _MARGIN_IN - sum(widths)) / max(len(row) - 1, 1)
        gap = min(gap, 0.3)
        left = (SIZE_IN[0] - sum(widths) - gap * (len(row) - 1)) / 2
        for width in widths:
            corners.append((left, top - height))
            left += width + gap
        top -= height + _GAP_IN
    return corners


def _panel(axes: Any, cut: Cut, fixation: Mapping[str, Any], shapes: Shapes) -> None:
    width, height = cut.reach_mm
    axes.set(xlim=(-width, width), ylim=(-height, height), xticks=[], yticks=[])
    axes.set_aspect("equal")
    axes.set_facecolor("white")
    for side in axes.spines.values():
        side.set(color="#b4bcc4", linewidth=0.8)
    for level, bone in shapes.bones.items():
        own = level == shapes.level
        fill, edge = (palette.BONE, palette.BONE_OUTLINE) if own else (palette.BONE_NEIGHBOUR, palette.NEIGHBOUR_OUTLINE)
        rings = _draw(axes, bone, cut, fill, edge, 1.1 if own else 0.7, zorder=2 if own else 1)
        if not own and rings:
            _label(axes, rings, level, palette.NEIGHBOUR_OUTLINE, cut)
    for mass in shapes.masses:
        _draw(axes, mass, cut, palette.MASS, "#77708c", 0.8, zorder=3)
    _screw(axes, cut, fixation)
    told = set()
    for name, surface in shapes.hazards:
        word, color, dashes = _SHAPES.get(name, _SHAPES["avoid"])
        rings = _draw(axes, surface, cut, "none", color, 1.5, zorder=6, dashes=dashes)
        if rings and word not in told:
            told.add(word)
            _label(axes, rings, word, color, cut)
    axes.set_title(cut.heading, fontsize=9, color=palette.INK, pad=4, loc="left")
    _side_letters(axes, cut)


def _draw(
    axes: Any, surface: Surface, cut: Cut, fill: str, edge: str, width: float, zorder: int, dashes: Any = "-"
) -> list[np.ndarray]:
    """Fill and outline a surface's contour; an open surface is outlined only. Returns the rings drawn."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    rings, solid = contours(surface, cut)
    if rings:
        parts = [Outline(np.vstack([r, r[:1]]) if solid else r, closed=solid) for r in rings]
        axes.add_patch(
            PathPatch(
                Outline.make_compound_path(*parts), facecolor=fill if solid else "none", edgecolor=edge,
                linewidth=width, linestyle=dashes, zorder=zorder, joinstyle="round",
            )
        )  # fmt: skip
    return rings


def _label(axes: Any, rings: Sequence[np.ndarray], words: str, color: str, cut: Cut) -> None:
    """A word in the middle of the largest ring, on a pale plate; none where hardly any of it is seen."""
    points = max(rings, key=lambda ring: np.ptp(ring, axis=0).prod())
    seen = np.clip(points, -np.array(cut.reach_mm), cut.reach_mm)
    if np.ptp(seen, axis=0).min() < _LEAST_LABELLED_MM:
        return
    inside = np.array(cut.reach_mm) - (2.6, 1.2)
    place = np.clip((seen.min(axis=0) + seen.max(axis=0)) / 2, -inside, inside)
    axes.text(
        *place, words, fontsize=7.5, color=color, ha="center", va="center", zorder=9,
        bbox={"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.75},
    )  # fmt: skip


def _screw(axes: Any, cut: Cut, fixation: Mapping[str, Any]) -> None:
    """The shaft at its full diameter: a bar with a rounded tip along the screw, a circle across it."""
    from matplotlib.patches import Circle, PathPatch
    from matplotlib.path import Path as Outline

    color, radius = palette.STATUS[fixation["status"]], fixation["screw"]["diameter_mm"] / 2
    if cut.depth_mm is not None:
        axes.add_patch(Circle((0, 0), radius, facecolor=color, edgecolor=palette.INK, alpha=0.75, linewidth=1, zorder=5))
        axes.plot([0], [0], "+", color="white", markersize=5, zorder=7)
        return
    entry, tip = cut.flat(np.array([fixation["entry"], fixation["tip"]], float))
    along = unit(tip - entry)
    square = np.array([-along[1], along[0]])
    turn = np.linspace(np.pi / 2, -np.pi / 2, 17)[:, None]
    nose = tip - radius * along
    cap = nose + radius * (np.cos(turn) * along + np.sin(turn) * square)
    ring = np.vstack([entry + radius * square, cap, entry - radius * square])
    axes.add_patch(
        PathPatch(
            Outline(np.vstack([ring, ring[:1]]), closed=True), facecolor=color, edgecolor=palette.INK, alpha=0.75,
            linewidth=1, zorder=5,
        )
    )  # fmt: skip
    axes.plot(*np.array([entry, tip]).T, color="white", linewidth=0.8, zorder=7)
    axes.plot(*entry, "o", color="white", markeredgecolor=palette.INK, markersize=4, zorder=8)


def _side_letters(axes: Any, cut: Cut) -> None:
    left, right, foot, top = cut.letters
    style = {"fontsize": 10, "fontweight": "bold", "color": palette.INK, "transform": axes.transAxes, "zorder": 10}
    style["bbox"] = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.7}
    axes.text(0.015, 0.5, left, ha="left", va="center", **style)
    axes.text(0.985, 0.5, right, ha="right", va="center", **style)
    axes.text(0.5, 0.985, top, ha="center", va="top", **style)
    axes.text(0.5, 0.015, foot, ha="center", va="bottom", **style)


def _frame_words(fig: Any, document: Mapping[str, Any], fixation: Mapping[str, Any], scale: float) -> None:
    screw = fixation["screw"]
    heading = (
        f"{fixation['level']} {fixation['side']}: {anchor_words(fixation['anchor'], fixation['technique'])}, "
        f"{screw['diameter_mm']:g} × {screw['length_mm']:g} mm, {fixation['status']}"
    )
    width, height = SIZE_IN
    fig.text(_MARGIN_IN / width, 1 - 0.08 / height, heading, fontsize=12, fontweight="bold", va="top", color=palette.INK)
    sides = "" if document["case"]["side_attested"] else " Left and right not attested."
    for row, line in enumerate(numbers_lines(fixation)):
        fig.text(_MARGIN_IN / width, 1 - (0.32 + 0.17 * row) / height, line, fontsize=8.5, va="top")
    words = f"Pose of the scan. Grey: neighbouring bone. Hazards as modelled, not seen.{sides}"
    fig.text(_MARGIN_IN / width, 0.32 / height, words, fontsize=8, color=palette.FAINT_INK, va="bottom")
    fig.text(_MARGIN_IN / width, 0.1 / height, MARK, fontsize=8, color=palette.FAINT_INK, va="bottom")
    scale_bar(fig, SIZE_IN, scale, _SCALE_MM)


def numbers_lines(fixation: Mapping[str, Any]) -> list[str]:
    """Angles and hold in one line, clearances in the next."""
    angles = fixation["angles"]
    parts = [angle_words(angles)] if None not in (angles["lateral_deg"], angles["cephalad_deg"]) else []
    if fixation["purchase_mm"] is not None:
        parts.append(f"{fixation['purchase_mm']:.1f} mm in bone")
    clear = [f"{k.replace('_', ' ')} {v:.1f}" for k, v in fixation["clearance_mm"].items() if v is not None]
    return [", ".join(parts), f"Clearance, mm: {', '.join(clear)}" if clear else ""]
