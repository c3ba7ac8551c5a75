"""``planner phantom``: synthetic vertebrae, columns and pathologies with known truth."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.choices import Levels
from planner.cli.lists import _list_options, _show
from planner.cli.result_folder import result_folder
from planner.cli.terminal import progress, remark

if TYPE_CHECKING:
    from planner.phantom.making import Detail
    from planner.phantom.request import Request

TRUTH = "truth.json"
_NOTE = "A phantom serves to develop, test and teach; it says nothing about a patient."

_SHARED = [
    click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Which person is drawn."),
    click.option("--mean", is_flag=True, help="The table's means, symmetric, instead of a person."),
    click.option("--sex", type=click.Choice(["female", "male"]), help="Whose measures.  [default: drawn by the seed]"),
    click.option(
        "--pathology", "pathologies", multiple=True, metavar="NAME:ARGS",
        help="Such as slip:C3,3.5; see `planner phantom list`. Repeatable, done in order.",
    ),
    click.option(
        "--fault", "faults", multiple=True, metavar="NAME:ARGS",
        help="A fault of the meshes, such as holes:C4,3; see `planner phantom list`. Repeatable.",
    ),
    click.option("--step", "step_mm", type=click.FloatRange(0.3, 2.0), default=0.5, show_default=True, help="Grid."),
    click.option("--faces", type=click.IntRange(0), default=26_000, show_default=True, help="A bone; 0: no limit."),
    click.option("--separated", is_flag=True, help="Bone and calcification in separate files."),
    click.option("--scan", metavar="MM", help="Surfaces as a scan of this voxel size gives them: 0.5 or 0.4x0.4x1.0."),
    click.option("--labels", is_flag=True, help="Write a label map too (labels.nii.gz, VerSe numbers)."),
    click.option("--format", "suffix", type=click.Choice(["ply", "stl", "obj"]), default="ply", show_default=True),
    click.option("--no-cache", is_flag=True, help="Make it anew, and keep nothing."),
    click.option("-o", "--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder to write."),
    click.option("-f", "--force", is_flag=True, help="Replace an existing phantom."),
    click.option("--json", "as_json", is_flag=True, help="Print the truth on stdout."),
    click.option("-q", "--quiet", is_flag=True, help="No notes."),
    click.option("-v", "--verbose", is_flag=True, help="Name every step on stderr."),
    click.option("--no-color", is_flag=True, help="Plain text; so does NO_COLOR."),
]  # fmt: skip


def _shared(command: Callable) -> Callable:
    return reduce(lambda inner, option: option(inner), reversed(_SHARED), command)


@click.group("phantom")
def command() -> None:
    """Make synthetic vertebrae, columns and pathologies with known truth."""


@command.command("list")
@_list_options
def listed(as_json: bool, no_color: bool) -> None:
    """List the models that can be made and the pathologies with their arguments."""
    from planner.phantom.catalogue import mesh_faults, pathologies
    from planner.phantom.named_columns import MODELS

    items = [{"kind": "model", "name": name, "text": model.title} for name, model in MODELS.items()]
    items += [{"kind": "pathology", "name": one.usage, "text": one.text} for one in pathologies().values()]
    items += [{"kind": "fault", "name": one.usage, "text": one.text} for one in mesh_faults().values()]
    _show("phantoms", items, ["kind", "name", "text"], as_json, no_color)


@command.command("make")
@click.argument("model", required=False)
@click.option("--level", "levels", type=Levels(), help="Bones to make when no MODEL is named, such as C4 or C3-C5.")
@_shared
@click.pass_context
def make(ctx: click.Context, model: str | None, levels: tuple[str, ...] | None, **given: Any) -> None:
    """Make a MODEL by name, or single bones by --level; see `planner phantom list`."""
    from planner.errors import InputError
    from planner.phantom.models import SEED
    from planner.phantom.named_columns import MODELS
    from planner.phantom.request import Request

    if (model is None) == (levels is None):
        raise click.UsageError("Name a model, or bones with --level.")
    if model is not None:
        if model not in MODELS:
            raise InputError(f"There is no model '{model}'.", f"Choose from {', '.join(MODELS)}.")
        if given["mean"] or given["sex"]:
            raise click.UsageError("A model has its own person: --mean and --sex do not go with it.")
        if ctx.get_parameter_source("seed") is click.core.ParameterSource.DEFAULT:
            given["seed"] = SEED
        request = Request(model=model, seed=given["seed"], pathologies=given["pathologies"], faults=given["faults"])
    else:
        request = _drawn(_in_a_row(levels), given)
    _write(request, model or "-".join(dict.fromkeys((levels[0], levels[-1]))), given)


@command.command("column")
@click.option("--levels", type=Levels(), default="C2-C7", show_default=True, help="A run of neighbours.")
@click.option(
    "--lordosis",
    "lordosis_deg",
    type=click.FloatRange(-40, 60),
    metavar="DEG",
    help="From the first level to the last, below 0 for kyphosis.  [default: the person's]",
)
@_shared
def made_column(levels: tuple[str, ...], **given: Any) -> None:
    """Make a column: bones seated on one another with discs, joint spaces and lordosis."""
    _write(_drawn(_in_a_row(levels), given), "column", given)


@command.command("check")
@click.option("--columns", type=click.IntRange(2), default=60, show_default=True, help="How many persons to measure.")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    default="phantom-check.jsonl",
    show_default=True,
    help="One line a column; a later run goes on from it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print rows and soundness as JSON on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@click.option("--no-color", is_flag=True, help="Plain text; so does NO_COLOR.")
def check(columns: int, file: Path, as_json: bool, quiet: bool, no_color: bool) -> None:
    """Measure sampled columns on their meshes and hold them against the table they were drawn from.

    About 9 seconds a column; interrupt it and call it again to go on. Bars: a mean within 0.5 SD of its row,
    a spread within 30 %, meshes sound in 99.5 %.
    """
    from planner.phantom.check import as_plain, compared, run, soundness

    with progress(quiet=quiet, verbose=False, no_color=no_color) as say:
        done = run(columns, file, say)
    if as_json:
        click.echo(json.dumps(as_plain(done), indent=1))
        return
    from rich.table import Table

    from planner.cli.terminal import console

    table = Table(box=None, pad_edge=False)
    for name in ("level", "measure", "row", "measured", "off by, SD", "SD ratio", "not made", "beyond"):
        table.add_column(name, justify="left" if name in ("level", "measure", "beyond") else "right")
    rows = compared(done)
    for r in rows:
        beyond = [what for what, bad in (("mean", not r.mean_fits), ("spread", not r.spread_fits)) if bad]
        table.add_row(
            r.level, r.measure, f"{r.mean:.1f} ± {r.sd:.1f}", f"{r.measured_mean:.1f} ± {r.measured_sd:.1f}",
            f"{r.bias_sd:+.2f}", f"{r.ratio:.2f}", str(r.missing), ", ".join(beyond),
        )  # fmt: skip
    out, sound = console(no_color=no_color), soundness(done)
    out.print(table)
    means, spreads = sum(r.mean_fits for r in rows), sum(r.spread_fits for r in rows)
    out.print(f"{len(rows)} rows of {columns} columns: {means} means and {spreads} spreads within the bars.")
    out.print(
        f"{sound.meshes} meshes: {sound.closed} closed, {sound.manifold} manifold, {sound.one_piece} in one piece, "
        f"{sound.genus} with three handles, {sound.free_of_self_intersection} free of self-intersection."
    )
    for fault in sound.faults:
        out.print(f"  {fault}")


def _in_a_row(levels: tuple[str, ...]) -> tuple[str, ...]:
    from planner.phantom.shape import LEVELS

    first = LEVELS.index(levels[0]) if levels[0] in LEVELS else -1
    if first < 0 or LEVELS[first : first + len(levels)] != levels:
        raise click.UsageError(f"Bones are made in a row from {LEVELS[0]} to {LEVELS[-1]}, not {', '.join(levels)}.")
    return levels


def _drawn(levels: tuple[str, ...], given: dict[str, Any]) -> Request:
    from planner.phantom.request import Request

    seed = None if given["mean"] else given["seed"]
    return Request(
        levels=levels, seed=seed, sex=given["sex"], pathologies=given["pathologies"], faults=given["faults"],
        lordosis_deg=given.get("lordosis_deg"),
    )  # fmt: skip


def _write(request: Request, name: str, given: dict[str, Any]) -> None:
    """Make what is wanted and write its folder; the truth goes to stdout if it was asked for."""
    from planner.phantom.folder import write_folder
    from planner.phantom.making import Detail, made
    from planner.phantom.scan import spacing

    if given["separated"] and given["scan"]:
        raise click.UsageError("A scan shows bone and calcification as one: --separated does not go with --scan.")
    detail = Detail(
        step_mm=given["step_mm"], faces=given["faces"], separated=given["separated"],
        scan_mm=spacing(given["scan"]) if given["scan"] else None,
    )  # fmt: skip
    target = given["out"] or Path(f"phantom-{name}")
    with (
        result_folder(target, marker=TRUTH, force=given["force"]) as folder,
        progress(quiet=given["quiet"], verbose=given["verbose"], no_color=given["no_color"]) as say,
    ):
        say("Building the bones")
        surfaces, truth = made(request, detail, keep=not given["no_cache"])
        if given["labels"]:
            say("Filling the label map")
            _write_labels(request, given["scan"], folder)
        write_folder(folder, _card(request, name, detail, given), surfaces, truth, given["suffix"])
    remark([_NOTE], quiet=given["quiet"])
    if given["as_json"]:
        click.echo(json.dumps(truth, indent=1))
    elif not given["quiet"]:
        click.echo(f"Written to {target}", err=True)


def _write_labels(request: Request, scan: str | None, folder: Path) -> None:
    from planner.output.label_map import write_label_map
    from planner.phantom.scan import label_map, spacing
    from planner.reference.levels import levels

    made = label_map(request.column(), spacing(scan or "0.5"), {name: one.verse for name, one in levels().items()})
    write_label_map(folder / "labels.nii.gz", made.labels, made.spacing_mm, made.low)


def _card(request: Request, name: str, detail: Detail, given: dict[str, Any]):
    """What the folder says about itself; a bundled model says what it says in ``models/``."""
    from dataclasses import replace

    from planner.phantom.folder import Card
    from planner.phantom.models import card

    options = [f"--step {given['step_mm']:g}"] if given["step_mm"] != 0.5 else []
    options += [f"--faces {given['faces']}"] if given["faces"] != 26_000 else []
    options += [f"--scan {given['scan']}"] if given["scan"] else []
    options += ["--labels"] if given["labels"] else []
    options += [f"--format {given['suffix']}"] if given["suffix"] != "ply" else []
    if request.model is not None and not request.pathologies and not request.faults:
        says = card(name, request.seed, detail)
        return replace(says, made={**says.made, "command": " ".join([says.made["command"], *options])})
    options += ["--separated"] if detail.separated else []
    made = {
        "command": " ".join([request.command, *options]), "seed": -1 if request.seed is None else request.seed,
        "grid_mm": detail.step_mm, "faces": detail.faces,
    }  # fmt: skip
    if request.seed is None:
        del made["seed"]
    return Card(
        name=name,
        title=f"Synthetic {name}" + (f" with {len(request.pathologies)} changes" if request.pathologies else ""),
        description="Synthetic vertebrae from published morphometry; not a patient. truth.json says what was done.",
        masses="apart" if detail.separated else "bone and calcification are one surface per level",
        made=made,
    )
