"""``planner inspect``: what was read and understood, without a plan."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.case_options import case_options, notes_on_failure, output_options, read_given
from planner.cli.result_folder import result_folder
from planner.cli.terminal import console, progress, remark

if TYPE_CHECKING:
    from planner.planning import Inspection

DOCUMENT = "inspection.json"
CANAL = "canal.png"


@click.command("inspect")
@case_options
@output_options
def command(**given: Any) -> None:
    """Read and understand CASE: pose, level and side checks, landmarks, measurements, findings.

    Nothing is written unless --out names a folder: the inspection, a picture of what each level lacks or has too
    much of against its mirror image with the thickness of its bone, and the profile of the canal.
    """
    quiet, no_color = given["quiet"], given["no_color"]
    with progress(quiet=quiet, verbose=given["verbose"], no_color=no_color) as say:
        case, levels = read_given(given)
        out = given["out"]
        folder_of = result_folder(out, marker=DOCUMENT, force=given["force"]) if out else nullcontext()
        with notes_on_failure(case, quiet), folder_of as folder:
            from planner.document import inspection_document, json_text, write_json
            from planner.planning import inspect_case

            inspection = inspect_case(case, levels, pose=given["pose"], sex=given["sex"], progress=say)
            document = inspection_document(inspection)
            if folder is not None:
                write_json(document, folder / DOCUMENT)
                _draw(inspection, folder, say, quiet)
    if given["as_json"]:
        click.echo(json_text(document), nl=False)
    elif not quiet:
        from planner.output.console import print_inspection

        print_inspection(inspection, console(no_color=no_color))


def _draw(inspection: Inspection, folder: Path, say: Callable[[str], None], quiet: bool) -> None:
    from planner.output.display import offscreen_problem

    problem = offscreen_problem()
    if problem:
        remark([problem], quiet=quiet)
        return
    from planner.output.canal_picture import draw_canal
    from planner.output.deficit_picture import DEFICITS, draw_deficits

    say("pictures")
    chosen = {level: v for level, v in inspection.vertebrae.items() if level in inspection.levels}
    draw_deficits(chosen, folder / DEFICITS)
    draw_canal(inspection.assessment, folder / CANAL)
