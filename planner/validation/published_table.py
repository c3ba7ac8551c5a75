"""Published behaviour of the lateral mass techniques, on the columns of a study: ideal entries and aims, no search.

The published figures stand in ``validation.toml``; a row of differences is ours less theirs. Only healthy masses take
part. Angles and paths are read on the bone itself, clearances as a plan reports them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from planner.anatomy.vertebra import Status
from planner.fixation.aim import NotPossible, aim, facet_elevation_deg
from planner.fixation.hazard import Tube
from planner.fixation.nerve_root import nerve_root
from planner.fixation.recheck import exact_clearance
from planner.fixation.risk import breach_probability
from planner.geometry.axes import SIGN
from planner.reference.implants import catalogue
from planner.reference.techniques import technique_at
from planner.validation.published_means import (
    DRAWN_ON,
    FACET,
    FORAMEN_LIMIT,
    FORAMEN_WALL,
    MEASURED_MAGERL_DEG,
    TIP_OVER,
    TO_THE_NERVE,
    angle_words,
    least_angles,
    trends,
)
from planner.validation.records import Record
from planner.validation.screw_places import PILLARS, Row, ScrewPlace, side_by_side
from planner.validation.study import Study

_FLATTER = " at its published angle"
_IDEALS = ("magerl", "roy-camille", "an", "anderson", "magerl" + _FLATTER)
_SAMPLES = 1024
_LONGEST_MM, _STEP_MM = 30.0, 0.05
_SHORT_MM, _USUAL_MM, _LONG_SCREW_MM = 1.5, 14.0, 20.0
_CORTEX_MM = 2.0
_SECTION_DEG = 15.0
_DRAWN_ON_MM = 15.0


def published(study: Study) -> list[Record]:
    """Records of the table ``published``."""
    records = side_by_side(study, "published", (*PILLARS, "C7"), (_of_side,))
    order = list(dict.fromkeys(r.what for r in records))
    return least_angles(records) + trends(records) + sorted(records, key=lambda r: order.index(r.what))


def _of_side(at: ScrewPlace, _: int, __: np.random.Generator) -> Iterator[Row]:
    """All checks on a healthy side; of C7 the way to its root and the paths, by the techniques of C6."""
    if not at.healthy:
        return
    ideal = {name: axis for name in _IDEALS if (axis := _ideal(at, name)) is not None}
    checks = (_least_angle, _paths, _facets, _nerves, _arteries, _rooms, _shaken, _to_the_nerve, _shape)
    for check in checks if at.level in PILLARS else (_to_the_nerve, _paths):
        yield from check(at, ideal)


def _ideal(at: ScrewPlace, name: str) -> tuple[np.ndarray, np.ndarray] | None:
    """(entry, direction) of a technique's own choice, local; None where it has no footing or meets no bone."""
    technique = technique_at(name.removesuffix(_FLATTER), _row_of(at))
    if name.endswith(_FLATTER):
        technique = replace(technique, sagittal_deg=MEASURED_MAGERL_DEG, sagittal_reference="endplate")
    try:
        window = aim(at.place.vertebra, at.place.bone.surface, at.place.side, technique)
    except NotPossible:
        return None
    entries, directions = window.axes(window.ideal[None])
    return (entries[0], directions[0]) if np.isfinite(entries).all() else None


def _row_of(at: ScrewPlace) -> str:
    """The level whose row of a technique is used: the techniques' own end at C6."""
    return at.level if at.level in PILLARS else PILLARS[-1]


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
            yield angle_words(medial), "deg", "", angle


def _path_mm(at: ScrewPlace, axis: tuple[np.ndarray, np.ndarray]) -> float:
    """Length of the axis in bone from its entry to where it first leaves it, the entry cortex left out."""
    depths = np.arange(_CORTEX_MM, _LONGEST_MM, _STEP_MM)
    inside = at.place.bone.exact(axis[0] + depths[:, None] * axis[1]) > 0
    return float(depths[np.argmin(inside)]) if not inside.all() else _LONGEST_MM


def _paths(at: ScrewPlace, ideal: dict) -> Iterator[Row]:
    for name in ("magerl", "roy-camille"):
        if name in ideal:
            yield f"path in bone, {technique_at(name, _row_of(at)).name}", "mm", "", _path_mm(at, ideal[name])
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
    """Screws of 20 mm, too long on purpose (VAL-5); and the same where the ventral ramus goes straight on."""
    roots = at.place.hazards_for("lateral_mass").get("nerve_root", ())
    for words, tubes in (("", roots), (DRAWN_ON, tuple(_drawn_on(tube) for tube in roots))):
        for name in ("magerl", "magerl" + _FLATTER, "anderson", "an"):
            if name in ideal and tubes:
                radius = catalogue("lateral_mass").radius_mm
                room = exact_clearance({"nerve": tubes}, *ideal[name], _LONG_SCREW_MM, radius)["nerve"]
                yield f"nerve contact of a 20 mm screw{words}, {_named(at, name)}", "share", "", room < 0
    for name in ideal if roots else ():
        tip, path = ideal[name][0] + _LONG_SCREW_MM * ideal[name][1], roots[0].path
        nerve = np.vstack([np.linspace(a, b, 40) for a, b in zip(path[:-1], path[1:], strict=True)])
        over = tip[2] - nerve[np.linalg.norm(nerve - tip, axis=1).argmin(), 2]
        yield f"{TIP_OVER}, {_named(at, name)}", "mm", "", over


