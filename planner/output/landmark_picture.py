"""A sheet of every level from three sides, with its landmarks, facets, foramina and canal drawn on the bone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from planner.anatomy.regions import Region, regions
from planner.anatomy.vertebra import Status, Vertebra
from planner.geometry.axes import unit
from planner.geometry.surface import Surface
from planner.output import palette
from planner.output.drawing import aim, picture_of, polydata, put, stage, write_image
from planner.output.hardware import joined, tube
from planner.output.marks import Overlay, wrapped
from planner.output.scene import Item
from planner.output.views import LATERAL_LEFT, POSTERIOR, View, fitted

TILE = (620, 500)
ROOM = (20, 50, 600, 455)
SUPERIOR = View(
    name="superior",
    heading="From above",
    caption="The patient's left is on the left of the picture.",
    look=(0, 0, -1),
    up=(0, -1, 0),
    letters=("L", "R"),
    margins={},
)
VIEWS = (POSTERIOR, LATERAL_LEFT, SUPERIOR)
REGION_VIEWS = (POSTERIOR, LATERAL_LEFT)
REGION_COLORS = {
    Region.BODY: "#d9d4c7", Region.DENS: "#8c8c8c", Region.PEDICLE: "#e6194b", Region.PARS: "#e6194b",
    Region.TRANSVERSE_PROCESS: "#f58231", Region.LATERAL_MASS: "#3cb44b", Region.ARTICULAR_PROCESS: "#3cb44b",
    Region.SUPERIOR_FACET: "#4363d8", Region.INFERIOR_FACET: "#911eb4", Region.LAMINA: "#e8c500",
    Region.SPINOUS_PROCESS: "#42b8d4",
}  # fmt: skip
COLORS = {Status.MEASURED: "#0072b2", Status.EXTRAPOLATED: "#e69f00"}
FACET = "#aa3377"
DOT_MM, FACET_MM, NORMAL_MM, AXIS_MM = 0.8, 3.0, 7.0, 8.0


def draw_landmarks(vertebrae: Mapping[str, Vertebra], file: Path, title: str) -> Path:
    """Write the sheet as PNG: a row a level, landmarks from behind, left and above, regions from behind and the left.

    Bones are translucent, so that points inside or behind them show. Absent landmarks are listed by name.
    """
    plotter = stage(TILE)
    try:
        rows = [_row(plotter, vertebra, title) for vertebra in vertebrae.values()]
    finally:
        plotter.close()
    return write_image(np.concatenate(rows), file)


def _row(plotter: Any, vertebra: Vertebra, title: str) -> np.ndarray:
    tiles = _tiles(plotter, vertebra, items(vertebra), VIEWS, title, "")
    tiles += _tiles(plotter, vertebra, region_items(vertebra), REGION_VIEWS, title, "regions ")
    return np.concatenate(tiles, axis=1)


def _tiles(
    plotter: Any, vertebra: Vertebra, drawn: list[Item], views: tuple[View, ...], title: str, what: str
) -> list[np.ndarray]:
    for item in drawn:
        put(plotter, item, polydata(item.surface, edges=False))
    tiles = []
    for view in views:
        camera = fitted(view, vertebra.frame, vertebra.surface.vertices, TILE, ROOM)
        overlay = Overlay(plotter)
        overlay.text((14, TILE[1] - 12), f"{vertebra.level} {what}{view.heading.lower()}", 20, bold=True, valign="top")
        overlay.text((14, 60), view.letters[0], 26, bold=True)
        overlay.text((TILE[0] - 14, 60), view.letters[1], 26, bold=True, align="right")
        if what:
            _region_key(overlay, vertebra, view)
        else:
            _words(overlay, vertebra, view, title)
        aim(plotter, camera)
        tiles.append(np.array(picture_of(plotter)))
        overlay.clear()
    plotter.clear_actors()
    return tiles


def _region_key(overlay: Overlay, vertebra: Vertebra, view: View) -> None:
    """The colours of the regions, half of them under each view."""
    elsewhere = (
        {Region.LATERAL_MASS, Region.PEDICLE} if vertebra.level == "C2"
        else {Region.DENS, Region.PARS, Region.ARTICULAR_PROCESS}
    )  # fmt: skip
    colors = [region for region in REGION_COLORS if region not in elsewhere]
    half = len(colors) // 2
    x = 14.0
    for region in colors[:half] if view is POSTERIOR else colors[half:]:
        words = region.replace("_", " ")
        overlay.patch((x, 10), (x + 14, 24), REGION_COLORS[region])
        overlay.text((x + 18, 10), words, 13)
        x += 26 + 6.8 * len(words)


def region_items(vertebra: Vertebra) -> list[Item]:
    """The bone cut into its regions, one item a region, in the regions' colours; both sides alike."""
    names = regions(vertebra)
    out = []
    for name in np.unique(names):
        kind = name.removesuffix("_left").removesuffix("_right")
        part = Surface(vertices=vertebra.surface.vertices, faces=vertebra.surface.faces[names == name])
        out.append(
            Item(name=str(name), group="mark", level=vertebra.level, surface=part, color=REGION_COLORS[Region(kind)])
        )
    return out


