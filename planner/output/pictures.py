"""Pictures of a plan as PNG files, drawn off-screen with PyVista."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from planner.document import inspection_document, plan_document
from planner.errors import MissingLibrary, OutputError
from planner.geometry.surface import Surface
from planner.output.axial import draw_axial
from planner.output.deficit_picture import DEFICITS, draw_deficits, lacks_bone
from planner.output.display import offscreen_problem
from planner.output.drawing import bone_reduction, polydata, put, stage, write_image
from planner.output.legend import legend
from planner.output.marks import Overlay, frame_marks, level_labels, notes_beside
from planner.output.relief import shaded
from planner.output.scene import Scene, scene_of
from planner.output.still import still
from planner.output.views import COLUMN_VIEWS, View, fitted, view_names
from planner.planning import Inspection, Plan, Progress

SIZE = (1600, 1200)
ROOM = (440, 130, 1160, 1060)
_BEFORE = ("posterior", "lateral_left", "lateral_right")
_LATERAL_ROOM = {-1: (440, 130, 1480, 1060), 1: (120, 130, 1160, 1060)}


def _document(plan: Plan | Inspection) -> dict[str, Any]:
    return plan_document(plan) if isinstance(plan, Plan) else inspection_document(plan)


def scene_of_plan(plan: Plan | Inspection, pose: str | None = None, document: Mapping[str, Any] | None = None) -> Scene:
    """The scene of a plan or an inspection in memory; ``pose`` as in `planner.output.scene.scene_of`."""
    planned = isinstance(plan, Plan)
    return scene_of(
        document or _document(plan),
        {level: v.surface for level, v in plan.vertebrae.items()},
        {d.level: d.removed for d in plan.decompression} if planned else {},
        {**plan.case.masses, **plan.case.avoid},
        pose,
        plan.assessment.excess,
    )


def write_pictures(
    plan: Plan | Inspection,
    folder: Path | str,
    progress: Progress | None = None,
    document: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write the standard pictures into ``folder`` and return their paths, column first, then each level.

    The column is drawn in the planned pose with rods; where a reduction moves it, the scan's pose is drawn
    too, with screws but without rods. Last comes the sheet of what was compared, where a lateral mass or lamina was
    found wanting. ``document`` is the plan's, if it is made already. Raises MissingLibrary
    where off-screen rendering cannot start.
    """
    require_drawing()
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}.", "Name another folder with --out.") from error
    document = document or _document(plan)
    scene = scene_of_plan(plan, document=document)
    moves = isinstance(plan, Plan) and bool(plan.construct.reduction.segment)
    scan = scene_of_plan(plan, "scan", document) if moves else scene
    plotter = stage(SIZE, samples=0)
    with ThreadPoolExecutor(1) as beside:  # files are packed while the next picture is drawn
        writing: list[Future[Path]] = []

        def write(picture: np.ndarray, file: Path) -> None:
            writing.append(beside.submit(write_image, picture, file, 1))
            if progress:
                progress(f"drew {file.name}")

        try:
            _draw_column(plotter, scene, {n: folder / f"{n}.png" for n in COLUMN_VIEWS}, write)
            if moves:
                _draw_column(plotter, scan, {n: folder / f"{n}_scan.png" for n in _BEFORE}, write)
            for level in scan.levels:
                write(draw_axial(plotter, scan, level, SIZE), folder / f"axial_{level}.png")
        finally:
            plotter.close()
        drawn = [written.result() for written in writing]
    lacking = {f["level"] for f in document["findings"] if lacks_bone(f)}
    sheet = draw_deficits(
        {k: v for k, v in plan.vertebrae.items() if k in lacking and k in scan.levels}, folder / DEFICITS
    )
    if sheet and progress:
        progress(f"drew {sheet.name}")
    return [*drawn, *([sheet] if sheet else [])]


def screenshot(plan: Plan | Inspection, file: Path | str, view: str = "posterior", pose: str | None = None) -> Path:
    """Write one picture of a plan or an inspection; ``view`` is one of `view_names`."""
    return screenshot_scene(scene_of_plan(plan, "scan" if view.startswith("axial") else pose), file, view)


def screenshot_document(
    document: Mapping[str, Any],
    bones: Mapping[str, Surface],
    file: Path | str,
    view: str = "posterior",
    pose: str | None = None,
) -> Path:
    """Write one picture from a plan document and the bones of its case, as read again from its files."""
    return screenshot_scene(scene_of(document, bones, pose="scan" if view.startswith("axial") else pose), file, view)


