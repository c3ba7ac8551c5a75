"""``planner view``: a plan or a case in 3D."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.case_options import case_options, read_given
from planner.cli.plan_file import plan_file, read_document, seen_again
from planner.cli.terminal import progress, remark

if TYPE_CHECKING:
    from planner.output.scene import Scene


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

    plan = _document(given["case_paths"])
    if plan is not None:
        return seen_again(*plan).scene(pose)
    case, levels = read_given(given)
    remark(case.notes, quiet=given["quiet"])
    inspection = inspect_case(case, levels, pose=given["pose"], sex=given["sex"], progress=say)
    return scene_of_plan(inspection, pose)


def _document(paths: tuple[Path, ...]) -> tuple[dict[str, Any], Path] | None:
    """The plan document that is meant with its folder, or None if a case is."""
    file = plan_file(paths[0]) if len(paths) == 1 else None
    return (read_document(file), file.parent) if file else None
