"""``planner view``: a plan or a case in 3D."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.case_options import case_options, read_given
from planner.cli.terminal import progress, remark
from planner.errors import InputError

if TYPE_CHECKING:
    from planner.output.scene import Scene

DOCUMENT = "plan.json"


@click.command("view")
@case_options
@click.option("--screenshot", type=click.Path(path_type=Path), metavar="FILE", help="Write a PNG, no window.")
@click.option("--view", "view_name", default="posterior", show_default=True, metavar="NAME", help="From where.")
@click.option("-q", "--quiet", is_flag=True, help="No notes.")
@click.option("-v", "--verbose", is_flag=True, help="Name every step on stderr.")
@click.option("--no-color", is_flag=True, help="Plain text; so does NO_COLOR.")
def command(screenshot: Path | None, view_name: str, **given: Any) -> None:
    """Show a plan folder, or a case as it is understood, in an interactive window.

    A plan is drawn on the bones it was made from, read again from their files.
    """
    if screenshot is not None:
        from planner.output.pictures import check_request

        check_request(screenshot, view_name)
    with progress(quiet=given["quiet"], verbose=given["verbose"], no_color=given["no_color"]) as say:
        scene = _scene(given, "scan" if view_name.startswith("axial") else None, say)
        if screenshot is not None:
            from planner.output.pictures import screenshot_scene

            screenshot_scene(scene, screenshot, view_name)
    if screenshot is None:
        from planner.output.window import show

        show(scene)
    elif not given["quiet"]:
        click.echo(f"Written to {screenshot}", err=True)


def _scene(given: dict[str, Any], pose: str | None, say) -> Scene:
    from planner.output.pictures import scene_of_plan
    from planner.planning import inspect_case

    document = _document(given["case_paths"])
    if document is not None:
        (path,) = given["case_paths"]
        return _scene_of_document(document, path if path.is_dir() else path.parent, pose)
    case, levels = read_given(given)
    remark(case.notes, quiet=given["quiet"])
    inspection = inspect_case(case, levels, pose=given["pose"], sex=given["sex"], progress=say)
    return scene_of_plan(inspection, pose)


def _document(paths: tuple[Path, ...]) -> dict[str, Any] | None:
    """The plan document that is meant, or None if a case is."""
    if len(paths) != 1:
        return None
    path = paths[0] / DOCUMENT if paths[0].is_dir() else paths[0]
    if path.suffix != ".json" or not path.is_file():
        return None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if not document["schema"].startswith("cervical-planner/plan/"):
            raise KeyError("schema")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"'{path}' is not a plan document.", "Give a folder that `planner plan` wrote.") from error
    return document


def _scene_of_document(document: dict[str, Any], folder: Path, pose: str | None) -> Scene:
    from planner.output.removed import read_removed
    from planner.output.scene import scene_of
    from planner.reading.again import read_again

    case = read_again(document["case"])
    bones = {level: bone.surface for level, bone in case.bones.items() if level in document["anatomy"]}
    removed = read_removed(document, folder)
    return scene_of(document, bones, removed, {**case.masses, **case.avoid}, pose)
