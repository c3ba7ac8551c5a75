"""The plan document in a reader's words: filters for the template, and the summary in the order it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.geometry.axes import SIDES
from planner.output.wording import anchor_words, angle_words, finding_words, first_clause, nearest_hazard

NOTHING = "–"
SEVERITIES = ("critical", "deficient", "caution", "info")
STATUS_SIGNS = {"planned": "✓", "caution": "!", "rejected": "✕", "skipped": "–"}


def number(value: Any, decimals: int = 1) -> str:
    """A number for a reader; a dash where nothing was measured."""
    if value is None:
        return NOTHING
    return f"{value + 0.0:.{decimals}f}".replace("-", "−")


def percent(share: float | None, decimals: int = 0) -> str:
    """A share as per cent; what rounds to nothing but is not says so."""
    if share is None:
        return NOTHING
    if 0 < share * 100 < 0.5 * 10**-decimals:
        return f"< {10**-decimals:g} %"
    return f"{share * 100:.{decimals}f} %"


def plain(name: str) -> str:
    """A name of the document as words: ``vertebral_artery`` is ``vertebral artery``."""
    return name.replace("_", " ")


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def sentence(words: str) -> str:
    """Words with a capital and one full stop."""
    return capital(words.rstrip(". ")) + "."


def degrees(value: float | None) -> str:
    return NOTHING if value is None else f"{number(value, 0)}°"


def offset(block: Mapping[str, Any]) -> str:
    """Where the entry lies from its landmark, in words instead of signs."""
    parts = []
    for name, against in (("medial", "lateral"), ("cranial", "caudal")):
        if block[name] is not None:
            parts.append(f"{abs(block[name]):.1f} mm {name if block[name] >= 0 else against}")
    return f"{', '.join(parts)} of {plain(block['from'])}" if parts else NOTHING


def others(fixation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The alternatives, those told apart only by the technique's name in one row."""
    rows: list[dict[str, Any]] = []
    for other in fixation["alternatives"]:
        last = rows[-1] if rows else None
        if last and not other["screw"] and all(other[k] == last[k] for k in ("anchor", "status", "reason", "screw")):
            last["names"].append(anchor_words(other["anchor"], other["technique"]).partition(", ")[2])
        else:
            rows.append({**other, "names": [anchor(other)]})
    return [{**row, "names": ", ".join(name for name in row["names"] if name)} for row in rows]


def anchor(fixation: Mapping[str, Any]) -> str:
    """Anchor and technique, with the lamina that a translaminar screw lies in."""
    told = anchor_words(fixation["anchor"], fixation["technique"])
    return f"{told}, in the {fixation['lamina_side']} lamina" if fixation.get("lamina_side") else told


def angles(fixation: Mapping[str, Any]) -> str:
    told = fixation["angles"]
    return NOTHING if None in (told["lateral_deg"], told["cephalad_deg"]) else angle_words(told)


def nearest(fixation: Mapping[str, Any]) -> str:
    """The closest hazard with its distance."""
    near = nearest_hazard(fixation["clearance_mm"])
    if near is None:
        return "closest hazard not assessed"
    return f"{near[0]} {abs(near[1]):.1f} mm {'away' if near[1] >= 0 else 'inside'}"


def breach(fixation: Mapping[str, Any]) -> str:
    """How often artery or canal is touched at all, as the acceptance table counts it."""
    block = fixation["breach_probability"]
    both = block.get("artery_or_canal") or {}
    if both.get("any") is not None:
        return percent(both["any"])
    known = [block[name]["any"] for name in ("vertebral_artery", "canal") if block.get(name)]
    return percent(max(known)) if known else NOTHING


def hazard_rows(fixation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row a hazard: clearance, and how often it is touched and entered by over 2 mm."""
    block = fixation["breach_probability"]
    shares = {k: v for k, v in block.items() if isinstance(v, Mapping)}
    rows = [
        {"name": plain(name), "mm": mm, **shares.get(name, {"any": None, "over_2mm": None})}
        for name, mm in fixation["clearance_mm"].items()
    ]
    rows += [
        {"name": plain(name), "mm": None, **share}
        for name, share in shares.items()
        if name not in fixation["clearance_mm"]
    ]
    return rows


def column(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row a level from the head down: its fixation on either side, and the operation on its lamina."""
    fixations = {(f["level"], f["side"]): f for f in document["fixations"]}
    cut = {d["level"]: d for d in document["decompression"]}
    return [
        {
            "level": level,
            "sides": {side: fixations[level, side] for side in SIDES if (level, side) in fixations},
            "cut": cut.get(level),
        }
        for level in document["levels"]
    ]


def findings(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The worst first."""
    return sorted(document["findings"], key=lambda f: SEVERITIES.index(f["severity"]))


def refused(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """Each side without a screw and, where one was chosen with caution, what is held against it."""
    told = []
    said = {f["text"]: finding_words(f["code"]) for f in document["findings"]}
    for f in document["fixations"]:
        if f["entry"] is not None:
            continue
        tried: dict[str, str] = {}
        for other in f["alternatives"]:
            why = said.get(other["reason"]) or first_clause(other["reason"])
            tried.setdefault(plain(other["anchor"]), why)
        why = "; ".join(f"{name}: {reason}" for name, reason in tried.items()) or first_clause(f["reason"])
        told.append({"level": f["level"], "side": f["side"], "why": why})
    return told


def summary(document: Mapping[str, Any]) -> dict[str, Any]:
    """The plan in a few lines: the gravest findings, how many are of which grade, and what the screws come to."""
    grave: dict[str, None] = {}
    for f in findings(document):
        if f["severity"] in ("critical", "deficient"):
            place = f["level"] if f["side"] == "midline" else f"{f['level']} {f['side']}"
            grave.setdefault(f"{place} {finding_words(f['code']).removeprefix('alignment ')}")
    counts = {grade: sum(f["severity"] == grade for f in document["findings"]) for grade in SEVERITIES}
    statuses = [f["status"] for f in document["fixations"] if f["entry"] is not None]
    return {
        "grave": list(grave),
        "counts": {grade: n for grade, n in counts.items() if n},
        "screws": len(statuses),
        "sides": len(document["fixations"]),
        "statuses": {status: statuses.count(status) for status in STATUS_SIGNS if status in statuses},
    }


def sheet_alt(fixation: Mapping[str, Any]) -> str:
    """What the slice sheet shows, for those who do not see it."""
    screw, near = fixation["screw"], nearest(fixation)
    return (
        f"Five cross-sections of {fixation['level']} along and across the {fixation['side']} screw, "
        f"{screw['diameter_mm']:g} by {screw['length_mm']:g} mm, with artery, canal and nerve root as modelled; "
        f"closest: {near}."
    )


FILTERS = {
    "number": number,
    "percent": percent,
    "plain": plain,
    "capital": capital,
    "anchor": anchor,
    "angles": angles,
    "nearest": nearest,
    "breach": breach,
    "hazard_rows": hazard_rows,
    "sheet_alt": sheet_alt,
    "sentence": sentence,
    "degrees": degrees,
    "offset": offset,
    "others": others,
    "sign": STATUS_SIGNS.__getitem__,
}
