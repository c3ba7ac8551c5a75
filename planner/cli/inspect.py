"""``planner inspect``: what was read and understood, without a plan."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import click

from planner.cli.case_options import case_options, notes_on_failure, output_options, read
from planner.cli.result_folder import result_folder
from planner.cli.terminal import console, progress

DOCUMENT = "inspection.json"


@click.command("inspect")
@case_options
@output_options
def command(**given: Any) -> None:
    """Read and understand CASE: pose, level and side checks, landmarks, measurements, findings.

    Nothing is written unless --out names a folder.
    """
    quiet, no_color = given["quiet"], given["no_color"]
    how = {key: given[key] for key in ("space", "units", "masses", "avoid", "attest_sides", "pose")}
    with progress(quiet=quiet, verbose=given["verbose"], no_color=no_color) as say:
        case, levels = read(given["case_paths"], given["levels"], quiet, **how)
        out = given["out"]
        folder_of = result_folder(out, marker=DOCUMENT, force=given["force"]) if out else nullcontext()
        with notes_on_failure(case, quiet), folder_of as folder:
            from planner.document import inspection_document, json_text, write_json
            from planner.planning import inspect_case

            inspection = inspect_case(case, levels, pose=given["pose"], sex=given["sex"], progress=say)
            document = inspection_document(inspection)
            if folder is not None:
                write_json(document, folder / DOCUMENT)
    if given["as_json"]:
        click.echo(json_text(document), nl=False)
    elif not quiet:
        from planner.output.console import print_inspection

        print_inspection(inspection, console(no_color=no_color))
