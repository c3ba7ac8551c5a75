"""What is written on a picture: heading, letters, notes with leader lines, legend, scale bar, mark of use.

All of it lies in the plane of the picture, in pixels from the lower left corner, so that nothing can hide it,
and its room is measured before it is placed, so that nothing overlaps or leaves the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from planner.output import palette
from planner.output.drawing import picture_of, render
from planner.output.notes import Note
from planner.output.views import Camera

MARK = "Research, teaching and preview. Not a medical device."


@dataclass(slots=True)
class Overlay:
    """The layer of text and lines over one plotter. `clear` takes it all away for the next view."""

    plotter: Any
    _actors: list[Any] = field(default_factory=list)

    def text(
        self,
        place: tuple[float, float],
        words: str,
        size: int = 20,
        color: str = palette.INK,
        bold: bool = False,
        align: str = "left",
        valign: str = "bottom",
    ) -> None:
        from vtkmodules.vtkRenderingCore import vtkTextActor

        actor = vtkTextActor()
        actor.SetInput(words)
        actor.SetTextProperty(_style(size, color, bold, align, valign))
        actor.SetPosition(float(place[0]), float(place[1]))
        self._add(actor)

    def line(self, points: Sequence[Sequence[float]], color: str = palette.INK, width: float = 1.5) -> None:
        """A line that fades out over a pixel at its edges: smooth however many samples the window has."""
        import pyvista as pv
        from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D

        flat, faces, alpha = _stroke(np.asarray(points, float), width)
        mesh = pv.PolyData(np.column_stack([flat, np.zeros(len(flat))]), faces)
        ink = np.tile(np.array(pv.Color(color).int_rgba, np.uint8), (len(flat), 1))
        ink[:, 3] = np.round(255 * alpha)
        mesh.point_data["ink"] = ink
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(mesh)
        actor = vtkActor2D()
        actor.SetMapper(mapper)
        self._add(actor)

    def patch(self, low: Sequence[float], high: Sequence[float], color: str, opacity: float = 1.0) -> None:
        """A filled rectangle."""
        import pyvista as pv
        from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D

        (a, b), (c, d) = low, high
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(pv.PolyData(np.array([[a, b, 0], [c, b, 0], [c, d, 0], [a, d, 0.0]]), [4, 0, 1, 2, 3]))
        actor = vtkActor2D()
        actor.SetMapper(mapper)
        actor.GetProperty().SetColor(*pv.Color(color).float_rgb)
        actor.GetProperty().SetOpacity(opacity)
        self._add(actor)

    def backdrop(self, picture: np.ndarray) -> None:
        """A finished picture (h, w, 3), as large as the window, to write upon."""
        from vtkmodules.vtkRenderingCore import vtkActor2D, vtkImageMapper

        mapper = vtkImageMapper()
        mapper.SetInputData(_image(picture))
        mapper.SetColorWindow(255)
        mapper.SetColorLevel(127.5)
        actor = vtkActor2D()
        actor.SetMapper(mapper)
        actor.SetLayerNumber(0)
        self._add(actor)

    def finished(self, size: tuple[int, int]) -> np.ndarray:
        """Draw it all, return the pixels (h, w, 3), and clear it."""
        self.plotter.render_window.SetSize(*size)
        render(self.plotter)
        picture = picture_of(self.plotter)
        self.clear()
        return picture

    def clear(self) -> None:
        for actor in self._actors:
            self.plotter.renderer.RemoveViewProp(actor)
        self._actors.clear()

    def _add(self, actor: Any) -> None:
        self.plotter.renderer.AddViewProp(actor)
        self._actors.append(actor)


def _image(picture: np.ndarray) -> Any:
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    height, width, channels = picture.shape
    image = vtkImageData()
    image.SetDimensions(width, height, 1)
    colors = np.ascontiguousarray(picture[::-1]).reshape(-1, channels)
    image.GetPointData().SetScalars(numpy_to_vtk(colors, deep=True))
    return image


def _stroke(points: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A polyline (n, 2) as strips, four corners across at each end of each piece: points, faces of VTK, opacities."""
    along = np.diff(points, axis=0)
    length = np.linalg.norm(along, axis=1, keepdims=True)
    keep = length[:, 0] > 1e-6
    starts, ends, along = points[:-1][keep], points[1:][keep], along[keep] / length[keep]
    aside = np.column_stack([-along[:, 1], along[:, 0]])
    solid, faded = max(width / 2 - 0.5, 0.0), width / 2 + 0.5
    across = np.array([-faded, -solid, solid, faded])
    flat = np.stack([place[:, None] + across[:, None] * aside[:, None] for place in (starts, ends)], axis=1)
    first = 8 * np.arange(len(starts))[:, None] + np.arange(3)
    faces = np.stack([np.full_like(first, 4), first, first + 1, first + 5, first + 4], axis=-1)
    alpha = np.tile(np.array([0.0, 1.0, 1.0, 0.0]) * min(width, 1.0), 2 * len(starts))
    return flat.reshape(-1, 2), faces.ravel(), alpha


