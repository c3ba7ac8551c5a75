"""Cross-sections of a column aligned with one screw: along it in two planes, across it at three depths.

Planes, contours in millimetres and side letters; nothing is drawn here. Everything is in scan pose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.geometry.axes import Frame, unit
from planner.geometry.surface import Surface

ENTRY_DEPTH_MM = 2.0
"""The first cut across lies this deep: at the entry itself there is only the surface."""

_LETTERS = ("LR", "PA", "SI")
_TOLD = 0.38  # least cosine at which an oblique direction's letter is told
_FINE_MM = 0.03
_NUDGE_MM = 1e-4  # a plane exactly through vertices would leave rings open
_BEYOND_MM = 1.0  # contours end outside the picture, so that its edge is not drawn as theirs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """A plane with its picture's ``right`` and ``up`` (world unit vectors) and the point in the picture's middle.

    ``depth_mm`` is how deep an across cut lies on the screw, None for one along it. ``reach_mm`` is half the
    picture's (width, height). ``letters`` stand at its left, right, foot and top: the patient's directions.
    """

    name: str
    heading: str
    middle: np.ndarray
    right: np.ndarray
    up: np.ndarray
    reach_mm: tuple[float, float]
    letters: tuple[str, str, str, str]
    depth_mm: float | None = None

    def flat(self, points: np.ndarray) -> np.ndarray:
        """(n, 2) picture coordinates in mm of world points (n, 3), dropped onto the plane."""
        return (np.atleast_2d(points) - self.middle) @ np.array([self.right, self.up]).T


def cuts_of(fixation: Mapping[str, Any], frame: Frame) -> tuple[Cut, ...]:
    """The five cuts of a fixation of a plan document: two along the screw, three across it.

    The first cut along is the one nearest to axial and shown as an axial CT, front up and the patient's left on
    the right; the second is square to it, shown from the left or, for a screw that runs sideways, from behind.
    Cuts across are seen from the screw's head; the last lies one radius short of the tip, where the shaft that
    clearances are measured from begins to round off.
    """
    entry, tip = np.array(fixation["entry"], float), np.array(fixation["tip"], float)
    along, length = unit(tip - entry), float(np.linalg.norm(tip - entry))
    rise = unit(frame.superior - (frame.superior @ along) * along)
    aside = np.cross(along, rise)
    middle, radius = entry + length / 2 * along, fixation["screw"]["diameter_mm"] / 2
    front, leftward = -frame.posterior, frame.left
    # In the plane of the screw and its own left-right: the direction nearest to the front is up.
    up = unit(front - (front @ rise) * rise)
    right = np.cross(up, rise)
    right = right if right @ leftward > 0 else -right
    sagittal = abs(along @ frame.posterior) >= abs(along @ frame.left)
    towards = frame.posterior if sagittal else -frame.left
    ahead = along if along @ towards > 0 else -along
    reach = tuple(
        max(least, length / 2 * max(abs(along @ a), abs(along @ b)) + 5.0)
        for least, a, b in ((17.0, right, ahead), (15.0, up, rise))
    )
    words = "Along, as sagittal" if sagittal else "Along, from behind"
    found = [
        _cut("axial", "Along, as axial", middle, right, up, reach, frame),
        _cut("upright", words, middle, ahead, rise, reach, frame),
    ]
    across = (max(34.0, length + 12.0) / 3, 11.0)
    for name, words, depth in (
        ("entry", "Across, below the entry", min(ENTRY_DEPTH_MM, length / 2)),
        ("middle", "Across, middle", length / 2),
        ("tip", "Across, near the tip", length - radius),
    ):
        place = entry + depth * along
        found.append(_cut(name, f"{words}, {depth:.0f} mm deep", place, aside, rise, across, frame, depth))
    return tuple(found)


def _cut(
    name: str, heading: str, middle: np.ndarray, right: np.ndarray, up: np.ndarray, reach: tuple[float, float],
    frame: Frame, depth: float | None = None,
) -> Cut:  # fmt: skip
    letters = tuple(direction_letters(v, frame) for v in (-right, right, -up, up))
    return Cut(
        name=name, heading=heading, middle=middle, right=right, up=up, reach_mm=reach, letters=letters,
        depth_mm=depth,
    )  # fmt: skip


def direction_letters(direction: np.ndarray, frame: Frame) -> str:
    """The patient's directions of a unit vector, the nearest first, as scanners write them: ``L`` or ``LA``."""
    local = frame.direction_to_local(direction)
    told = [k for k in np.argsort(-np.abs(local)) if abs(local[k]) >= _TOLD]
    return "".join(_LETTERS[k][0 if local[k] > 0 else 1] for k in told[:2])


