"""Option values that name levels, sides and techniques, checked against the tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

from planner.errors import LevelError
from planner.reference.levels import levels, parse_levels
from planner.reference.tables import rows

AUTO, SKIP, NONE = "auto", "skip", "none"
SIDES = ("left", "right")
C2 = "C2"
DEFAULT_LEVELS = "C2-C6"


def technique_names(level: str | None = None) -> list[str]:
    """Techniques of the table that serve a level, or any level but C2."""
    fits = (lambda at: level in at) if level else (lambda at: set(at) - {C2})
    names = [row["id"] for row in rows("techniques", "technique") if fits(row["levels"])]
    return [AUTO, *dict.fromkeys(n for n in names if n != AUTO), SKIP]


class Levels(click.ParamType):
    """``C2-C6`` or ``C2,C4-C6`` as a tuple of levels from the head down."""

    name = "levels"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return parse_levels(value)
        except LevelError as error:
            self.fail(f"{error.message} {error.hint}", param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        names = [DEFAULT_LEVELS, *(name for name, level in levels().items() if level.plannable)]
        return [CompletionItem(n) for n in names if n.startswith(incomplete.upper())]


class Segment(click.ParamType):
    """``auto``, ``none`` or a span of levels such as ``C3-C4``, given by its first and last level."""

    name = "segment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in (AUTO, NONE):
            return value
        try:
            span = parse_levels(value)
        except LevelError as error:
            self.fail(f"{error.message} {error.hint}", param, ctx)
        if "," in value or len(span) < 2:
            self.fail(f"'{value}' is not auto, none or a span such as C3-C4.", param, ctx)
        return f"{span[0]}-{span[-1]}"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(n) for n in (AUTO, NONE) if n.startswith(incomplete)]


class TechniqueChoice(click.ParamType):
    """``NAME``, ``C3=NAME``, ``C3-C5=NAME`` or ``C4:left=NAME``, as ``(levels, sides, name)``.

    The levels of a bare name are all but C2 that the technique serves; C2 has an option of its own.
    """

    name = "technique"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[str, ...], tuple[str, ...], str]:
        if isinstance(value, tuple):
            return value
        place, _, name = value.rpartition("=")
        name = name.strip().lower()
        if name not in technique_names():
            self.fail(f"'{name}' is not one of {', '.join(technique_names())}.", param, ctx)
        if not place:
            return tuple(at for at in _others() if name in technique_names(at)), SIDES, name
        where, _, side = place.partition(":")
        sides = _sides(self, side, param, ctx) if ":" in place else SIDES
        at = Levels().convert(where, param, ctx)
        if C2 in at:
            self.fail("C2 has an option of its own: --c2.", param, ctx)
        for level in at:
            if name not in technique_names(level):
                known = ", ".join(technique_names(level))
                self.fail(f"'{name}' is not used at {level}; there are {known}.", param, ctx)
        return at, sides, name

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        place, equals, start = incomplete.rpartition("=")
        return [CompletionItem(f"{place}{equals}{n}") for n in technique_names() if n.startswith(start)]


class C2Choice(click.ParamType):
    """``NAME`` or ``left=NAME``, as ``(sides, name)``."""

    name = "anchor"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[str, ...], str]:
        if isinstance(value, tuple):
            return value
        side, equals, name = value.rpartition("=")
        name = name.strip().lower()
        if name not in technique_names(C2):
            self.fail(f"'{name}' is not one of {', '.join(technique_names(C2))}.", param, ctx)
        return (_sides(self, side, param, ctx) if equals else SIDES), name

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        side, equals, start = incomplete.rpartition("=")
        return [CompletionItem(f"{side}{equals}{n}") for n in technique_names(C2) if n.startswith(start)]


def technique_by_side(
    chosen: Iterable[tuple[tuple[str, ...], tuple[str, ...], str]], planned: tuple[str, ...]
) -> dict[tuple[str, str], str]:
    """Combine ``--technique`` values: one side wins over a level, a level over several.

    ``auto`` names nothing. A single level that is named but not planned is a usage error; a bare name covers
    those of its levels that are planned.
    """
    result: dict[tuple[str, str], str] = {}
    for at, sides, name in sorted(chosen, key=lambda c: (-len(c[0]), -len(c[1]))):
        if len(at) == 1 and at[0] not in planned:
            raise click.UsageError(f"--technique names {at[0]}, which is not among the levels to plan.")
        result |= {(level, side): name for level in at if level in planned for side in sides}
    return {place: name for place, name in result.items() if name != AUTO}


def c2_by_side(chosen: Iterable[tuple[tuple[str, ...], str]], planned: tuple[str, ...]) -> dict[str, str]:
    """Combine ``--c2`` values: a side wins over both; ``auto`` names nothing."""
    result: dict[str, str] = {}
    for sides, name in sorted(chosen, key=lambda c: -len(c[0])):
        if C2 not in planned and name not in (AUTO, SKIP):
            raise click.UsageError("--c2 names an anchor, but C2 is not among the levels to plan.")
        result |= dict.fromkeys(sides, name)
    return {side: name for side, name in result.items() if name != AUTO}


def _others() -> list[str]:
    return [name for name, level in levels().items() if level.plannable and name != C2]


def _sides(
    kind: click.ParamType, text: str, param: click.Parameter | None, ctx: click.Context | None
) -> tuple[str, ...]:
    side = text.strip().lower()
    if side not in SIDES:
        kind.fail(f"'{text}' is not a side; write left or right (the patient's).", param, ctx)
    return (side,)
