"""The findings on random synthetic columns against what was done to them, as records.

Residual fraction: bone left in the box of the lateral mass over bone before. A mass counts as destroyed or thinned
by the grading table's own limits, put to the true fraction and height. Excess: the volume of calcification outside
the bone, summed over what grew on one side of one level.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from planner.assessment.grading import severity
from planner.geometry.axes import OPPOSITE, SIDES
from planner.validation.random_findings import entries
from planner.validation.records import Record
from planner.validation.study import Study
from planner.validation.truth import SYNTHETIC

ILL = ("lateral_mass.destroyed", "lateral_mass.thinned")
DEFECT_MM2, NEAR_MM, ALONG_MM = 4.0, 3.0, 8.0
EXCESS_MM3, INTRASPINAL_MM3 = 60.0, 10.0
RESIDUAL_BAR, EXCESS_BAR, SLIP_BAR_MM, FORAMEN_BAR_MM = 0.05, 0.15, 0.5, 0.5
NAN = float("nan")


def findings(study: Study) -> list[Record]:
    """``repeats`` random columns from the study's seed on; kept, and resumed, in the reader's folder."""
    seeds = range(study.seed, study.seed + study.repeats)
    made = entries(seeds, study.reader.keep, study.say)
    return sorted((r for entry in made for r in scored(entry)), key=lambda r: _ORDER.index(r.what))


_ORDER = [
    "residual fraction, ill masses",
    "residual fraction, healthy masses",
    "residual fraction within 0.05, ill masses",
    "destroyed masses found",
    "thinned masses found",
    "ill masses found",
    "ill masses given their grade",
    "false alarms on healthy masses",
    "lamina holes found",
    "lamina holes told that are there",
    "absent laminae found",
    "absent laminae told that are there",
    "excess volume, relative",
    "excess volume within 15 %",
    "intraspinal volume, relative",
    "intraspinal volume within 15 %",
    "excess found",
    "excess told that is there",
    "intraspinal excess found",
    "intraspinal excess told that is there",
    "slip",
    "slip within 0.5 mm",
    "facet state right",
    "foramen diameter",
    "foramen within 0.5 mm",
    "narrowed foramina found",
    "narrowed foramina told that are there",
    "high-riding arteries found",
    "high-riding arteries told that are there",
    "time of the assessment",
]


def scored(entry: dict[str, Any]) -> Iterator[Record]:
    """The records of one line of the file."""

    def record(what: str, unit: str, level: str, part: str, value: float) -> Record:
        return Record(
            table="findings", what=what, unit=unit, kind=SYNTHETIC, case=f"seed {entry['seed']}", level=level,
            part=part, value=float(value),
        )  # fmt: skip

    for score in (_masses, _holes, _absent, _excess, _segments, _foramina, _arteries):
        for row in score(entry["truth"], entry["found"]):
            yield record(*row)
    yield record("time of the assessment", "s", "", "", entry["seconds"]["assess"])


def _told(found: dict, *codes: str) -> dict[tuple[str, str], dict]:
    return {(f["level"], f["side"]): f for f in found["findings"] if f["code"] in codes}


def _done(truth: dict, *operators: str) -> list[dict]:
    return [entry for entry in truth["operators"] if entry["operator"] in operators]


def _masses(truth: dict, found: dict) -> Iterator[tuple]:
    ill = {(e["level"], e["side"]): e for e in _done(truth, "destroy_lateral_mass", "thin_lateral_mass")}
    told = {place: f["code"] for place, f in _told(found, *ILL).items()}
    for level, sides in found["residuals"].items():
        for side, value in sides.items():
            if level == "C2":
                continue
            done = ill.get((level, side))
            left = done["residual_fraction"] if done else 1.0
            error = NAN if value is None else abs(value - left)
            group = "ill" if done else "healthy"
            yield f"residual fraction, {group} masses", "ratio", level, side, error
            code = told.get((level, side))
            if not done:
                yield "false alarms on healthy masses", "share", level, f"{side} {code or ''}".strip(), code is not None
                continue
            yield "residual fraction within 0.05, ill masses", "share", level, side, error <= RESIDUAL_BAR
            grade = _grade(left, done.get("height_ratio", NAN))
            if grade is not None:
                name = grade.split(".")[1]
                yield f"{name} masses found", "share", level, side, code is not None
                yield "ill masses found", "share", level, side, code is not None
                yield "ill masses given their grade", "share", level, f"{side} {code} for {name}", code == grade


def _grade(fraction: float, height: float) -> str | None:
    values = {"residual_fraction": fraction, "height_fraction": height}
    return next((code for code in ILL if severity(code, values) is not None), None)


def _holes(truth: dict, found: dict) -> Iterator[tuple]:
    """A hole is a bore: where along it its middle is put is arbitrary, so places are compared across it.

    One that a lump has closed again is in no mesh: only what lets light through is asked for.
    """
    made = _done(truth, "lamina_hole")
    told = [f for f in found["findings"] if f["code"] == "lamina.defect"]

    def same(hole: dict, finding: dict) -> bool:
        away = np.array(finding["evidence"]["center"]) - hole["center_lps"]
        along = float(away @ hole["direction_lps"])
        across = float(np.linalg.norm(away - along * np.array(hole["direction_lps"])))
        return finding["level"] == hole["level"] and across < NEAR_MM and abs(along) < ALONG_MM

    for hole in made:
        if min(hole["area_mm2"], hole.get("open_mm2", np.inf)) >= DEFECT_MM2:
            part = f"{hole['area_mm2']:.0f} mm2"
            yield "lamina holes found", "share", hole["level"], part, any(same(hole, f) for f in told)
    for f in told:
        part = f"{f['evidence']['area_mm2']:.0f} mm2"
        yield "lamina holes told that are there", "share", f["level"], part, any(same(hole, f) for hole in made)


def _absent(truth: dict, found: dict) -> Iterator[tuple]:
    gone = {(e["level"], e["side"]) for e in _done(truth, "lamina_absent")}
    # Between a lamina that is absent and a mass that is destroyed the arch hangs on nothing; the mesh is without it.
    gone |= {(e["level"], e["side"]) for e in _done(truth, "destroy_lateral_mass") if _other(e) in gone}
    yield from _both_ways("absent laminae", gone, set(_told(found, "lamina.absent")))


def _other(entry: dict) -> tuple[str, str]:
    return entry["level"], OPPOSITE[entry["side"]]


def _both_ways(what: str, true: set[tuple[str, str]], told: set[tuple[str, str]]) -> Iterator[tuple]:
    one = "is" if what.endswith("excess") else "are"
    for level, side in sorted(true):
        yield f"{what} found", "share", level, side, (level, side) in told
    for level, side in sorted(told):
        yield f"{what} told that {one} there", "share", level, side, (level, side) in true


def _excess(truth: dict, found: dict) -> Iterator[tuple]:
    for code, words, name, least in (
        ("excess_bone", "excess volume", "excess", EXCESS_MM3),
        ("excess_bone.intraspinal", "intraspinal volume", "intraspinal excess", INTRASPINAL_MM3),
    ):
        true: dict[tuple[str, str], float] = {}
        any_mass: set[tuple[str, str]] = set()
        for entry in _done(truth, "calcification", "add_mass"):
            side = entry.get("side") or entry["name"].rpartition("_")[2]
            if (entry["where"] == "intraspinal") == code.endswith("intraspinal"):
                true[entry["level"], side] = true.get((entry["level"], side), 0.0) + entry["volume_mm3"]
            any_mass.add((entry["level"], side))
        told: dict[tuple[str, str], float] = {}
        for f in found["findings"]:
            if f["code"] == code:
                told[f["level"], f["side"]] = told.get((f["level"], f["side"]), 0.0) + f["evidence"]["volume_mm3"]
        for (level, side), volume in true.items():
            if volume < least:
                continue
            read = told.get((level, side), told.get((level, "midline"), 0.0))
            yield f"{name} found", "share", level, f"{side} {volume:.0f} mm3", read > 0
            off = read / volume - 1.0
            part = f"{side} {read:.0f} for {volume:.0f} mm3"
            yield f"{words}, relative", "ratio", level, part, abs(off)
            yield f"{words} within 15 %", "share", level, part, abs(off) <= EXCESS_BAR
        for level, side in told:
            there = (level, side) in any_mass or (side == "midline" and any(one == level for one, _ in any_mass))
            yield f"{name} told that is there", "share", level, f"{side} {told[level, side]:.0f} mm3", there


def _segments(truth: dict, found: dict) -> Iterator[tuple]:
    ill = {(e["level"], e["side"]) for e in _done(truth, "destroy_lateral_mass", "thin_lateral_mass")}
    for name, true in truth["segments"].items():
        read = found["segments"].get(name, {"slip_mm": None, "state": {}})
        error = NAN if read["slip_mm"] is None else abs(read["slip_mm"] - true["slip_mm"])
        yield "slip", "mm", name, "", error
        yield "slip within 0.5 mm", "share", name, "", error <= SLIP_BAR_MM
        for side in SIDES:
            # The facets of an ill mass are not there, or are not where the truth of a healthy one has them.
            if not {(level, side) for level in name.split("-")} & ill:
                told, state = read["state"].get(side, "not assessed"), true["state"][side]
                yield "facet state right", "share", name, f"{side} {told} for {state}", told == state


def _foramina(truth: dict, found: dict) -> Iterator[tuple]:
    narrowed = {(e["level"], e["side"]) for e in _done(truth, "narrow_foramen")}
    told = set(_told(found, "transverse_foramen.narrowed"))
    high = {e["side"] for e in _done(truth, "high_riding_artery")}
    for level, sides in truth["foramina"].items():
        for side, true in sides.items():
            diameter = true["narrowest_diameter_mm"]
            if diameter is None or diameter != diameter or (level == "C2" and side in high):
                continue
            read = found["foramina"].get(level, {}).get(side)
            if diameter > 0.5:
                error = NAN if read is None else abs(read - diameter)
                yield "foramen diameter", "mm", level, f"{side} {read} for {diameter}", error
                yield "foramen within 0.5 mm", "share", level, f"{side} {read} for {diameter}", error <= FORAMEN_BAR_MM
            if (level, side) in narrowed:
                yield "narrowed foramina found", "share", level, f"{side} {diameter}", (level, side) in told
            elif (level, side) in told:
                yield "narrowed foramina told that are there", "share", level, f"{side} {read} for {diameter}", False
    for level, side in narrowed & told:
        yield "narrowed foramina told that are there", "share", level, side, True


def _arteries(truth: dict, found: dict) -> Iterator[tuple]:
    high = {("C2", e["side"]) for e in _done(truth, "high_riding_artery") if e["internal_height_mm"] <= 2.0}
    told = set(_told(found, "c2.high_riding_artery"))
    some = {("C2", e["side"]) for e in _done(truth, "high_riding_artery")}
    for level, side in sorted(high):
        yield "high-riding arteries found", "share", level, side, (level, side) in told
    for level, side in sorted(told):
        yield "high-riding arteries told that are there", "share", level, side, (level, side) in some