def contours(surface: Surface, cut: Cut) -> tuple[list[np.ndarray], bool]:
    """The outline of a surface in a cut: rings (n, 2) in mm, and whether they enclose solid.

    They end a little outside the picture. Rings of a closed surface are filled even-odd, outer ones
    counter-clockwise and holes clockwise; those of an open one may be open lines.
    """
    lines = _lines(surface, cut)
    if not lines:
        return [], surface.is_closed
    if not surface.is_closed:
        return lines, False
    import manifold3d

    width, height = np.array(cut.reach_mm) + _BEYOND_MM
    window = manifold3d.CrossSection.square((2 * width, 2 * height), True)
    solid = manifold3d.CrossSection([line for line in lines if len(line) > 2], manifold3d.FillRule.EvenOdd)
    return [np.array(ring) for ring in (solid ^ window).simplify(_FINE_MM).to_polygons()], True


def _lines(surface: Surface, cut: Cut) -> list[np.ndarray]:
    """The polylines in which a plane meets a surface near the picture, in picture coordinates."""
    normal = np.cross(cut.right, cut.up)
    origin = cut.middle + _NUDGE_MM * normal
    height = (surface.vertices - origin) @ normal
    above = (height > 0)[surface.faces]
    met = surface.faces[(above[:, 0] != above[:, 1]) | (above[:, 0] != above[:, 2])]
    if not len(met):
        return []
    used, faces = np.unique(met, return_inverse=True)
    beside = cut.flat(surface.vertices[used])
    if (beside.min(axis=0) > cut.reach_mm).any() or (beside.max(axis=0) < -np.array(cut.reach_mm)).any():
        return []
    points, ends, ids = _met(surface.vertices[used], faces.reshape(-1, 3), origin, normal)
    flat = cut.flat(points)
    return [flat[ids[a:b]] for a, b in zip(ends, ends[1:], strict=False)]


def _met(
    vertices: np.ndarray, faces: np.ndarray, origin: np.ndarray, normal: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where a plane meets triangles, joined to lines: points (n, 3), where each line begins and ends, point ids.

    VTK's own filters: a report asks for some hundred cuts, and PyVista's wrapping takes as long as the cut itself.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPlane, vtkPolyData
    from vtkmodules.vtkFiltersCore import vtkCutter, vtkStripper

    # VTK reads these arrays in place: they are named so that they live until it is done.
    xyz, corners = np.ascontiguousarray(vertices, float), np.ascontiguousarray(faces.ravel(), np.int64)
    starts = np.arange(0, len(corners) + 1, 3, dtype=np.int64)
    mesh, points, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    points.SetData(numpy_to_vtk(xyz))
    cells.SetData(numpy_to_vtkIdTypeArray(starts), numpy_to_vtkIdTypeArray(corners))
    mesh.SetPoints(points)
    mesh.SetPolys(cells)
    plane = vtkPlane()
    plane.SetOrigin(*origin)
    plane.SetNormal(*normal)
    cutter = vtkCutter()
    cutter.SetInputData(mesh)
    cutter.SetCutFunction(plane)
    joined = vtkStripper()
    joined.SetInputConnection(cutter.GetOutputPort())
    joined.JoinContiguousSegmentsOn()
    joined.SetMaximumLength(100_000)
    joined.Update()
    out = joined.GetOutput()
    if not out.GetNumberOfLines():
        return np.empty((0, 3)), np.zeros(1, int), np.empty(0, int)
    lines = out.GetLines()
    return (
        vtk_to_numpy(out.GetPoints().GetData()).copy(), vtk_to_numpy(lines.GetOffsetsArray()).copy(),
        vtk_to_numpy(lines.GetConnectivityArray()).copy(),
    )  # fmt: skip
