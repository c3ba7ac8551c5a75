"""``planner view``: a plan or a case in 3D."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.case_options import case_options, read_given
from planner.cli.plan_file import (
    bench_again,
    edited_folder,
    missing_files,
    plan_file,
    read_document,
    save_edited,
    seen_again,
    seen_without_bones,
)
from planner.cli.terminal import progress, remark
from planner.errors import InputError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.output.report import Seen


@click.command("view")
@case_options
@click.option("--screenshot", type=click.Path(path_type=Path), metavar="FILE", help="Write a PNG, no window.")
@click.option("--view", "view_name", default="posterior", show_default=True, metavar="NAME", help="From where.")
@click.option(
    "--movie", type=click.Path(path_type=Path), metavar="FILE", help="Write a turn as .gif or .mp4, no window."
)
@click.option("--web", is_flag=True, help="In a browser on this machine; needs the extra `web`.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Of --web.  [default: a free one]")
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="DIR", help="Where an edited plan is saved.")
@click.option("--force", is_flag=True, help="Replace DIR if it holds a plan.")
@click.option("-q", "--quiet", is_flag=True, help="No notes.")
@click.option("-v", "--verbose", is_flag=True, help="Name every step on stderr.")
@click.option("--no-color", is_flag=True, help="Plain text; so does NO_COLOR.")
def command(
    screenshot: Path | None, view_name: str, movie: Path | None, web: bool, port: int, out: Path | None, force: bool,
    **given: Any,
) -> None:  # fmt: skip
    """Show a plan folder, or a case as it is understood, in an interactive window; `h` in it tells the keys.

    A plan is drawn on the bones it was made from, read again from their files. Its screws can be moved (`e`): what
    is saved holds the proposal beside the edit.
    """
    if sum([screenshot is not None, movie is not None, web]) > 1:
        raise click.UsageError("--screenshot, --movie and --web exclude each other.")
    _check_first(screenshot, view_name, movie, web, out, force)
    from planner.reference.implants import own_catalogue

    quiet = given["quiet"]
    with own_catalogue(_implants(given["case_paths"])):
        _look(given, screenshot, view_name, movie, web, port, out, force, quiet)


def _implants(paths: Any) -> str | None:
    """The catalogue a plan was made with, if it had one of its own."""
    plan = _document(paths)
    return plan and plan[0]["provenance"]["options"].get("implants")


def _look(
    given: dict[str, Any], screenshot: Path | None, view_name: str, movie: Path | None, web: bool, port: int,
    out: Path | None, force: bool, quiet: bool,
) -> None:  # fmt: skip
    with progress(quiet=quiet, verbose=given["verbose"], no_color=given["no_color"]) as say:
        shown = _shown(given, say, drawn_only=screenshot is not None)
        if screenshot is not None:
            from planner.output.pictures import screenshot_scene

            screenshot_scene(shown.seen.scene("scan" if view_name.startswith("axial") else None), screenshot, view_name)
        elif movie is not None:
            from planner.output.movie import film

            film(shown.seen, movie, say)
    if screenshot is not None or movie is not None:
        if not quiet:
            click.echo(f"Written to {screenshot or movie}", err=True)
        return
    save = _saving(shown.folder, out, force) if shown.folder else None
    if web:
        from planner.output.web import serve

        serve(shown.seen, bench=shown.bench, save=save, port=port, tell=lambda line: click.echo(line, err=True))
    else:
        from planner.output.window import show

        show(shown.seen, bench=shown.bench, save=save)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What is looked at; ``bench`` and ``folder`` only of a plan."""

    seen: Seen
    bench: Callable[[], Any] | None = None
    folder: Path | None = None


def _check_first(
    screenshot: Path | None, view: str, movie: Path | None, web: bool, out: Path | None, force: bool
) -> None:
    """Find what stands in the way before any long work."""
    if screenshot is not None:
        from planner.output.pictures import check_request

        check_request(screenshot, view)
    elif movie is not None:
        from planner.output.movie import check_movie

        check_movie(movie)
    elif web:
        from planner.output.web import require_trame

        require_trame()
    else:
        from planner.output.window import require_screen

        require_screen()
    if out is not None and out.exists() and not force:
        raise OutputError(f"'{out}' exists already.", "Replace it with --force, or name another folder with --out.")


def _shown(given: dict[str, Any], say: Callable[[str], None], drawn_only: bool) -> _Shown:
    from planner.document import inspection_document
    from planner.output.report import Seen
    from planner.planning import inspect_case

    plan = _document(given["case_paths"])
    if plan is not None:
        document, folder = plan
        gone = missing_files(document)
        if gone and not drawn_only:
            remark([_without(gone)], quiet=given["quiet"])
            return _Shown(seen=seen_without_bones(document, folder), bench=lambda: _refuse(gone), folder=folder)
        from planner.reading.again import read_again

        case = read_again(document["case"])
        seen = seen_again(document, folder, case)
        return _Shown(seen=seen, bench=lambda: bench_again(document, case, seen.removed), folder=folder)
    case, levels = read_given(given)
    remark(case.notes, quiet=given["quiet"])
    inspection = inspect_case(case, levels, pose=given["pose"], sex=given["sex"], progress=say)
    seen = Seen(
        document=inspection_document(inspection),
        bones={level: v.surface for level, v in inspection.vertebrae.items()},
        removed={},
        extras={**case.masses, **case.avoid},
        excess=inspection.assessment.excess,
    )
    return _Shown(seen=seen)


def _without(gone: list[str]) -> str:
    return (
        f"{len(gone)} of the plan's files are not there ('{gone[0]}' ...): bones are not drawn and screws cannot be "
        "moved. Run the command in the folder where the plan was made."
    )


def _refuse(gone: list[str]) -> None:
    raise InputError(f"'{gone[0]}', which the plan was made from, is not there.")


def _saving(source: Path, out: Path | None, force: bool) -> Callable[[dict], Path]:
    """Each save of a session goes to the same folder, which the first one makes."""
    made: list[Path] = []

    def save(document: dict[str, Any]) -> Path:
        target = made[0] if made else out or edited_folder(source)
        save_edited(document, source, target, force=force or bool(made))
        made[:] = [target]
        return target

    return save


def _document(paths: tuple[Path, ...]) -> tuple[dict[str, Any], Path] | None:
    """The plan document that is meant with its folder, or None if a case is."""
    file = plan_file(paths[0]) if len(paths) == 1 else None
    return (read_document(file), file.parent) if file else None
