"""The rules a construct does not meet, each with its numbers, its options and its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from planner.construct.plan import Conflict, Rod
from planner.construct.rules import rule, source
from planner.reference.levels import order

_WORDS = ("no", "one", "two", "three", "four", "five", "six")


def conflicts_of(
    rods: Sequence[Rod], levels: Sequence[str], unstable: Sequence[str], lordosis_deg: float
) -> Iterator[Conflict]:
    """Yield every unmet rule. ``unstable`` are the names of unstable segments, such as ``C3-C4``."""
    for rod in rods:
        spans = list(_span(rod, levels))
        yield from spans
        told = {level for span in spans for level in span.levels}
        yield from _around(rod, [name for name in unstable if not told & set(name.split("-"))])
        yield from heads(rod)
        yield from bend(rod)
    yield from _kyphosis(levels, lordosis_deg)


def _count(n: int, noun: str) -> str:
    word = _WORDS[n] if n < len(_WORDS) else str(n)
    return f"{word} {noun}{'' if n == 1 else 's'}"


def skipped_runs(rod: Rod, levels: Sequence[str]) -> list[tuple[str, ...]]:
    """Runs of levels between the rod's ends that carry no anchor on it."""
    between = [v for v in levels if order(rod.levels[0]) < order(v) < order(rod.levels[-1])]
    runs: list[list[str]] = []
    open_run = False
    for level in between:
        if level in rod.levels:
            open_run = False
        elif open_run:
            runs[-1].append(level)
        else:
            runs.append([level])
            open_run = True
    return [tuple(run) for run in runs]


def _anchors(rod: Rod, top: str, bottom: str) -> tuple[int, int]:
    above = sum(order(v) <= order(top) for v in rod.levels)
    below = sum(order(v) >= order(bottom) for v in rod.levels)
    return above, below


_SPAN_OPTIONS = (
    "accept the span where the other side is anchored at every level",
    "another anchor at a skipped level (pedicle, with its own cautions)",
    "extend the construct one level beyond the weak end",
    "discuss support of the anterior column",
)


def _span(rod: Rod, levels: Sequence[str]) -> Iterator[Conflict]:
    for run in skipped_runs(rod, levels):
        above, below = _anchors(rod, run[0], run[-1])
        long, weak = len(run) > rule("skipped_in_a_row"), min(above, below) < rule("anchors_each_side")
        if not (long or weak):
            continue
        text = (
            f"{rod.side} rod spans {_count(len(run), 'level')} ({', '.join(run)}) with "
            f"{_count(above, 'anchor')} above and {_count(below, 'anchor')} below; the rules ask for at most "
            f"{rule('skipped_in_a_row')} in a row and {rule('anchors_each_side')} anchors on each side of "
            "a span"
        )
        yield Conflict(
            code="rod.span", side=rod.side, levels=run, text=text, options=_SPAN_OPTIONS,
            source="; ".join(source(n) for n in ("skipped_in_a_row", "anchors_each_side")),
        )  # fmt: skip


def _around(rod: Rod, unstable: Sequence[str]) -> Iterator[Conflict]:
    for segment in unstable:
        top, bottom = segment.split("-")
        above, below = _anchors(rod, top, bottom)
        if min(above, below) >= rule("anchors_each_side"):
            continue
        text = (
            f"{rod.side} rod holds the unstable segment {segment} with {_count(above, 'anchor')} above and "
            f"{_count(below, 'anchor')} below; the rule asks for {rule('anchors_each_side')} each"
        )
        yield Conflict(
            code="rod.anchors", side=rod.side, levels=(top, bottom), text=text,
            options=(
                "extend the construct one level beyond the weak end",
                "another anchor at a skipped level",
            ),
            source=source("anchors_each_side"),
        )  # fmt: skip


def heads(rod: Rod) -> Iterator[Conflict]:
    """Yield heads that stand too close, tilt beyond their cone or lie off the rod."""
    least = rule("tulip_diameter_mm") + rule("head_gap_mm")
    for above, below in zip(rod.heads, rod.heads[1:], strict=False):
        gap = float(np.linalg.norm(above.center - below.center))
        if gap < least:
            yield Conflict(
                code="heads.close", side=rod.side, levels=(above.level, below.level),
                text=(
                    f"{rod.side} heads of {above.level} and {below.level} stand {gap:.1f} mm apart, "
                    f"under {least:.1f} mm"
                ),
                options=(
                    "move one entry", "smaller heads",
                    f"leave out {below.level} or {above.level} on this side",
                ),
                source=source("head_gap_mm"),
            )  # fmt: skip
    for head in rod.heads:
        if round(head.tilt_deg) > rule("cone_deg"):
            yield Conflict(
                code="head.cone", side=rod.side, levels=(head.level,),
                text=(
                    f"{rod.side} head of {head.level} would tilt {head.tilt_deg:.0f}°, "
                    f"over its cone of {rule('cone_deg'):.0f}°"
                ),
                options=("a head with a wider or favoured-angle cone", "another technique at this level"),
                source=source("cone_deg"),
            )  # fmt: skip
        if head.offset_mm > rule("head_rod_offset_mm"):
            yield Conflict(
                code="head.offset", side=rod.side, levels=(head.level,),
                text=f"{rod.side} head of {head.level} lies {head.offset_mm:.1f} mm off the rod",
                options=("an offset connector",), source=source("head_rod_offset_mm"),
            )  # fmt: skip


def bend(rod: Rod) -> Iterator[Conflict]:
    """Yield a bend sharper than the rod allows."""
    if rod.min_bend_radius_mm < rule("min_bend_radius_mm"):
        yield Conflict(
            code="rod.bend", side=rod.side, levels=rod.levels,
            text=(
                f"{rod.side} rod bends to a radius of {rod.min_bend_radius_mm:.0f} mm, "
                f"under {rule('min_bend_radius_mm'):.0f} mm"
            ),
            options=("another trajectory at the sharpest head", "an offset connector", "leave out that head"),
            source=source("min_bend_radius_mm"),
        )  # fmt: skip


def _kyphosis(levels: Sequence[str], lordosis_deg: float) -> Iterator[Conflict]:
    if lordosis_deg < -rule("kyphosis_deg"):
        yield Conflict(
            code="column.kyphosis", side="midline", levels=(levels[0], levels[-1]),
            text=(
                f"{levels[0]}-{levels[-1]} is planned in {-lordosis_deg:.0f}° of kyphosis, "
                "as it lies in the scan"
            ),
            options=("reposition before the rods are locked", "discuss an anterior procedure"),
            source=source("kyphosis_deg"),
        )  # fmt: skip
