"""The options compared, as one table on the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from planner.consequences import Option
from planner.output.printing import heading, say, table

if TYPE_CHECKING:
    from rich.console import Console

_COLUMNS = (
    ("slip", "listhesis_mm", 1),
    ("pincer", "pincer_mm", 1),
    ("passage", "passage_mm2", 0),
    ("canal", "canal_area_mm2", 0),
    ("bone", "removed_volume_mm3", 0),
    ("facet %", "facet_kept_percent", 0),
    ("bend", "min_bend_radius_mm", 0),
)


def print_options(options: Iterable[Option], console: Console) -> None:
    """Print one row an option, the plan's own marked, in mm, mm2 and mm3; why something is not offered stands below."""
    options = tuple(options)
    if not options:
        return
    heading(console, "Options compared")
    right = {"justify": "right"}
    rows = table(("option", {}), *((name, right) for name, _, _ in _COLUMNS), ("L/R", right), ("conflicts", right))
    for option in options:
        anchors = "/".join(str(option.anchors[side]) for side in ("left", "right")) if option.anchors else "-"
        conflicts = str(len(option.conflicts)) if option.anchors else "-"
        name = option.name if option.offered else f"({option.name})"
        rows.add_row(
            f"{'>' if option.chosen else ' '} {name}",
            *(_number(option.numbers.get(key), decimals) for _, key, decimals in _COLUMNS), anchors, conflicts,
        )  # fmt: skip
    console.print(rows)
    say(console, "> this plan, ( ) not offered; passage: what both canals leave open past the slip;", "dim")
    say(console, "canal: least area after the cut; facet: least kept; bend: tightest; L/R: anchors.", "dim")
    for option in options:
        if option.reason and not option.offered:
            say(console, f"{option.name} not offered: {_first(option.reason)}", "dim")
        elif option.choice == "laminoplasty":
            say(console, f"{option.name}: {option.reason}", "dim")


def _first(reason: str, longest: int = 160) -> str:
    return reason if len(reason) <= longest else f"{reason[:longest].rsplit(' ', 1)[0]} ..."


def _number(value: float | None, decimals: int) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{value + 0.0:.{decimals}f}"
