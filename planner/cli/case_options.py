"""The options by which every command reads a case, and the reading itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.choices import DEFAULT_LEVELS, Levels
from planner.cli.terminal import remark
from planner.errors import LevelError, PlannerError

if TYPE_CHECKING:
    from planner.reading.case import Case

_FILE = click.Path(path_type=Path)


def _unit_names() -> list[str]:
    from planner.reference.tables import rows

    return [row["name"] for row in rows("reading", "unit")]


def _execution_profiles() -> list[str]:
    from planner.reference.tables import rows

    return [row["id"] for row in rows("execution", "profile")]


_CASE = [
    click.argument("case_paths", metavar="[CASE]...", nargs=-1, type=_FILE),
    click.option(
        "--levels",
        type=Levels(),
        help=f"Such as C2-C6 or C2,C4-C6.  [default: those of {DEFAULT_LEVELS} in the case]",
    ),
    click.option("--space", metavar="AXES", help="Where the files' axes grow towards, such as LPS, RAS or ASR."),
    click.option("--units", type=click.Choice(_unit_names()), help="Unit of length of the files."),
    click.option(
        "--mass",
        "masses",
        type=_FILE,
        multiple=True,
        metavar="FILE",
        help="A surface of calcification: never bone. Repeatable.",
    ),
    click.option(
        "--avoid",
        multiple=True,
        metavar="FILE[=NAME]",
        help="A structure to stay away from, such as an artery. Repeatable.",
    ),
    click.option("--attest-sides", is_flag=True, help="You have checked that left is the patient's left."),
    click.option(
        "--pose",
        type=click.Choice(["patient", "auto"]),
        default="patient",
        show_default=True,
        help="auto: the whole case may be turned.",
    ),
    click.option("--sex", type=click.Choice(["female", "male"]), help="For norms."),
]

_OUTPUT = [
    click.option("-o", "--out", type=_FILE, metavar="DIR", help="Folder to write; it appears whole or not at all."),
    click.option("--force", is_flag=True, help="Replace an existing result folder as a whole."),
    click.option("--json", "as_json", is_flag=True, help="Print the document on stdout, and nothing else there."),
    click.option("-q", "--quiet", is_flag=True, help="No summary and no notes."),
    click.option("-v", "--verbose", is_flag=True, help="Name every step on stderr."),
    click.option("--no-color", is_flag=True, help="Plain text; so does NO_COLOR."),
]


_EXECUTION = [
    click.option(
        "--execution",
        type=click.Choice(_execution_profiles()),
        default="freehand",
        show_default=True,
        help="How far a screw strays from its plan.",
    ),
    click.option(
        "--cortex",
        type=click.Choice(["unicortical", "bicortical"]),
        default="unicortical",
        show_default=True,
        help="bicortical: lateral mass screws pass the far cortex by up to 1 mm.",
    ),
    click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the breach simulation."),
]


def case_options(command: Callable) -> Callable:
    """CASE, how to read it, and the patient."""
    return reduce(lambda inner, option: option(inner), reversed(_CASE), command)


def execution_options(command: Callable) -> Callable:
    """How well a screw is placed, and the seed of what is simulated."""
    return reduce(lambda inner, option: option(inner), reversed(_EXECUTION), command)


def output_options(command: Callable) -> Callable:
    """Where a result goes and how much is said."""
    return reduce(lambda inner, option: option(inner), reversed(_OUTPUT), command)


def read(
    case_paths: tuple[Path, ...], levels: tuple[str, ...] | None, quiet: bool, **how: Any
) -> tuple[Case, tuple[str, ...]]:
    """Read the case (the bundled source case if none is given); return it with the levels to plan.

    ``how`` are the arguments of `planner.reading.read_case` by name.
    """
    from planner.reading import SOURCE_CASE, bundled_model, read_case

    if not case_paths:
        remark([f"No case was given: this is the bundled source case {SOURCE_CASE}."], quiet=quiet)
        case_paths = (bundled_model(SOURCE_CASE),)
    case = read_case(case_paths, levels=levels or (), **how)
    return case, levels_present(case, levels)


def read_given(given: Mapping[str, Any]) -> tuple[Case, tuple[str, ...]]:
    """`read` with the options of `case_options` as a command was given them."""
    how = {key: given[key] for key in ("space", "units", "masses", "avoid", "attest_sides", "pose")}
    return read(given["case_paths"], given["levels"], given["quiet"], **how)


@contextmanager
def notes_on_failure(case: Case, quiet: bool) -> Iterator[None]:
    """Write the case's notes to stderr if the block fails: they may say why. A result carries them itself."""
    try:
        yield
    except PlannerError:
        remark(case.notes, quiet=quiet)
        raise


def levels_present(case: Case, asked: tuple[str, ...] | None) -> tuple[str, ...]:
    """The levels asked for, all of which must be in the case; without a wish, those of C2-C6 that are."""
    there = ", ".join(case.bones)
    if asked:
        missing = [level for level in asked if level not in case.bones]
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            raise LevelError(
                f"{', '.join(missing)} {verb} not in the case '{case.name}'.",
                f"It holds {there}: name only these with --levels, or add the files.",
            )
        return asked
    from planner.reference.levels import parse_levels

    present = tuple(level for level in parse_levels(DEFAULT_LEVELS) if level in case.bones)
    if not present:
        raise LevelError(
            f"The case '{case.name}' holds none of {DEFAULT_LEVELS}.",
            f"It holds {there}: name levels with --levels.",
        )
    return present
