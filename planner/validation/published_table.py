"""Published behaviour of the lateral mass techniques, on the columns of a study: ideal entries and aims, no search.

The published figures stand in ``validation.toml``; a row of differences is ours less theirs. Only healthy masses take
part. Angles and paths are read on the bone itself, clearances as a plan reports them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.anatomy.vertebra import Status
from planner.fixation.aim import NotPossible, aim
from planner.fixation.recheck import exact_clearance
from planner.geometry.axes import SIGN
from planner.reference.implants import catalogue
from planner.reference.tables import rows
from planner.reference.techniques import technique_at
from planner.validation.records import Record
from planner.validation.screw_places import ScrewPlace, screw_places
from planner.validation.study import Study

_IDEALS = ("magerl", "roy-camille", "an", "anderson")
_LONGEST_MM, _STEP_MM = 30.0, 0.05
_SHORT_MM, _LONG_SCREW_MM = 1.5, 20.0
_CORTEX_MM = 2.0
Row = tuple[str, str, str, float]


def published(study: Study) -> list[Record]:
    """Records of the table ``published``."""
    places = [at for at in screw_places(study) if at.healthy]
    records = []
    for at in places:
        ideal = {name: axis for name in _IDEALS if (axis := _ideal(at, name)) is not None}
        for check in (_least_angle, _paths, _facets, _nerves, _arteries):
            records += [
                Record(
                    table="published", what=what, unit=unit, kind=at.kind, case=at.case, level=at.level,
                    part=f"{at.place.side} {part}".strip(), value=float(value),
                )
                for what, unit, part, value in check(at, ideal)
            ]  # fmt: skip
    order = list(dict.fromkeys(r.what for r in records))
    return _means(records) + sorted(records, key=lambda r: order.index(r.what))


def _means(records: list[Record]) -> list[Record]:
    """For the least lateral angle what is published is a mean of a level: ours less theirs, one record a level."""
    found = []
    for row in rows("validation", "least_lateral_angle"):
        for kind in dict.fromkeys(r.kind for r in records):
            what = _angle_words(row["medial_mm"])
            ours = [r.value for r in records if (r.what, r.level, r.kind) == (what, row["level"], kind)]
            if ours:
                found.append(
                    Record(
                        table="published", what="mean least lateral angle, ours less the published", unit="deg",
                        kind=kind, case=f"{row['medial_mm']:g} mm medial", level=row["level"],
                        part=f"{np.mean(ours):.1f} of {len(ours)} for {row['angle_deg']:g}",
                        value=abs(float(np.mean(ours)) - row["angle_deg"]),
                    )
                )  # fmt: skip
    return found


def _angle_words(medial_mm: float) -> str:
    return f"least lateral angle that clears the foramen, {medial_mm:g} mm medial"


def _ideal(at: ScrewPlace, name: str) -> tuple[np.ndarray, np.ndarray] | None:
    """(entry, direction) of a technique's own choice, local; None where it has no footing or meets no bone."""
    technique = technique_at(name, at.level)
    try:
        window = aim(at.place.vertebra, at.place.bone.surface, at.place.side, technique)
    except NotPossible:
        return None
    entries, directions = window.axes(window.ideal[None])
    return (entries[0], directions[0]) if np.isfinite(entries).all() else None


def _least_angle(at: ScrewPlace, _: dict) -> Iterator[Row]:
    """In the transverse plane: from an entry past the lateral wall of the foramen, a screw's radius off it (VAL-1)."""
    vertebra, side = at.place.vertebra, at.place.side
    foramen, center = vertebra.foramina[side], vertebra.landmarks[f"lateral_mass_center_{side}"]
    if foramen.status is not Status.MEASURED or not center.measured:
        return
    hole, start = vertebra.frame.to_local(foramen.center)[:2], vertebra.frame.to_local(center.xyz)[:2]
    reach = foramen.diameter_mm / 2 + catalogue("lateral_mass").radius_mm
    for medial in (0.0, 1.0, 2.0):
        across = SIGN[side] * (hole[0] - start[0]) + medial
        ahead = start[1] - hole[1]
        away = np.hypot(across, ahead)
        if away > reach:
            angle = np.degrees(np.arctan2(across, ahead) + np.arcsin(reach / away))
            yield _angle_words(medial), "deg", "", angle


def _path_mm(at: ScrewPlace, axis: tuple[np.ndarray, np.ndarray]) -> float:
    """Length of the axis in bone from its entry to where it first leaves it, the entry cortex left out."""
    depths = np.arange(_CORTEX_MM, _LONGEST_MM, _STEP_MM)
    inside = at.place.bone.exact(axis[0] + depths[:, None] * axis[1]) > 0
    return float(depths[np.argmin(inside)]) if not inside.all() else _LONGEST_MM


def _paths(at: ScrewPlace, ideal: dict) -> Iterator[Row]:
    for name in ("magerl", "roy-camille"):
        if name in ideal:
            yield f"path in bone, {technique_at(name, at.level).name}", "mm", "", _path_mm(at, ideal[name])
    if {"magerl", "roy-camille"} <= ideal.keys():
        longer = _path_mm(at, ideal["magerl"]) > _path_mm(at, ideal["roy-camille"])
        yield "Magerl's path is longer than Roy-Camille's", "share", "", longer


def _clear(at: ScrewPlace, axis: tuple[np.ndarray, np.ndarray], length: float, hazard: str) -> float | None:
    hazards = at.place.hazards_for("lateral_mass")
    if hazard not in hazards:
        return None
    radius = catalogue("lateral_mass").radius_mm
    return exact_clearance({hazard: hazards[hazard]}, *axis, length, radius)[hazard]


def _facets(at: ScrewPlace, ideal: dict) -> Iterator[Row]:
    """A screw to just short of the ventral cortex that meets the joint below (VAL-4)."""
    for name in ("magerl", "roy-camille"):
        if name in ideal:
            length = max(_path_mm(at, ideal[name]) - _SHORT_MM, 6.0)
            room = _clear(at, ideal[name], length, "inferior_facet")
            if room is not None:
                yield f"inferior facet violated, {technique_at(name, at.level).name}", "share", "", room < 0


def _nerves(at: ScrewPlace, ideal: dict) -> Iterator[Row]:
    """Screws of 20 mm, too long on purpose (VAL-5)."""
    for name in ("magerl", "anderson", "an"):
        room = _clear(at, ideal[name], _LONG_SCREW_MM, "nerve_root") if name in ideal else None
        if room is not None:
            yield f"nerve contact of a 20 mm screw, {technique_at(name, at.level).name}", "share", "", room < 0


def _arteries(at: ScrewPlace, ideal: dict) -> Iterator[Row]:
    """Ideal Magerl and An screws of 14 mm and the artery (VAL-8)."""
    for name in ("magerl", "an"):
        room = _clear(at, ideal[name], 14.0, "vertebral_artery") if name in ideal else None
        if room is not None:
            yield f"artery breached by the ideal screw, {technique_at(name, at.level).name}", "share", "", room < 0
