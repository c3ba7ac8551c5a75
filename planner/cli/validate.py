"""``planner validate``: the tables that show how far the results can be trusted."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from planner.cli.case_options import output_options, read
from planner.cli.choices import Levels
from planner.cli.result_folder import result_folder
from planner.cli.terminal import console, progress, remark

if TYPE_CHECKING:
    from planner.validation.study import Subject

DOCUMENT = "validation.json"
_FILE = click.Path(path_type=Path)


class TableName(click.ParamType):
    """A table of `planner.validation.registry`."""

    name = "table"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from planner.validation.registry import TABLES

        names = [table.name for table in TABLES]
        if value not in names:
            self.fail(f"'{value}' is not one of {', '.join(names)}.", param, ctx)
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from planner.validation.registry import TABLES

        return [CompletionItem(t.name, help=t.sentence) for t in TABLES if t.name.startswith(incomplete)]


@click.command("validate")
@click.argument("case_paths", metavar="[CASE]...", nargs=-1, type=_FILE)
@click.option("--levels", type=Levels(), help="Such as C2-C6.  [default: those of C2-C6 in each case]")
@click.option(
    "--space", "spaces", multiple=True, metavar="AXES|CASE=AXES",
    help="Where the files' axes grow towards, for all cases or for one by name. Repeatable.",
)  # fmt: skip
@click.option("--units", help="Unit of length of the files, as in `planner plan`.")
@click.option(
    "--truth", type=_FILE, metavar="FILE",
    help="Landmarks to hold a single CASE against.  [default: landmarks.json or truth.json in its folder]",
)  # fmt: skip
@click.option("--table", "names", type=TableName(), multiple=True, help="Only this table. Repeatable.")
@click.option("--repeats", type=click.IntRange(2), default=20, show_default=True, help="Random repetitions.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all that is random.")
@click.option(
    "--keep", type=_FILE, metavar="DIR",
    help="Keep every reading there: a run that was broken off goes on from it.",
)  # fmt: skip
@click.option("--no-pictures", is_flag=True, help="With --out: no pictures of the landmarks.")
@output_options
def command(**given: Any) -> None:
    """Reproduce the validation tables on CASEs: each path is a column of its own.

    Truth is the file landmarks.json or truth.json in a case's folder. Without truth a case is held only
    against itself: turned, decimated, with noise, damaged. All tables take minutes a column; --table chooses,
    --repeats bounds, --keep resumes. Given columns and the project's own phantoms are never pooled.

    Exit code 0 says that the tables were made, not that every bar is met.
    """
    quiet, no_color = given["quiet"], given["no_color"]
    if given["truth"] and len(given["case_paths"]) != 1:
        raise click.UsageError("--truth goes with exactly one CASE.")
    with progress(quiet=quiet, verbose=given["verbose"], no_color=no_color) as say:
        out = given["out"]
        folder_of = result_folder(out, marker=DOCUMENT, force=given["force"]) if out else nullcontext()
        with folder_of as folder:
            from planner.validation.reader import Reader
            from planner.validation.registry import tables
            from planner.validation.results import document, print_results, validate, write_results
            from planner.validation.study import Study

            paths = given["case_paths"] or (None,)
            subjects = [_subject(path, given) for path in paths]
            reader = Reader(keep=given["keep"])
            study = Study(subjects=subjects, reader=reader, repeats=given["repeats"], seed=given["seed"], say=say)
            results = validate(study, tables(given["names"]))
            if folder is not None:
                write_results(results, folder)
                if not given["no_pictures"]:
                    _draw(subjects, folder, say, quiet)
    if given["as_json"]:
        from planner.document import json_text

        click.echo(json_text(document(results)), nl=False)
    elif not quiet:
        print_results(results, console(no_color=no_color))
    if out and not quiet:
        click.echo(f"Written to {out}", err=True)


def _subject(path: Path | None, given: dict[str, Any]) -> Subject:
    """Read one case and its truth; None is the bundled source case."""
    from planner.reading import SOURCE_CASE, bundled_model
    from planner.reading.models import model_file
    from planner.validation.study import Subject
    from planner.validation.truth import REAL, SYNTHETIC, find_truth, load_truth

    space = _space(path, given["spaces"])
    case, levels = read((path,) if path else (), given["levels"], given["quiet"], space=space, units=given["units"])
    folder = path or bundled_model(SOURCE_CASE)
    file = given["truth"] or (find_truth(folder) if folder.is_dir() else None)
    truth = load_truth(file, case.space, case.files[0].unit_mm) if file else None
    model = folder.is_dir() and model_file(folder).truth is not None
    kind = truth.kind if truth else SYNTHETIC if model else REAL
    surfaces = {level: bone.surface for level, bone in case.bones.items() if level in levels}
    return Subject(name=case.name, surfaces=surfaces, truth=truth, kind=kind)


def _space(path: Path | None, spaces: tuple[str, ...]) -> str | None:
    """The space of one case: that given with its name, else that given for all."""
    common = None
    for text in spaces:
        name, equals, code = text.rpartition("=")
        if not equals:
            common = code
        elif path is not None and name in (path.name, path.stem, str(path)):
            return code
    return common


def _draw(subjects: list[Subject], folder: Path, say, quiet: bool) -> None:
    from planner.output.display import offscreen_problem

    problem = offscreen_problem()
    if problem:
        remark([problem], quiet=quiet)
        return
    from planner.anatomy import understand
    from planner.output.landmark_picture import draw_landmarks

    for subject in subjects:
        say(f"{subject.name}: picture")
        draw_landmarks(
            understand(subject.surfaces, required=()), folder / f"{subject.name}-landmarks.png", subject.name
        )
