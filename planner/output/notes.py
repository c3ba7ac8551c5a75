"""What is written beside the bones: a note a level and side, its screw and what was found in its bone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.construct.plan import RigidMotion
from planner.geometry.axes import OPPOSITE, SIDES, Frame
from planner.output import palette
from planner.output.wording import anchor_words, angle_words, finding_words, first_clause, nearest_hazard

SEVERITIES = ("critical", "deficient", "caution")
"""What pictures show, the worst first; findings of severity info stand in the document alone."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Note:
    """Text that points at a place. ``side`` is the patient's side the text belongs to.

    ``lines`` start with the title; ``findings`` stand under them, ``details`` only on a picture of this level
    alone. ``found_at`` are the places of findings that have one of their own, such as a hole in a lamina.
    """

    level: str
    side: str
    at: np.ndarray
    lines: tuple[str, ...]
    color: str
    findings: str = ""
    found_at: tuple[np.ndarray, ...] = ()
    details: tuple[str, ...] = ()


def notes_of(document: Mapping[str, Any], motions: Mapping[str, RigidMotion]) -> list[Note]:
    """One note for every level and side that has a fixation or a finding above info."""
    fixations = {(f["level"], f["side"]): f for f in document.get("fixations", [])}
    found = _found(document)
    notes = []
    for key in dict.fromkeys([*fixations, *found]):
        level, side = key
        fixation, findings = fixations.get(key), found.get(key, [])
        places = [f["evidence"]["center"] for f in findings if f["evidence"].get("center")]
        at = (fixation or {}).get("entry") or _place(document, level, side) or next(iter(places), None)
        if at is None:
            continue
        motion = motions.get(level, RigidMotion.identity())
        bare = fixation is not None and fixation["entry"] is None
        told = _lost_mass(findings) if bare else None
        lines = _fixation_lines(fixation, told) if fixation else (f"{level} {side}",)
        words = dict.fromkeys(finding_words(f["code"]) for f in findings if f is not told)
        notes.append(
            Note(
                level=level,
                side=side,
                at=motion(np.array(at, float)),
                lines=lines,
                color=palette.STATUS_INK[fixation["status"]] if fixation else palette.INK,
                findings=_capital(", ".join(words)),
                found_at=tuple(motion(np.array(p, float)) for p in places[:2]),
                details=_details(fixation) if fixation else (),
            )
        )
    return notes


def _found(document: Mapping[str, Any]) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """The findings of each level and side above info, the worst first."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for severity in SEVERITIES:
        for finding in document["findings"]:
            level, side = finding["level"], finding["side"]
            if finding["severity"] == severity and side in SIDES and level in document["levels"]:
                found.setdefault((level, side), []).append(finding)
    return found


def _lost_mass(findings: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The finding that says why a lateral mass takes no screw, if there is one."""
    grave = [f for f in findings if f["code"] in ("lateral_mass.destroyed", "lateral_mass.thinned")]
    return grave[0] if grave else None


def _place(document: Mapping[str, Any], level: str, side: str) -> list[float] | None:
    """Where a level's side is: the lateral mass or, where it is lost, the mirrored place of the other; else what is
    known of that side, lamina, pedicle, pars or transverse foramen."""
    anatomy = document["anatomy"].get(level, {})
    marks = anatomy.get("landmarks", {})

    def found(name: str, on: str) -> list[float] | None:
        return marks.get(f"{name}_{on}", {}).get("xyz")

    own, other = found("lateral_mass_center", side), found("lateral_mass_center", OPPOSITE.get(side, ""))
    if own is None and other is not None:
        block = anatomy["frame"]
        frame = Frame.from_axes(*(np.array(block[axis], float) for axis in ("origin", "left", "superior")))
        own = frame.to_world(frame.to_local(np.array(other, float)) * [-1.0, 1.0, 1.0]).tolist()
    places = (found(name, side) for name in ("lamina", "pedicle_isthmus", "pars_isthmus", "transverse_foramen"))
    return own or next((xyz for xyz in places if xyz is not None), None)


def _fixation_lines(f: Mapping[str, Any], why: Mapping[str, Any] | None) -> tuple[str, ...]:
    title = f"{f['level']} {f['side']}"
    if f["entry"] is None:
        words = finding_words(why["code"]) if why else first_clause(f["reason"])
        return (f"{title}: no screw", _capital(words))
    screw, near = f["screw"], nearest_hazard(f["clearance_mm"])
    lines = [
        f"{title}: {f['status']}, {screw['diameter_mm']:g} × {screw['length_mm']:g} mm",
        _capital(anchor_words(f["anchor"], f["technique"])) + _lamina(f),
    ]
    if near:
        word = "away" if near[1] >= 0 else "inside"
        lines.append(f"{_capital(near[0])} {abs(near[1]):.1f} mm {word}")
    return tuple(lines)


def _lamina(f: Mapping[str, Any]) -> str:
    """Which lamina a translaminar screw lies in: it is not the side of its head."""
    return f", in the {f['lamina_side']} lamina" if f.get("lamina_side") else ""


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _details(f: Mapping[str, Any]) -> tuple[str, ...]:
    """Angles and every other clearance, for the picture of one level."""
    if f["entry"] is None:
        return ()
    angles, near = f["angles"], nearest_hazard(f["clearance_mm"])
    lines = []
    if angles["lateral_deg"] is not None and angles["cephalad_deg"] is not None:
        lines.append(angle_words(angles))
    for name, mm in f["clearance_mm"].items():
        words = name.replace("_", " ")
        if mm is not None and near and words != near[0]:
            lines.append(f"{_capital(words)} {mm:.1f} mm")
    return tuple(lines)