def _words(overlay: Overlay, vertebra: Vertebra, view: View, title: str) -> None:
    """Under the first view what is absent, under the second what the colours mean, under the third how sure."""
    if view is POSTERIOR:
        missing = absent(vertebra)
        words = "absent: " + ", ".join(missing) if missing else "nothing absent"
        for i, line in enumerate(reversed(wrapped(words, TILE[0] - 28, 14, most=2))):
            overlay.text((14, 8 + 18 * i), line, 14)
    elif view is LATERAL_LEFT:
        x = 14.0
        key = {"measured": COLORS[Status.MEASURED], "extrapolated": COLORS[Status.EXTRAPOLATED], "facet": FACET,
               "foramen axis": palette.ARTERY, "canal": palette.CANAL}  # fmt: skip
        for words, color in key.items():
            overlay.patch((x, 10), (x + 14, 24), color)
            overlay.text((x + 19, 10), words, 14)
            x += 30 + 8.0 * len(words)
    else:
        overlay.text((14, 8), f"{title}; pose confidence {vertebra.pose.confidence:.2f}", 14)


def absent(vertebra: Vertebra) -> list[str]:
    """Names of the landmarks and facets that were not found, underscores as spaces."""
    names = [name for name, mark in vertebra.landmarks.items() if not mark.located]
    names += [f"facet {name}" for name, facet in vertebra.facets.items() if facet.status is Status.ABSENT]
    return [name.replace("_", " ") for name in names]


def items(vertebra: Vertebra) -> list[Item]:
    """The bone as a ghost, a dot a landmark, a disc with its normal a facet, a tube a foramen and the canal."""

    def item(name: str, surface: Surface, color: str, opacity: float = 1.0) -> Item:
        return Item(name=name, group="mark", level=vertebra.level, surface=surface, color=color, opacity=opacity)

    out = []
    for status, color in COLORS.items():
        dots = [_dot(m.xyz) for m in vertebra.landmarks.values() if m.status is status]
        if dots:
            out.append(item(f"{status} landmarks", joined(dots), color))
    for name, facet in vertebra.facets.items():
        if facet.status is not Status.ABSENT:
            c, n = facet.center, unit(facet.normal)
            disc = tube(np.array([c - 0.2 * n, c + 0.3 * n]), FACET_MM)
            out.append(item(f"facet {name}", joined([disc, tube(np.array([c, c + NORMAL_MM * n]), 0.35)]), FACET))
    for side, foramen in vertebra.foramina.items():
        if foramen.status is not Status.ABSENT:
            ends = foramen.center + AXIS_MM * np.array([[-1.0], [1.0]]) * unit(foramen.axis)
            out.append(item(f"foramen {side}", tube(ends, 0.7), palette.ARTERY))
    if len(vertebra.canal.centerline) > 1:
        out.append(item("canal", tube(vertebra.canal.centerline, 0.5), palette.CANAL))
    out.append(item("bone", vertebra.surface, palette.BONE, 0.45))
    return out


def _dot(xyz: np.ndarray) -> Surface:
    from trimesh.creation import icosphere

    ball = icosphere(subdivisions=2, radius=DOT_MM)
    return Surface(vertices=np.array(ball.vertices) + xyz, faces=np.array(ball.faces))
