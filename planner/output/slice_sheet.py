"""The slice sheet of one anchor: five cuts at one scale with the screw and what it was held against, as SVG."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.geometry.axes import Frame, unit
from planner.geometry.surface import Surface
from planner.output import palette
from planner.output.hardware import capped, capsules
from planner.output.plotting import Panel, figure, foot_lines, heading_lines, svg_text
from planner.output.slices import Cut, contours, cuts_of
from planner.output.wording import anchor_words, angle_words

SIZE_IN = (7.6, 6.95)
_SHAPES = {
    "vertebral_artery": ("artery", palette.ARTERY, "-"),
    "nerve_root": ("root", palette.ROOT, (0, (1.2, 1.2))),
    "canal": ("canal", palette.CANAL, (0, (5, 1.6))),
    "avoid": ("keep-out", palette.AVOID, (0, (5, 1.2, 1.2, 1.2))),
}
"""Word, colour and dashes by hazard: no meaning rests on the colour alone."""
_LEAST_LABELLED_MM = 2.5
_LINE_LETTERS = 124
_LABEL_MM = (4.0, 1.7)  # room of a label
_EDGE_MM = (4.6, 3.6)  # beside a picture's edge its letters stand: no label there
_MARGIN_IN, _GAP_IN = 0.08, 0.34
_TOP_IN, _FOOT_IN = 1.05, 0.58


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shapes:
    """What is cut for one anchor: bones by level (its own and its neighbours'), masses, and hazards by name."""

    level: str
    bones: Mapping[str, Surface]
    masses: Sequence[Surface]
    hazards: Sequence[tuple[str, Surface]]


def shapes_beside(
    document: Mapping[str, Any], level: str, side: str, bones: Mapping[str, Surface], extras: Mapping[str, Surface],
    excess: Mapping[str, Surface],
) -> Shapes:  # fmt: skip
    """Gather what lies by one side of a level, from a plan document and the bones of its case in scan pose."""
    column = list(document["anatomy"])
    at = column.index(level)
    near = [name for name in column[max(at - 1, 0) : at + 2] if name in bones]
    masses = [s for name, s in extras.items() if is_mass(name)]
    masses += [s for name, s in excess.items() if name in near]
    hazards = [
        (h["name"], canal_surface(h["rings"]) if "rings" in h else capsules(np.array(h["path"], float), h["radius_mm"]))
        for h in document.get("hazards", [])
        if h["level"] == level and h["side"] in (side, "midline")
    ]
    hazards += [("avoid", s) for name, s in extras.items() if not is_mass(name)]
    return Shapes(level=level, bones={name: bones[name] for name in near}, masses=masses, hazards=hazards)


def is_mass(name: str) -> bool:
    return name.lower().startswith(("mass", "calcification"))


def canal_surface(rings: Sequence[Any]) -> Surface:
    """The canal's free space between its rings, closed at both ends."""
    return capped(np.array(rings, float))


def slice_sheet(document: Mapping[str, Any], fixation: Mapping[str, Any], frame: Frame, shapes: Shapes) -> str:
    """Draw the sheet of one fixation that has a screw and return it as SVG text."""
    cuts = cuts_of(fixation, frame)
    fig = figure(SIZE_IN)
    scale, masses = _inches_per_mm(cuts), False
    for cut, corner in zip(cuts, _corners(cuts, scale), strict=True):
        reach = np.array(cut.reach_mm)
        panel = Panel(fig=fig, corner_in=corner, inches_per_mm=scale, low=tuple(-reach), high=tuple(reach))
        masses |= _draw_cut(panel, cut, fixation, shapes)
    screw = fixation["screw"]
    heading = (
        f"{fixation['level']} {fixation['side']}: {anchor_words(fixation['anchor'], fixation['technique'])}, "
        f"{screw['diameter_mm']:g} × {screw['length_mm']:g} mm, {fixation['status']}"
    )
    heading_lines(fig, heading, numbers_lines(fixation))
    sides = "" if document["case"]["side_attested"] else " Left and right not attested."
    colors = "Pose of the scan. Grey: neighbouring bone."
    if masses:
        colors = "Scan pose. Grey: neighbour. Violet: excess or mass."
    foot_lines(fig, f"{colors} Hazards as modelled, not seen.{sides}", scale)
    return svg_text(fig)


def slice_sheets(
    document: Mapping[str, Any], bones: Mapping[str, Surface], extras: Mapping[str, Surface],
    excess: Mapping[str, Surface],
) -> dict[tuple[str, str], str]:
    """The sheet of every fixation with a screw, by (level, side), as SVG text."""
    sheets = {}
    for fixation in document["fixations"]:
        level, side = fixation["level"], fixation["side"]
        if fixation["entry"] is None or level not in bones:
            continue
        block = document["anatomy"][level]["frame"]
        frame = Frame.from_axes(np.array(block["origin"]), np.array(block["left"]), np.array(block["superior"]))
        shapes = shapes_beside(document, level, side, bones, extras, excess)
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


def _draw_cut(panel: Panel, cut: Cut, fixation: Mapping[str, Any], shapes: Shapes) -> bool:
    """Draw one cut; return whether excess or a mass is seen in it."""
    for level, bone in shapes.bones.items():
        own = level == shapes.level
        fill, edge = (
            (palette.BONE, palette.BONE_OUTLINE) if own else (palette.BONE_NEIGHBOUR, palette.NEIGHBOUR_OUTLINE)
        )
        rings = _draw(panel, bone, cut, fill=fill, edge=edge, width=1.1 if own else 0.7, zorder=2 if own else 1)
        if not own:
            _label(panel, rings, level, palette.FAINT_INK, cut)
    violet = {"fill": palette.MASS, "edge": "#77708c", "width": 0.8, "zorder": 3}
    masses = [_draw(panel, mass, cut, **violet) for mass in shapes.masses]
    _screw(panel, cut, fixation)
    told: dict[str, np.ndarray] = {}
    for name, surface in shapes.hazards:
        word, color, dashes = _SHAPES.get(name, _SHAPES["avoid"])
        rings = _draw(panel, surface, cut, edge=color, width=1.5, zorder=6, dashes=dashes)
        if word not in told:
            told |= _label(panel, rings, word, color, cut, list(told.values()))
    panel.heading(cut.heading)
    panel.letters(cut.letters)
    panel.frame()
    return any(masses)


def _draw(panel: Panel, surface: Surface, cut: Cut, **style: Any) -> list[np.ndarray]:
    """Fill and outline a surface's contour; an open surface is outlined only. Returns the rings drawn."""
    rings, solid = contours(surface, cut)
    if rings:
        panel.shape(rings, closed=solid, **style)
    return rings


def _label(
    panel: Panel, rings: Sequence[np.ndarray], words: str, color: str, cut: Cut, taken: Sequence[np.ndarray] = ()
) -> dict[str, np.ndarray]:
    """Write a word in the middle of the largest ring, or beside a place that is taken; return it with its place.

    Nothing is written, and nothing returned, where hardly any of the ring is seen.
    """
    if not rings:
        return {}
    points = max(rings, key=lambda ring: np.ptp(ring, axis=0).prod())
    seen = np.clip(points, -np.array(cut.reach_mm), cut.reach_mm)
    if np.ptp(seen, axis=0).min() < _LEAST_LABELLED_MM:
        return {}
    inside = np.array(cut.reach_mm) - _EDGE_MM
    place = np.clip((seen.min(axis=0) + seen.max(axis=0)) / 2, -inside, inside)
    step = _LABEL_MM[1] if place[1] < 0 else -_LABEL_MM[1]  # away from the edge, where its letters stand
    while any((np.abs(place - other) < _LABEL_MM).all() for other in taken):
        place = place + (0.0, step)
    panel.text(place, words, plate=0.75, fontsize=7.5, color=color, ha="center", va="center", zorder=9)
    return {words: place}


def _screw(panel: Panel, cut: Cut, fixation: Mapping[str, Any]) -> None:
    """The shaft at its full diameter: a bar with a rounded tip along the screw, a circle across it."""
    color, radius = palette.STATUS[fixation["status"]], fixation["screw"]["diameter_mm"] / 2
    style = {"fill": color, "edge": palette.INK, "alpha": 0.75, "zorder": 5}
    if cut.depth_mm is not None:
        turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        panel.shape([radius * np.c_[np.cos(turn), np.sin(turn)]], **style)
        for cross in ([[-0.5, 0], [0.5, 0]], [[0, -0.5], [0, 0.5]]):
            panel.shape([np.array(cross)], edge="white", zorder=7, closed=False)
        return
    entry, tip = cut.flat(np.array([fixation["entry"], fixation["tip"]], float))
    along = unit(tip - entry)
    square = np.array([-along[1], along[0]])
    turn = np.linspace(np.pi / 2, -np.pi / 2, 17)[:, None]
    nose = tip - radius * along + radius * (np.cos(turn) * along + np.sin(turn) * square)
    panel.shape([np.vstack([entry + radius * square, nose, entry - radius * square])], **style)
    panel.shape([np.array([entry, tip])], edge="white", width=0.8, zorder=7, closed=False)
    panel.dot(entry, 0.4)


def numbers_lines(fixation: Mapping[str, Any]) -> list[str]:
    """Angles and hold in one line, clearances in one or two more."""
    angles = fixation["angles"]
    parts = [angle_words(angles)] if None not in (angles["lateral_deg"], angles["cephalad_deg"]) else []
    if fixation["purchase_mm"] is not None:
        parts.append(f"{fixation['purchase_mm']:.1f} mm in bone")
    clear = [f"{k.replace('_', ' ')} {v:.1f}" for k, v in fixation["clearance_mm"].items() if v is not None]
    return [", ".join(parts), *textwrap.wrap(f"Clearance, mm: {', '.join(clear)}", _LINE_LETTERS)[:2]]
