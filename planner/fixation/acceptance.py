"""The one place where a trajectory becomes planned, caution or rejected: by the acceptance table alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from planner.fixation.anchor import AnchorStatus, Breach
from planner.reference.tables import rows

_ORDER = (AnchorStatus.PLANNED, AnchorStatus.CAUTION, AnchorStatus.REJECTED)
_KNOWN_HAZARDS = ("vertebral_artery", "canal", "nerve_root", "superior_facet", "inferior_facet", "neighbours")

_UNNAMED = {
    "foramen": "this side's foramen not normal",
    "other_foramen": "the other side's foramen not normal",
    "high": "isthmus or internal height",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A status and the figures that keep it from being better, worst first."""

    status: AnchorStatus
    reasons: tuple[str, ...]


def status_of(
    anchor: str,
    *,
    clearance_mm: Mapping[str, float],
    breach: Mapping[str, Breach],
    purchase_mm: float,
    width_mm: float | None = None,
    conditions: Collection[str] = (),
    words: Mapping[str, str] | None = None,
) -> Verdict:
    """Grade a trajectory by the acceptance table.

    A hazard of the table that is missing from ``clearance_mm`` could not be located; the table says what
    that means. A name the table does not know is a keep-out of the user and takes the row ``avoid``.
    ``width_mm`` is that of the bridge of bone the anchor needs (None where the table asks for none); nan
    does not pass. ``words`` fill in what the table's texts leave open: ``foramen`` and ``other_foramen`` name
    the foramen that is not normal.
    """
    named = {**_UNNAMED, **(words or {})}
    judged: list[tuple[AnchorStatus, str]] = []

    def at_least(value: float, planned: float, caution: float, text: str) -> None:
        if not value >= planned:
            status = AnchorStatus.CAUTION if value >= caution else AnchorStatus.REJECTED
            judged.append((status, f"{text} {value:.1f} mm, {planned:g} wanted"))

    if width_mm is not None:
        for row in _rows("width", anchor):
            at_least(width_mm, row["planned_mm"], row["caution_mm"], row["measure"])
    for row in _rows("clearance", anchor):
        hazard = row["hazard"]
        if hazard == "avoid":
            names = [name for name in clearance_mm if name not in _KNOWN_HAZARDS]
        elif hazard in clearance_mm:
            names = [hazard]
        else:
            expected = hazard != "vertebral_artery" or "no_artery_in_bone" not in conditions
            if expected and row["if_absent"] != "ignore":
                judged.append((AnchorStatus(row["if_absent"]), f"{_plain(hazard)} not located"))
            names = []
        for name in names:
            at_least(clearance_mm[name], row["planned_mm"], row["caution_mm"], f"{_plain(name)} clearance")
    for row in _rows("breach", anchor):
        chance = breach.get(row["hazard"])
        if chance is None:
            continue
        for kind, value in (("any", chance.any), ("over_2mm", chance.over_2mm)):
            if value > row[f"planned_{kind}"]:
                status = AnchorStatus.CAUTION if value <= row[f"caution_{kind}"] else AnchorStatus.REJECTED
                depth = "" if kind == "any" else " deeper than 2 mm"
                text = f"breach of {_plain(row['hazard'])}{depth} in {100 * value:.0f} % of executions"
                judged.append((status, f"{text}, {100 * row[f'planned_{kind}']:g} % allowed"))
    for row in _rows("purchase", anchor):
        at_least(purchase_mm, row["planned_mm"], row["caution_mm"], "purchase")
    for row in _rows("cap", anchor):
        if row["condition"] in conditions:
            judged.append((AnchorStatus(row["status"]), row["text"].format_map(named)))
    judged.sort(key=lambda item: -_ORDER.index(item[0]))
    status = judged[0][0] if judged else AnchorStatus.PLANNED
    return Verdict(status=status, reasons=tuple(text for _, text in judged))


def clearance_status(anchor: str, hazard: str, clearance_mm: float) -> tuple[AnchorStatus, str]:
    """Grade one clearance alone: its status, and the words for it where it is less than planned."""
    for row in _rows("clearance", anchor):
        if row["hazard"] == hazard and not clearance_mm >= row["planned_mm"]:
            status = AnchorStatus.CAUTION if clearance_mm >= row["caution_mm"] else AnchorStatus.REJECTED
            return status, f"{_plain(hazard)} clearance {clearance_mm:.1f} mm, {row['planned_mm']:g} wanted"
    return AnchorStatus.PLANNED, ""


def margin_mm(anchor: str, hazard: str, status: AnchorStatus = AnchorStatus.PLANNED) -> float:
    """Least clearance of a hazard for a status (planned or caution); a keep-out takes the row ``avoid``."""
    found = {row["hazard"]: row[f"{status}_mm"] for row in _rows("clearance", anchor)}
    return found.get(hazard, found["avoid"])


def purchase_needed_mm(anchor: str) -> tuple[float, float]:
    """Return the least purchase for (planned, caution)."""
    row = _rows("purchase", anchor)[0]
    return row["planned_mm"], row["caution_mm"]


def rank(status: AnchorStatus) -> int:
    """0 for planned, 1 for caution, 2 for rejected."""
    return _ORDER.index(status)


@cache
def _rows(key: str, anchor: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(row for row in rows("acceptance", key) if row["anchor"] == anchor)


def _plain(name: str) -> str:
    return name.replace("_", " ")