def text_size(words: str, size: int = 20, bold: bool = False) -> tuple[int, int]:
    """Width and height of a line of text, in pixels."""
    import vtkmodules.vtkRenderingFreeType  # noqa: F401 - registers the font renderer
    from vtkmodules.vtkRenderingCore import vtkTextRenderer

    box = [0, 0, 0, 0]
    vtkTextRenderer.GetInstance().GetBoundingBox(_style(size, palette.INK, bold, "left", "bottom"), words, box, 72)
    return box[1] - box[0] + 1, box[3] - box[2] + 1


def _style(size: int, color: str, bold: bool, align: str, valign: str) -> Any:
    import pyvista as pv
    from vtkmodules.vtkRenderingCore import vtkTextProperty

    style = vtkTextProperty()
    style.SetFontFamilyToArial()
    style.SetFontSize(size)
    style.SetBold(bold)
    style.SetColor(*pv.Color(color).float_rgb)
    {"left": style.SetJustificationToLeft, "center": style.SetJustificationToCentered}.get(
        align, style.SetJustificationToRight
    )()
    {
        "bottom": style.SetVerticalJustificationToBottom,
        "center": style.SetVerticalJustificationToCentered,
    }.get(valign, style.SetVerticalJustificationToTop)()
    return style


def wrapped(words: str, width: float, size: int, bold: bool = False, most: int = 4) -> list[str]:
    """Break text into even lines not wider than ``width`` pixels; over ``most`` it ends in an ellipsis."""
    lines = _broken(words, width, size, bold)
    if len(lines) > most:
        lines = lines[:most]
        while text_size(lines[-1] + " …", size, bold)[0] > width and " " in lines[-1]:
            lines[-1] = lines[-1].rsplit(" ", 1)[0]
        lines[-1] += " …"
        return lines
    narrower = 0.9 * width
    while len(lines) > 1 and len(evener := _broken(words, narrower, size, bold)) == len(lines):
        lines, narrower = evener, 0.9 * narrower
    return lines


def _broken(words: str, width: float, size: int, bold: bool) -> list[str]:
    lines, line = [], ""
    for word in words.split():
        longer = f"{line} {word}".strip()
        if line and text_size(longer, size, bold)[0] > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]


def spread(centers: Sequence[float], heights: Sequence[float], low: float, high: float, gap: float) -> np.ndarray:
    """Move blocks of given heights as little as needed so that none overlaps within [low, high].

    ``centers`` run downwards (largest first). Blocks that cannot fit are squeezed evenly: their gaps shrink.
    """
    heights = np.asarray(heights, float)
    if heights.sum() + gap * (len(heights) - 1) > high - low and len(heights) > 1:
        gap = (high - low - heights.sum()) / (len(heights) - 1)
    # How far a block's middle lies under the first one's when all stand close together.
    depth = np.concatenate([[0.0], np.cumsum((heights[:-1] + heights[1:]) / 2 + gap)])
    base = _falling(np.asarray(centers, float) + depth)
    ceiling = high - heights[0] / 2
    floor = low + heights[-1] / 2 + depth[-1]
    return np.clip(base, min(floor, ceiling), ceiling) - depth


def _falling(values: np.ndarray) -> np.ndarray:
    """The closest sequence that never rises, by pooling neighbours that do (least squares)."""
    pools: list[list[float]] = []
    for value in values:
        pools.append([value, 1])
        while len(pools) > 1 and pools[-1][0] > pools[-2][0]:
            mean, count = pools.pop()
            pools[-1][0] = (pools[-1][0] * pools[-1][1] + mean * count) / (pools[-1][1] + count)
            pools[-1][1] += count
    return np.concatenate([np.full(int(count), mean) for mean, count in pools])


