"""The words beside the picture: one screw's numbers, now and as proposed. No display is needed for them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from planner.output.wording import anchor_words, angle_words, first_clause

WIDTH = 40
_BREACH = "artery_or_canal"


def screw_panel(block: Mapping[str, Any], proposal: Mapping[str, Any] | None = None) -> str:
    """The panel of a fixation in the fields of a plan document; with ``proposal``, its numbers in a second column.

    Clearances in mm as the document tells them, negative inside a hazard; chances in per cent of executions.
    """
    lines = [f"{block['level']} {block['side']}: {block['status']}"]
    if block["entry"] is None:
        return "\n".join([*lines, "", *_wrapped(first_clause(block["reason"]))])
    lines += _wrapped(anchor_words(block["anchor"], block["technique"]))
    if block["lamina_side"]:
        lines.append(f"in the {block['lamina_side']} lamina")
    beside = proposal is not None and proposal["entry"] is not None
    lines += ["", f"{'':22}{'now':>8}{'proposed':>10}"] if beside else [""]
    lines += [
        f"{name:22}{now:>8}" + (f"{was:>10}" if beside else "")
        for (name, now), (_, was) in zip(_rows(block), _matched(block, proposal if beside else block), strict=True)
    ]
    lines += ["", *_wrapped(_reason(block["reason"]))]
    return "\n".join(line.rstrip() for line in lines)


def hover_words(block: Mapping[str, Any]) -> str:
    """What is told beside a screw under the mouse: anchor, angles, clearances."""
    screw = block["screw"]
    near = sorted((mm, name) for name, mm in block["clearance_mm"].items() if mm is not None)
    told = ", ".join(f"{name.replace('_', ' ')} {mm:.1f}" for mm, name in near[:3])
    return (
        f"{block['level']} {block['side']}: {block['status']}, {anchor_words(block['anchor'], block['technique'])}, "
        f"{screw['diameter_mm']:g} × {screw['length_mm']:g} mm\n{angle_words(block['angles'])}; clearance mm: {told}"
    )


def _rows(block: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what, number as text) of a screw, in the panel's order."""
    angles, offset, screw = block["angles"], block["entry_offset_mm"], block["screw"]
    breach = block["breach_probability"].get(_BREACH, {})
    rows = [
        ("diameter × length, mm", f"{screw['diameter_mm']:g} × {screw['length_mm']:g}"),
        ("lateral, deg", _told(angles["lateral_deg"], 1)),
        ("cephalad, deg", _told(angles["cephalad_deg"], 1)),
        ("entry medial, mm", _told(offset["medial"], 1)),
        ("entry cranial, mm", _told(offset["cranial"], 1)),
        ("clearance, mm", ""),
    ]
    rows += [(f"  {name.replace('_', ' ')}"[:21], _told(mm, 2)) for name, mm in block["clearance_mm"].items()]
    rows += [
        ("purchase, mm", _told(block["purchase_mm"], 2)),
        ("bone ahead of tip, mm", _told(block["tip_to_far_cortex_mm"], 2)),
        ("artery or canal hit, %", _told(breach.get("any"), 1, 100)),
        ("  by more than 2 mm, %", _told(breach.get("over_2mm"), 1, 100)),
    ]
    return rows


def _matched(block: Mapping[str, Any], other: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Another screw's rows in the order of this one's; a dash where it has no such row."""
    known = dict(_rows(other))
    return [(name, known.get(name, "–")) for name, _ in _rows(block)]


def _told(value: float | None, decimals: int, times: float = 1.0) -> str:
    return "–" if value is None else f"{times * value:.{decimals}f}"


def _reason(reason: str) -> str:
    return reason[:1].upper() + reason[1:]


def _wrapped(words: str) -> list[str]:
    return textwrap.wrap(words, WIDTH)