def _drawn_on(tube: Tube) -> Tube:
    """A root whose last stretch, along the gutter, goes on."""
    along = tube.path[-1] - tube.path[-2]
    end = tube.path[-1] + _DRAWN_ON_MM * along / np.linalg.norm(along)
    return replace(tube, path=np.vstack([tube.path, end]))


def _named(at: ScrewPlace, name: str) -> str:
    usual = technique_at(name.removesuffix(_FLATTER), at.level).name
    return f"{usual} at {MEASURED_MAGERL_DEG:g} deg" if name.endswith(_FLATTER) else usual


def _arteries(at: ScrewPlace, ideal: dict) -> Iterator[Row]:
    """Ideal Magerl and An screws of 14 mm and the artery (VAL-8)."""
    for name in ("magerl", "an"):
        room = _clear(at, ideal[name], _USUAL_MM, "vertebral_artery") if name in ideal else None
        if room is not None:
            yield f"artery breached by the ideal screw, {technique_at(name, at.level).name}", "share", "", room < 0


def _rooms(at: ScrewPlace, ideal: dict) -> Iterator[Row]:
    """Room to the root with the tip at the far cortex, and beside the foramen on a section (VAL-6, VAL-7)."""
    vertebra, foramen = at.place.vertebra, at.place.vertebra.foramina[at.place.side]
    for name in ("roy-camille", "magerl"):
        if name not in ideal:
            continue
        entry, direction = ideal[name]
        room = _clear(at, ideal[name], max(_path_mm(at, ideal[name]), 6.0), "nerve_root")
        if room is not None:
            yield f"room to the nerve root with the tip at the far cortex, {_named(at, name)}", "mm", "", room
        if foramen.status is Status.MEASURED:
            hole = vertebra.frame.to_local(foramen.center)[:2] - entry[:2]
            along = direction[:2] / np.linalg.norm(direction[:2])
            aside = SIGN[at.place.side] * (along[1] * hole[0] - along[0] * hole[1])
            reach = foramen.diameter_mm / 2 + catalogue("lateral_mass").radius_mm
            yield f"room to the foramen in the transverse plane, {_named(at, name)}", "mm", "", aside - reach


def _shaken(at: ScrewPlace, ideal: dict) -> Iterator[Row]:
    """Share of freehand executions of the ideal 14 mm screw that breach the artery (VAL-9)."""
    place, radius = at.place, catalogue("lateral_mass").radius_mm
    hazards, ground = place.hazards_for("lateral_mass"), place.ground("lateral_mass")
    for name in ("magerl", "roy-camille"):
        if name in ideal and "vertebral_artery" in hazards:
            told = breach_probability(
                ground, *ideal[name], _USUAL_MM, radius, place.execution, _SAMPLES, place.seed, hazards
            )
            share = told.hazards["vertebral_artery"].any
            yield f"freehand executions that breach the artery, {_named(at, name)}", "ratio", "", share


def _to_the_nerve(at: ScrewPlace, _: dict) -> Iterator[Row]:
    """On the transverse section at the nerve's own height, as it was measured: from the middle of the mass's back to
    the near border of the nerve that meets the line 15 degrees outwards (VAL-10)."""
    vertebra, side = at.place.vertebra, at.place.side
    center = vertebra.landmarks.get(f"lateral_mass_center_{side}")
    tubes = nerve_root(vertebra, side)
    if center is None or not center.measured or not tubes:
        return
    corners = vertebra.frame.to_local(tubes[0].path)
    nerve = np.vstack([np.linspace(a, b, 60) for a, b in zip(corners[:-1], corners[1:], strict=True)])
    left, back, _ = vertebra.frame.to_local(center.xyz)
    behind = np.c_[np.full(len(nerve), left), np.full(len(nerve), back + 30.0), nerve[:, 2]]
    start, _ = at.place.bone.surface.first_hit(behind, np.tile([0.0, -1.0, 0.0], (len(behind), 1)))
    out, ahead = SIGN[side] * (nerve[:, 0] - start[:, 0]), start[:, 1] - nerve[:, 1]
    over = np.degrees(np.arctan2(out, ahead)) - _SECTION_DEG
    met = np.flatnonzero((over[:-1] * over[1:] <= 0) & (np.abs(over[:-1]) < 20))
    if len(met):
        yield TO_THE_NERVE, "mm", "", np.hypot(out, ahead)[met[0]] - tubes[0].radius_mm


def _shape(at: ScrewPlace, _: dict) -> Iterator[Row]:
    """What of these bones the techniques' behaviour hangs on."""
    vertebra, side = at.place.vertebra, at.place.side
    yield FACET, "deg", "", facet_elevation_deg(vertebra, side)
    foramen, center = vertebra.foramina[side], vertebra.landmarks[f"lateral_mass_center_{side}"]
    if foramen.status is Status.MEASURED and center.measured:
        hole, middle = vertebra.frame.to_local(foramen.center), vertebra.frame.to_local(center.xyz)
        wall = SIGN[side] * (hole[0] - middle[0]) + foramen.diameter_mm / 2
        yield FORAMEN_WALL, "mm", "", wall
        yield FORAMEN_LIMIT, "deg", "", np.degrees(np.arctan2(wall, middle[1] - hole[1]))
