"""``planner report``: the report of a plan, made again."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.plan_file import plan_file, read_document, seen_again
from planner.cli.terminal import progress
from planner.errors import InputError, OutputError


@click.command("report")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="[default: report.html in PLAN]")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.option("-q", "--quiet", is_flag=True, help="No notes.")
@click.option("-v", "--verbose", is_flag=True, help="Name every step on stderr.")
@click.option("--no-color", is_flag=True, help="Plain text; so does NO_COLOR.")
def command(plan: Path, out: Path | None, force: bool, quiet: bool, verbose: bool, no_color: bool) -> None:
    """Make the report of PLAN again: one HTML file that opens in any browser without a network.

    PLAN is a folder that `planner plan` wrote, or its plan.json. The bones are read again from their files; the
    pictures of the folder are taken in where it has them.
    """
    source = plan_file(plan)
    if source is None:
        raise InputError(f"'{plan}' is not a plan.", "Give a folder that `planner plan` wrote.")
    from planner.output.report import FILE, parts_of, write_report

    target = out or source.parent / FILE
    _check(target, force or out is None)
    document = read_document(source)
    with progress(quiet=quiet, verbose=verbose, no_color=no_color) as say:
        say("reading")
        seen = seen_again(document, source.parent)
        say("report")
        write_report(seen, target, parts=parts_of(seen, apart=True), pictures=source.parent)
    if not quiet:
        click.echo(f"Written to {target}", err=True)


def _check(target: Path, replace: bool) -> None:
    """Find what stands in the way before the work."""
    if target.is_dir():
        raise OutputError(f"'{target}' is a folder.", "Name a file in it.")
    if not target.absolute().parent.is_dir():
        raise OutputError(f"The folder of '{target}' does not exist.", "Make it, or name another file.")
    if target.exists() and not replace:
        raise OutputError(f"'{target}' exists already.", "Replace it with --force, or name another file with --out.")