def notes_beside(
    overlay: Overlay,
    camera: Camera,
    notes: Sequence[Note],
    margins: dict[str, int],
    room: tuple[int, int, int, int],
) -> None:
    """Write notes in the margins outside ``room`` (left, bottom, right, top), with lines to their places."""
    edge, size, step = 28, 20, 25
    width = camera.size[0]
    for margin in (-1, 1):
        mine = [n for n in notes if margins.get(n.side) == margin]
        if not mine:
            continue
        wide = (room[0] if margin < 0 else width - room[2]) - edge - 34
        at = camera.pixels(np.array([n.at for n in mine]))
        blocks = []
        for note in mine:
            lines = [(part, True) for part in wrapped(note.lines[0], wide, size, True, 2)]
            for words in (*note.lines[1:], *((note.findings,) if note.findings else ())):
                lines += [(part, False) for part in wrapped(words, wide, size, most=3)]
            blocks.append(lines)
        order = sorted(range(len(mine)), key=lambda i: -round(at[i, 1]))
        heights = [len(blocks[i]) * step for i in order]
        middles = spread([at[i, 1] for i in order], heights, max(room[1], 160), room[3] - 40, 16)
        for i, middle, height in zip(order, middles, heights, strict=True):
            x = edge if margin < 0 else width - edge
            widest = max(text_size(words, size, bold)[0] for words, bold in blocks[i])
            elbow = (room[0] - 8 if margin < 0 else room[2] + 8, middle)
            for place in camera.pixels(np.array(mine[i].found_at)) if mine[i].found_at else ():
                overlay.line([elbow, place], palette.FAINT_INK, 1.5)
                overlay.patch(place - 3, place + 3, palette.INK)
            overlay.line([(x - margin * (widest + 12), middle), elbow, at[i]], mine[i].color, 2)
            overlay.patch(at[i] - 4, at[i] + 4, mine[i].color)
            top = middle + height / 2
            for row, (words, bold) in enumerate(blocks[i]):
                overlay.text(
                    (x, top - row * step - step / 2),
                    words,
                    size,
                    mine[i].color if bold else palette.INK,
                    bold,
                    "left" if margin < 0 else "right",
                    "center",
                )


def level_labels(overlay: Overlay, camera: Camera, places: dict[str, np.ndarray]) -> None:
    """Each level's name on a pale plate at its place."""
    for level, place in places.items():
        x, y = camera.pixels(place)[0]
        wide, _ = text_size(level, 24, True)
        overlay.patch((x - wide / 2 - 7, y - 16), (x + wide / 2 + 7, y + 16), "#ffffff", 0.78)
        overlay.text((x, y), level, 24, bold=True, align="center", valign="center")


def frame_marks(
    overlay: Overlay,
    camera: Camera,
    heading: str,
    caption: Sequence[str],
    letters: tuple[str, str],
    legend: dict[str, str],
) -> None:
    """Heading and caption above, side letters at mid-height, legend, scale bar and the mark of use below."""
    width, height = camera.size
    overlay.text((28, height - 20), heading, 30, bold=True, valign="top")
    for row, words in enumerate(caption):
        overlay.text((28, height - 62 - 26 * row), words, 19, palette.FAINT_INK, valign="top")
    for letter, x, align in ((letters[0], 28, "left"), (letters[1], width - 28, "right")):
        overlay.text((x, 100), letter, 46, bold=True, align=align)
    x = 28.0
    for words, color in legend.items():
        overlay.patch((x, 70), (x + 20, 90), color)
        overlay.text((x + 28, 80), words, 18, valign="center")
        x += 28 + text_size(words, 18)[0] + 26
    overlay.text((28, 24), MARK, 18, palette.FAINT_INK)
    _scale_bar(overlay, camera)


def _scale_bar(overlay: Overlay, camera: Camera) -> None:
    width = camera.size[0]
    length_mm = next((mm for mm in (50, 20, 10, 5) if mm / camera.mm_per_pixel < 0.16 * width), 2)
    right, left, y = width - 28.0, width - 28.0 - length_mm / camera.mm_per_pixel, 40.0
    overlay.line([(left, y + 8), (left, y - 8)], width=2.5)
    overlay.line([(right, y + 8), (right, y - 8)], width=2.5)
    overlay.line([(left, y), (right, y)], width=2.5)
    overlay.text(((left + right) / 2, y + 10), f"{length_mm} mm", 19, align="center")