def check_request(file: Path, view: str) -> None:
    """Raise OutputError with one sentence where a picture cannot be written or no such view exists.

    Asked before any long work; which levels have an axial view is only known after it.
    """
    if file.suffix.lower() != ".png":
        raise OutputError(f"'{file}' does not end in .png.", "Pictures are written as PNG: name it so.")
    if file.is_dir():
        raise OutputError(f"'{file}' is a folder.", "Name a file in it.")
    folder = file.absolute().parent
    if not folder.is_dir():
        raise OutputError(f"The folder of '{file}' does not exist.", "Make it, or name another file.")
    if not os.access(file if file.exists() else folder, os.W_OK):
        raise OutputError(f"'{file}' cannot be written.", "Name a file where you may write.")
    if view not in COLUMN_VIEWS and not view.startswith("axial_"):
        names = ", ".join(view_names(["C2", "C3"]))
        raise OutputError(f"There is no view '{view}'.", f"Choose one of {names} and so on.")


def screenshot_scene(scene: Scene, file: Path | str, view: str = "posterior") -> Path:
    """Write one picture of a scene."""
    check_request(Path(file), view)
    names = view_names(scene.levels)
    if view not in names:
        raise OutputError(f"There is no view '{view}'.", f"Choose one of {', '.join(names)}.")
    require_drawing()
    file = Path(file)
    plotter = stage(SIZE, samples=0)
    try:
        if view.startswith("axial_"):
            return write_image(draw_axial(plotter, scene, view.removeprefix("axial_"), SIZE), file, 1)
        _draw_column(plotter, scene, {view: file}, lambda picture, to: write_image(picture, to, 1))
        return file
    finally:
        plotter.close()


def require_drawing() -> None:
    """Raise MissingLibrary where off-screen rendering cannot start."""
    problem = offscreen_problem()
    if problem:
        sentence, _, hint = problem.partition(". ")
        raise MissingLibrary(sentence + ".", hint)


def _draw_column(
    plotter: Any, scene: Scene, files: Mapping[str, Path], write: Callable[[np.ndarray, Path], Any]
) -> None:
    """Draw views of the whole column, by name, on an empty plotter, and clear it."""
    actors = fill(plotter, scene).values()
    overlay = Overlay(plotter)
    for name, file in files.items():
        view = COLUMN_VIEWS[name]
        camera = _aimed(scene, view)
        picture, depth = still(plotter, camera)
        # The bones are not drawn a second time under the text: their picture is.
        _visible(actors, False)
        overlay.backdrop(shaded(picture, depth, camera.mm_per_pixel))
        mark_column(overlay, scene, view, camera)
        write(overlay.finished(SIZE), file)
        _visible(actors, True)
    plotter.clear_actors()


def _visible(actors: Iterable[Any], yes: bool) -> None:
    for actor in actors:
        actor.visibility = yes


def fill(plotter: Any, scene: Scene) -> dict[str, Any]:
    """Add the items that a view of the whole column shows; return the actors by name."""
    share = bone_reduction(scene.items)
    actors = {}
    for item in scene.group("bone", "mass", "avoid", "screw", "head", "rod", "removed", "trough"):
        bone = item.group in ("bone", "mass")
        mesh = polydata(item.surface, share if bone else 0.0, edges=item.group in ("screw", "head", "rod"))
        actors[item.name] = put(plotter, item, mesh)
    return actors


def _aimed(scene: Scene, view: View) -> Any:
    points = np.concatenate([item.surface.vertices[::7] for item in scene.group("bone", "head", "rod")])
    return fitted(view, scene.frame, points, SIZE, _room(view))


def _room(view: View) -> tuple[int, int, int, int]:
    sides = set(view.margins.values())
    return ROOM if len(sides) != 1 else _LATERAL_ROOM[sides.pop()]


def mark_column(overlay: Overlay, scene: Scene, view: View, camera: Any) -> None:
    """Write everything that belongs on a view of the column."""
    caption = [view.caption if scene.notes else view.caption.partition(" Notes for")[0]]
    rods = " With rods." if scene.group("rod") else " Screws without rods." if scene.group("screw") else ""
    pose = f"Planned pose: {scene.reduction}." if scene.reduction else "Pose of the scan."
    caption.append(pose + rods)
    if set(scene.frames) - set(scene.levels):
        caption[-1] += " Grey: neighbour, read for reference."
    if not scene.side_attested:
        caption.append("Left and right as the file gives them, not attested.")
    level_labels(overlay, camera, scene.labels(view.name))
    notes_beside(overlay, camera, scene.notes, view.margins, _room(view))
    frame_marks(overlay, camera, f"{scene.title}: {view.heading.lower()}", caption, view.letters, legend(scene))
