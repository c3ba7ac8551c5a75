"""What the assessment compared, in colour: a row a level, seen from behind.

On the left the bone, coloured by how far it stands out of its own mirror image (excess); in the middle the mirror
image, coloured by how far it stands out of the bone (what this side lacks against the other); on the right the
bone by its thickness, so that thin and perforated laminae show.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.mirror import mirror_of
from planner.geometry.surface import Surface
from planner.output import palette
from planner.output.drawing import polydata, stage, write_image
from planner.output.heat import WHOSE, beyond, thickness
from planner.output.marks import MARK, Overlay
from planner.output.notes import SEVERITIES
from planner.output.still import still
from planner.output.views import POSTERIOR, Camera, fitted

DEFICITS = "deficits.png"
TILE = (620, 520)
ROOM = (20, 76, 600, 470)
EXCESS_MM, DEFICIT_MM, THIN_MM = (0.0, 5.0), (0.0, 5.0), (0.0, 5.0)
_STEPS = 6


def lacks_bone(finding: Mapping[str, Any]) -> bool:
    """True for a finding of a plan document that says a lateral mass or a lamina is not whole, above info."""
    return finding["code"].startswith(("lateral_mass.", "lamina.")) and finding["severity"] in SEVERITIES


def draw_deficits(vertebrae: Mapping[str, Vertebra], file: Path) -> Path | None:
    """Write the sheet as PNG and return its path; None where there is nothing to draw."""
    if not vertebrae:
        return None
    plotter = stage(TILE, samples=0)
    try:
        rows = [_row(plotter, vertebra) for vertebra in vertebrae.values()]
    finally:
        plotter.close()
    return write_image(np.concatenate(rows), file, 1)


def _row(plotter: Any, vertebra: Vertebra) -> np.ndarray:
    # A mirror image is as far from the bone as the bone is from it: one tree serves both.
    bone, frame, level = vertebra.surface, vertebra.frame, vertebra.level
    mirror, local = mirror_of(vertebra), frame.to_local(bone.vertices)
    image = Surface(vertices=frame.to_world(mirror(local)), faces=np.ascontiguousarray(bone.faces[:, ::-1]))
    back = Surface(vertices=frame.to_world(mirror.back(local)), faces=image.faces)
    # One camera for the row: the mirror image reaches as far to one side as the bone does to the other.
    camera = fitted(POSTERIOR, frame, np.concatenate([bone.vertices, image.vertices]), TILE, ROOM)
    return np.concatenate(
        [
            _tile(
                plotter, camera, bone, beyond(back, bone), EXCESS_MM, "magma_r",
                f"{level}: bone beyond its mirror image, mm",
            ),
            _tile(
                plotter, camera, image, beyond(image, bone), DEFICIT_MM, "magma_r",
                f"{level}: mirror image beyond the bone, mm (what is lacking)",
            ),
            _tile(
                plotter, camera, bone, thickness(bone, THIN_MM[1]), THIN_MM, "viridis",
                f"{level}: thickness under the surface, mm",
            ),
        ],
        axis=1,
    )  # fmt: skip


def _tile(
    plotter: Any, camera: Camera, surface: Surface, values: np.ndarray, limits: tuple[float, float], colors: str,
    heading: str,
) -> np.ndarray:  # fmt: skip
    mesh = polydata(surface, edges=False)
    mesh.point_data["value"] = np.clip(values, *limits)
    plotter.add_mesh(
        mesh, scalars="value", cmap=colors, clim=limits, smooth_shading=True, ambient=0.4, diffuse=0.7, specular=0.0,
        show_scalar_bar=False, reset_camera=False, render=False,
    )  # fmt: skip
    picture, _ = still(plotter, camera)
    plotter.clear_actors()
    overlay = Overlay(plotter)
    overlay.backdrop(picture)
    overlay.text((14, TILE[1] - 12), heading, 18, bold=True, valign="top")
    overlay.text((14, 84), POSTERIOR.letters[0], 24, bold=True)
    overlay.text((TILE[0] - 14, 84), POSTERIOR.letters[1], 24, bold=True, align="right")
    _key(overlay, limits, colors)
    overlay.text((14, 6), MARK if colors == "viridis" else WHOSE, 12, color=palette.FAINT_INK)
    return overlay.finished(TILE)


def _key(overlay: Overlay, limits: tuple[float, float], colors: str) -> None:
    """The colours with their values, in steps; the last one stands for all beyond it."""
    import pyvista as pv

    table = pv.LookupTable(colors, scalar_range=limits, n_values=256)
    values = np.linspace(*limits, _STEPS)
    for k, value in enumerate(values):
        x = 14 + 62 * k
        overlay.patch((x, 30), (x + 58, 46), pv.Color(table.map_value(float(value))).hex_rgb)
        overlay.text((x + 2, 50), f"{value:g}" + ("+" if k == _STEPS - 1 else ""), 13)
