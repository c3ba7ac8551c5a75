"""What is written beside the bones: a note a fixation, and one for what was found in the bone of a side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.construct.plan import RigidMotion
from planner.output import palette
from planner.output.wording import anchor_words, nearest_hazard


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Note:
    """Text that points at a place. ``side`` is the patient's side the text belongs to, ``details`` are lines
    for a picture of this level alone."""

    level: str
    side: str
    at: np.ndarray
    lines: tuple[str, ...]
    color: str
    kind: str
    details: tuple[str, ...] = ()


def notes_of(document: Mapping[str, Any], motions: Mapping[str, RigidMotion]) -> list[Note]:
    """What is written beside the bones: one note a fixation, and one for each finding of bone with a side."""
    notes = []
    for f in document.get("fixations", []):
        motion = motions.get(f["level"], RigidMotion.identity())
        place = f["entry"] or _place(document, f["level"], f["side"])
        if place is not None:
            notes.append(
                Note(
                    level=f["level"],
                    side=f["side"],
                    at=motion(np.array(place)),
                    lines=_fixation_lines(f),
                    color=palette.STATUS_INK[f["status"]],
                    kind="fixation",
                    details=_details(f),
                )
            )
    return notes + _finding_notes(document, motions)


def _finding_notes(document: Mapping[str, Any], motions: Mapping[str, RigidMotion]) -> list[Note]:
    """One note a level and side with what was found in its bone, at the place of the first finding."""
    bare = {(f["level"], f["side"]) for f in document.get("fixations", []) if f["entry"] is None}
    found: dict[tuple[str, str], list[tuple[Any, str]]] = {}
    for finding in document["findings"]:
        key = level, side = finding["level"], finding["side"]
        place = finding["evidence"].get("center") or _place(document, level, side)
        told = key in bare and finding["code"].startswith("lateral_mass")  # the missing screw's note says it
        if finding["severity"] != "info" and side in ("left", "right") and place is not None and not told:
            words = finding["code"].replace("_", " ").replace(".", ", ")
            found.setdefault(key, []).append((place, words))
    return [
        Note(
            level=level,
            side=side,
            at=motions.get(level, RigidMotion.identity())(np.array(places[0][0])),
            lines=(f"{level} {side}", *dict.fromkeys(words for _, words in places)),
            color=palette.INK,
            kind="finding",
        )
        for (level, side), places in found.items()
    ]


def _place(document: Mapping[str, Any], level: str, side: str) -> list[float] | None:
    """Where a level's side is: the lateral mass, else lamina, pedicle, pars or transverse foramen."""
    marks = document["anatomy"].get(level, {}).get("landmarks", {})
    for name in ("lateral_mass_center", "lamina", "pedicle_isthmus", "pars_isthmus", "transverse_foramen"):
        xyz = marks.get(f"{name}_{side}", {}).get("xyz")
        if xyz is not None:
            return xyz
    return None


def _fixation_lines(f: Mapping[str, Any]) -> tuple[str, ...]:
    title = f"{f['level']} {f['side']}"
    if f["entry"] is None:
        return (f"{title}: no screw", f["reason"])
    screw, near = f["screw"], nearest_hazard(f["clearance_mm"])
    lines = [
        f"{title}: {f['status']}, {screw['diameter_mm']:g} × {screw['length_mm']:g} mm",
        anchor_words(f["anchor"], f["technique"]),
    ]
    if near:
        word = "away" if near[1] >= 0 else "inside"
        lines.append(f"{near[0]} {abs(near[1]):.1f} mm {word}")
    return tuple(lines)


def _details(f: Mapping[str, Any]) -> tuple[str, ...]:
    """Angles and every other clearance, for the picture of one level."""
    if f["entry"] is None:
        return ()
    angles, near = f["angles"], nearest_hazard(f["clearance_mm"])
    lines = []
    if angles["lateral_deg"] is not None and angles["cephalad_deg"] is not None:
        aside = "lateral" if angles["lateral_deg"] >= 0 else "medial"
        rise = "cephalad" if angles["cephalad_deg"] >= 0 else "caudad"
        lines.append(f"{abs(angles['lateral_deg']):.0f}° {aside}, {abs(angles['cephalad_deg']):.0f}° {rise}")
    for name, mm in f["clearance_mm"].items():
        words = name.replace("_", " ")
        if mm is not None and near and words != near[0]:
            lines.append(f"{words} {mm:.1f} mm")
    return tuple(lines)
