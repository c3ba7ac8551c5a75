"""``planner plan``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.case_options import case_options, execution_options, notes_on_failure, output_options, read_given
from planner.cli.choices import SIDES, SKIP, C2Choice, Segment, TechniqueChoice, c2_by_side, technique_by_side
from planner.cli.plan_file import DOCUMENT
from planner.cli.result_folder import result_folder
from planner.cli.terminal import console, progress, remark

if TYPE_CHECKING:
    from planner.output.report import Parts, Seen
    from planner.planning import Plan, PlanOptions

NAMED_CHOICE_FAILED = 3


@click.command("plan")
@case_options
@click.option(
    "--technique",
    "techniques",
    type=TechniqueChoice(),
    multiple=True,
    metavar="NAME|C3=NAME|C4:left=NAME",
    help="Technique below C2, see `planner techniques`. Repeatable.  [default: auto]",
)
@click.option(
    "--c2",
    "c2_choices",
    type=C2Choice(),
    multiple=True,
    metavar="NAME|left=NAME",
    help="Anchor at C2: auto, pars, pedicle, translaminar or skip. Repeatable.  [default: auto]",
)
@click.option(
    "--reduce",
    type=Segment(),
    default="auto",
    show_default=True,
    help="auto, none or a segment such as C3-C4.",
)
@click.option(
    "--reduce-percent",
    type=click.FloatRange(0, 100),
    default=100.0,
    show_default=True,
    help="How much of the way back to plan.",
)
@click.option(
    "--decompress",
    type=Segment(),
    default="auto",
    show_default=True,
    help="auto, none or levels such as C3-C4.",
)
@click.option(
    "--trough",
    type=click.Choice(["narrow", "groove"]),
    default="narrow",
    show_default=True,
    help="narrow: cord and 2-3 mm; groove: at the lateral mass.",
)
@click.option("--undercut", is_flag=True, help="Undercut the edges of the laminae next to a laminectomy (dome).")
@click.option("--implants", type=click.Path(), metavar="FILE", help="Your own catalogue, see `planner implants`.")
@execution_options
@click.option("--age", type=click.IntRange(0, 130), help="In years; written into the plan, no norm depends on it yet.")
@click.option("--strict", is_flag=True, help="Every side counts as named: one without an acceptable screw ends with 3.")
@click.option("--no-pictures", is_flag=True, help="Write the plan document only, no report.")
@output_options
@click.pass_context
def command(ctx: click.Context, **given: Any) -> None:
    """Plan a posterior C2-C6 fusion of CASE and write a plan folder.

    CASE is a folder with one mesh a level (C2.stl ... C6.stl, or names that contain the level), several
    mesh files, or one mesh of several vertebrae. Without CASE the bundled source case is planned.

    Exit codes: 0 plan made; 1 error; 2 usage; 3 plan made, but a fixation you named has no acceptable
    trajectory.
    """
    quiet = given["quiet"]
    with progress(quiet=quiet, verbose=given["verbose"], no_color=given["no_color"]) as say:
        plan, document, target = _made(given, say)
    if given["as_json"]:
        from planner.document import json_text

        click.echo(json_text(document), nl=False)
    elif not quiet:
        from planner.output.console import print_plan

        print_plan(plan, console(no_color=given["no_color"]), verbose=given["verbose"])
    if not quiet:
        click.echo(f"Written to {target}", err=True)
    failed = failed_choices(plan)
    if failed:
        remark([f"No acceptable screw for what was named: {', '.join(failed)}."], quiet=quiet)
        ctx.exit(NAMED_CHOICE_FAILED)


def _made(given: dict[str, Any], say) -> tuple[Plan, dict[str, Any], Path]:
    """Read, plan and write; return the plan, its document and its folder."""
    if not given["no_pictures"]:
        from planner.output.display import ask_ahead

        ask_ahead()
    case, levels = read_given(given)
    options = _options(given, levels)
    target = given["out"] or Path(f"plan-{case.name}")
    folder_of = result_folder(target, marker=DOCUMENT, force=given["force"])
    with notes_on_failure(case, given["quiet"]), folder_of as folder:
        from planner.document import plan_document, write_json
        from planner.output.offered import write_offered
        from planner.output.plan_meshes import write_excess, write_removed
        from planner.planning import make_plan

        plan = make_plan(case, options, say)
        document = plan_document(plan)
        write_json(document, folder / DOCUMENT)
        write_removed(plan, folder)
        write_excess(plan, folder)
        write_offered(plan, folder)
        if not given["no_pictures"]:
            _show(plan, document, folder, say, given["quiet"])
    return plan, document, target


def _options(given: dict[str, Any], levels: tuple[str, ...]) -> PlanOptions:
    from planner.planning import PlanOptions

    same = (
        "execution", "reduce", "reduce_percent", "decompress", "trough", "undercut", "sex", "age", "pose", "strict",
        "seed", "cortex", "implants",
    )  # fmt: skip
    return PlanOptions(
        levels=levels,
        technique=technique_by_side(given["techniques"], levels),
        c2=c2_by_side(given["c2_choices"], levels),
        **{key: given[key] for key in same},
    )


def _show(plan: Plan, document: dict[str, Any], folder: Path, say, quiet: bool) -> None:
    """Pictures and report; what the report needs beside them is made meanwhile."""
    from planner.output.beside import beside
    from planner.output.report import Seen, parts_of

    seen = Seen.of(plan, document)
    with beside(parts_of, seen) as parts:
        _draw(plan, document, folder, say, quiet)
        say("report")
        _report(seen, parts(), folder)


def _draw(plan: Plan, document: dict[str, Any], folder: Path, say, quiet: bool) -> None:
    from planner.output.display import offscreen_problem

    problem = offscreen_problem()
    if problem:
        remark([problem], quiet=quiet)
        return
    from planner.output.pictures import write_pictures

    write_pictures(plan, folder, say, document)


def _report(seen: Seen, parts: Parts, folder: Path) -> None:
    """The report and its drawings, which need no display."""
    from planner.output.report import FILE, write_figures, write_report

    write_figures(parts.figures, folder)
    write_report(seen, folder / FILE, parts=parts, pictures=folder)


def failed_choices(plan: Plan) -> list[str]:
    """Level and side of each fixation that the user named and that has no acceptable trajectory.

    Named is what ``--technique`` or ``--c2`` names, or every side with ``--strict``, but never a side told
    to be skipped.
    """
    options = plan.options
    named = dict(options.technique) | {("C2", side): name for side, name in options.c2.items()}
    if options.strict:
        named = {(level, side): "any" for level in options.levels for side in SIDES} | named
    return [
        f"{f.level} {f.side}"
        for f in plan.fixations
        if named.get((f.level, f.side), SKIP) != SKIP and f.status in ("rejected", "skipped")
    ]
