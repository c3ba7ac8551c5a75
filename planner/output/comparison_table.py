"""The techniques side by side on the terminal: how each one fares in all, and on which sides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from planner.fixation.anchor import Candidate, Refusal
from planner.output.printing import STYLE, heading, say, table
from planner.output.wording import anchor_words, nearest_hazard

if TYPE_CHECKING:
    from rich.console import Console

Tried = Mapping[tuple[str, str], Sequence[Candidate | Refusal]]

_SIGN = {
    status: f"[{STYLE[status]}]{sign}[/]" for status, sign in (("planned", "P"), ("caution", "c"), ("rejected", "x"))
}
_NONE = "[dim]-[/]"
_RIGHT = {"justify": "right", "no_wrap": True}


def print_comparison(tried: Tried, console: Console, verbose: bool = False) -> None:
    """Print two tables: a row a technique over all sides, and a sign for every technique on every side."""
    heading(console, "Techniques, each at its best on every side")
    _in_all(tried, console)
    heading(console, "Side by side")
    _signs(tried, console)
    say(
        console,
        "P planned, c caution, x rejected, - out of the question here, or no trajectory in bone; reasons: -v.",
        "dim",
    )
    if verbose:
        for (level, side), of_side in tried.items():
            heading(console, f"{level} {side}")
            for one in of_side:
                say(console, f"{anchor_words(one.anchor, one.technique)}: {_numbers(one)}{one.reason}", "", 2)


def _in_all(tried: Tried, console: Console) -> None:
    rows = table(
        ("technique", {}), ("sides", _RIGHT), ("planned", _RIGHT), ("caution", _RIGHT), ("rejected", _RIGHT),
        ("none", _RIGHT), ("hold mm", _RIGHT), ("artery mm", _RIGHT), ("closest mm", _RIGHT), ("breach", _RIGHT),
    )  # fmt: skip
    for name, found in _by_technique(tried).items():
        candidates = [one for one in found.values() if isinstance(one, Candidate)]
        count = {status: sum(one.status == status for one in candidates) for status in _SIGN}
        rows.add_row(
            name, str(len(found)), *(str(count[status]) for status in _SIGN), str(len(found) - len(candidates)),
            _median([one.purchase_mm for one in candidates]),
            _median([one.clearance_mm.get("vertebral_artery", math.nan) for one in candidates]),
            _median([near[1] for one in candidates if (near := nearest_hazard(one.clearance_mm))]),
            f"{np.median([one.breach.artery_or_canal for one in candidates]):.0%}" if candidates else "-",
        )  # fmt: skip
    console.print(rows)
    say(console, "Medians over the sides that have a trajectory; breach: artery or canal touched at all.", "dim")


def _signs(tried: Tried, console: Console) -> None:
    rows = table(("technique", {}), *((f"{level}\n{side}", {"justify": "center"}) for level, side in tried))
    for name, found in _by_technique(tried).items():
        signs = [_sign(found[place]) if place in found else "" for place in tried]
        rows.add_row(name, *signs)
    console.print(rows)


def _by_technique(tried: Tried) -> dict[str, dict[tuple[str, str], Candidate | Refusal]]:
    found: dict[str, dict[tuple[str, str], Candidate | Refusal]] = {}
    for place, of_side in tried.items():
        for one in of_side:
            name = anchor_words(one.anchor, one.technique)
            found.setdefault(f"C2 {name}" if place[0] == "C2" else name, {})[place] = one
    return found


def _sign(one: Candidate | Refusal) -> str:
    return _SIGN[one.status.value] if isinstance(one, Candidate) else _NONE


def _numbers(one: Candidate | Refusal) -> str:
    if not isinstance(one, Candidate):
        return ""
    risk = one.breach.artery_or_canal
    return f"{one.status.value}, {one.screw.length_mm:g} mm, hold {one.purchase_mm:.1f} mm, breach {risk:.0%}; "


def _median(values: Sequence[float]) -> str:
    known = [v for v in values if math.isfinite(v)]
    return f"{np.median(known):.1f}" if known else "-"
