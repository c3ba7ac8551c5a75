"""Frames, landmarks and measures of undisturbed bones, against truth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.geometry.axes import SIDES, angle_deg
from planner.validation.observation import ABSENT, Observation
from planner.validation.records import Record
from planner.validation.study import Study, Subject
from planner.validation.truth import BoneTruth

FORAMEN = "transverse_foramen"
MEASURES = (
    "transverse_foramen_diameter",
    "canal_ap",
    "canal_ap_min",
    "canal_width",
    "lateral_mass_width",
    "lateral_mass_height",
    "pedicle_width",
    "pedicle_height",
    "pars_width",
    "pars_height",
    "lamina_thickness",
    "lamina_height",
)
NAN = float("nan")


def _bones(study: Study) -> Iterator[tuple[Subject, str, BoneTruth, Observation | None]]:
    """Every bone with truth, with what was read of it; None where it was not recognised."""
    for subject in study.subjects:
        if subject.truth is None:
            study.note(f"{subject.name} has no truth: it is left out of the tables against truth.")
            continue
        read = subject.intact(study.reader).bones
        for level in subject.surfaces:
            truth = subject.bone_truth(level)
            if truth is not None:
                yield subject, level, truth, read.get(level)


def frame(study: Study) -> list[Record]:
    """Angles of L and of S to the truth's, and whether the bone stands upright with its left on the left."""
    out = []
    for subject, level, truth, seen in _bones(study):

        def put(what: str, unit: str, value: float, subject=subject, level=level) -> None:
            out.append(
                Record(
                    table="frame", what=what, unit=unit, kind=subject.kind, case=subject.name, level=level,
                    part="", value=value,
                )
            )  # fmt: skip

        put("L axis", "deg", angle_deg(seen.frame.left, truth.frame.left) if seen else NAN)
        if truth.pitch_known:
            put("S axis", "deg", angle_deg(seen.frame.superior, truth.frame.superior) if seen else NAN)
        put("upright", "share", float(seen is not None and seen.frame.superior @ truth.frame.superior > 0.5))
        put("left is left", "share", float(seen is not None and seen.frame.left @ truth.frame.left > 0.5))
    return out


def landmark_error(name: str, found: np.ndarray, true: np.ndarray, superior: np.ndarray) -> float:
    """Distance in mm; of a transverse foramen across its axis, whose height is arbitrary."""
    off = found - true
    if name.startswith(FORAMEN):
        off = off - (off @ superior) * superior
    return float(np.linalg.norm(off))


def stem(name: str) -> str:
    """A landmark's name without its side."""
    return name.removesuffix("_left").removesuffix("_right")


def landmarks(study: Study) -> list[Record]:
    """Error of every landmark whose truth is of good or fair certainty, measured or extrapolated; absent is nan."""
    out = []
    for subject, level, truth, seen in _bones(study):
        for name, true in truth.points.items():
            mark = seen.marks.get(name) if seen else None
            located = mark is not None and mark.status != ABSENT
            error = landmark_error(name, mark.xyz, true, truth.frame.superior) if located else NAN
            row = stem(name) + (" (C2)" if level == "C2" and name.startswith(FORAMEN) else "")
            side = name[len(stem(name)) + 1 :]
            same = {"table": "landmarks", "unit": "mm", "kind": subject.kind, "case": subject.name, "level": level}
            out.append(Record(what=row, part=side, value=error, **same))
            out.append(Record(what="all points", part=name, value=error, **same))
            out.append(
                Record(**same | {"unit": "share"}, what="found", part=name, value=float(located)),
            )
    return sorted(out, key=lambda r: (r.what not in ("all points", "found"), r.what))


def measures(study: Study) -> list[Record]:
    """Absolute errors of the measures, and of the facets' normals and planes (along the normal)."""
    out = []
    for subject, level, truth, seen in _bones(study):
        same = {"table": "measures", "kind": subject.kind, "case": subject.name, "level": level}
        for (name, side), true in truth.measures.items():
            if name not in MEASURES or seen is None:
                continue
            row = name + (" (C2)" if level == "C2" and name == "transverse_foramen_diameter" else "")
            found = seen.measures.get((name, side), NAN)
            part = side if side in SIDES else ""
            out.append(Record(what=row, unit="mm", part=part, value=abs(found - true), **same))
        for name, true_plane in truth.facets.items():
            plane = seen.facets.get(name) if seen else None
            angle = offset = NAN
            if plane is not None:
                angle = angle_deg(plane.normal, true_plane.normal)
                offset = abs(float((plane.center - true_plane.center) @ true_plane.normal))
            row = f"{stem(name)} facet"
            out.append(Record(what=f"{row} normal", unit="deg", part=name, value=angle, **same))
            out.append(Record(what="facet normals", unit="deg", part=name, value=angle, **same))
            out.append(Record(what=f"{row} plane", unit="mm", part=name, value=offset, **same))
    order = {name: i for i, name in enumerate(MEASURES)}
    return sorted(out, key=lambda r: (order.get(r.what.removesuffix(" (C2)"), 99), r.what))
