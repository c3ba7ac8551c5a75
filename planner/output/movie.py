"""A film of the column turning once about its own axis: GIF by Pillow, MP4 by imageio with PyAV (extra `movie`)."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from planner.errors import MissingLibrary, OutputError
from planner.output import palette
from planner.output.drawing import aim, picture_of
from planner.output.views import POSTERIOR, Camera, framed

FRAMES, FRAMES_A_SECOND = 72, 12
SIZE = (800, 800)
_ROOM = (60, 60, 740, 740)
_FORMATS = (".gif", ".mp4")


def check_movie(file: Path) -> None:
    """Raise before any long work where a film cannot be made: another ending, no folder, no library for MP4."""
    if file.suffix.lower() not in _FORMATS:
        raise OutputError(f"'{file}' ends neither in .gif nor in .mp4.", "Films are written as one of these.")
    if file.is_dir() or not file.absolute().parent.is_dir():
        raise OutputError(f"'{file}' cannot be written: its folder does not exist, or it is one.", "Name another file.")
    if file.suffix.lower() == ".mp4" and not (find_spec("av") and find_spec("imageio")):
        raise MissingLibrary(
            "An MP4 needs imageio and PyAV, which are not installed.",
            "pip install 'cervical-planner[movie]', or name a .gif, which needs neither.",
        )


def film(seen: Any, file: Path, progress: Callable[[str], None] | None = None) -> Path:
    """Film a plan or an inspection (`planner.output.report.Seen`); needs no screen."""
    from planner.output.pictures import require_drawing
    from planner.output.window import Window

    require_drawing()
    window = Window(seen, off_screen=True, size=SIZE)
    try:
        window.bare()
        return write_orbit(window, file, progress)
    finally:
        window.plotter.close()


def write_orbit(window: Any, file: Path, progress: Callable[[str], None] | None = None) -> Path:
    """Film what an off-screen `Window` shows, once round in `FRAMES` pictures, and return the file."""
    check_movie(file)
    frame = window.scene.frame
    points = np.concatenate([i.surface.vertices[::7] for i in window.scene.group("bone", "head", "rod")])
    reach = np.linalg.norm(frame.to_local(points)[:, :2], axis=1).max()
    ring = [np.array([reach * np.cos(a), reach * np.sin(a), 0.0]) for a in np.linspace(0, 2 * np.pi, 24)]
    heights = frame.to_local(points)[:, 2]
    corners = frame.to_world(np.array([p + [0, 0, h] for p in ring for h in (heights.min(), heights.max())]))
    pictures = []
    for k in range(FRAMES):
        aim(window.plotter, _turned(POSTERIOR.axes(frame), frame.superior, 360.0 * k / FRAMES, corners))
        pictures.append(picture_of(window.plotter).copy())
        if progress and k % 12 == 0:
            progress(f"film: {k} of {FRAMES}")
    partial = file.with_name(f".{file.stem}.part{file.suffix}")
    try:
        _write(pictures, partial)
        os.replace(partial, file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"{file} cannot be written: {error.strerror}.", "Name another file.") from error
    return file


def _turned(axes: np.ndarray, about: np.ndarray, deg: float, points: np.ndarray) -> Camera:
    from scipy.spatial.transform import Rotation

    return framed(Rotation.from_rotvec(deg * about, degrees=True).apply(axes), points, SIZE, _ROOM)


def _write(pictures: list[np.ndarray], file: Path) -> None:
    if file.suffix.lower() == ".mp4":
        import imageio.v3 as imageio

        with imageio.imopen(file, "w", plugin="pyav") as film:
            film.init_video_stream("libx264", fps=FRAMES_A_SECOND)
            for picture in pictures:
                film.write_frame(np.ascontiguousarray(picture))
        return
    from PIL import Image, ImageColor

    # One palette for all pictures, so that a bone's colours do not flicker, with room for every colour of the legend.
    colors = [palette.ROD, palette.REMOVED, palette.TROUGH, palette.MASS, palette.AVOID, *palette.STATUS.values()]
    swatches = [np.full((40, pictures[0].shape[1], 3), ImageColor.getrgb(c), np.uint8) for c in colors]
    first = Image.fromarray(np.concatenate([pictures[0], *swatches])).quantize(255, dither=Image.Dither.NONE)
    frames = [
        Image.fromarray(np.ascontiguousarray(p)).quantize(palette=first, dither=Image.Dither.NONE) for p in pictures
    ]
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=1000 // FRAMES_A_SECOND, loop=0)
