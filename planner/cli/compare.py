"""``planner compare``: the techniques side by side on one case."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import click

from planner.cli.case_options import case_options, execution_options, notes_on_failure, output_options, read_given
from planner.cli.result_folder import result_folder
from planner.cli.terminal import console, progress

DOCUMENT = "comparison.json"


@click.command("compare")
@case_options
@execution_options
@output_options
def command(**given: Any) -> None:
    """Try every technique on every side of CASE, by one search and one grader.

    Nothing is left out because something better was found: a surgeon sees what each technique costs on this bone,
    a student why they differ. Nothing is written unless --out names a folder.
    """
    quiet, no_color = given["quiet"], given["no_color"]
    with progress(quiet=quiet, verbose=given["verbose"], no_color=no_color) as say:
        case, levels = read_given(given)
        out = given["out"]
        folder_of = result_folder(out, marker=DOCUMENT, force=given["force"]) if out else nullcontext()
        with notes_on_failure(case, quiet), folder_of as folder:
            from planner.document import comparison_document, json_text, write_json
            from planner.teaching.comparison import compare_techniques

            same = {key: given[key] for key in ("execution", "seed", "pose", "sex", "cortex")}
            found = compare_techniques(case, levels, progress=say, **same)
            document = comparison_document(found.inspection, found.tried, found.execution, found.seed)
            if folder is not None:
                write_json(document, folder / DOCUMENT)
    if given["as_json"]:
        click.echo(json_text(document), nl=False)
    elif not quiet:
        from planner.output.comparison_table import print_comparison

        print_comparison(found.tried, console(no_color=no_color), verbose=given["verbose"])
