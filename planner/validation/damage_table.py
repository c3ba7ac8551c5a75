"""Bones damaged on purpose: does the frame hold, do healthy parts stay, is what is gone called absent."""

from __future__ import annotations

from collections.abc import Iterator

from planner.geometry.axes import SIDES
from planner.validation.against_truth import landmark_error
from planner.validation.damage import KINDS, Damage, Kind, damaged
from planner.validation.observation import ABSENT, MEASURED, Observation, turn_deg
from planner.validation.reader import Reading
from planner.validation.records import Record
from planner.validation.study import Run, Study, Subject
from planner.validation.touched import gone, lost, touched

ALONE, EVERY = "one bone", "every level"
NAN = float("nan")


def damage(study: Study) -> list[Record]:
    """Every kind of damage on one bone among intact neighbours; bones that are not closed are left out.

    The damaged side alternates down the column and with the seed.
    """
    return [r for subject in study.subjects for kind in KINDS for r in _one_bone(study, subject, kind)]


def damage_of_every_level(study: Study) -> list[Record]:
    """Every kind of damage on all levels at once and on the same side, so that no neighbour helps."""
    return [r for subject in study.subjects for kind in KINDS for r in _every_level(study, subject, kind)]


def _one_bone(study: Study, subject: Subject, kind: Kind) -> Iterator[Record]:
    study.say(f"{subject.name}: {kind.name}, one bone")
    for index, (level, twin) in enumerate(subject.intact(study.reader).bones.items()):
        side = SIDES[(index + study.seed) % 2]
        made = _made(study, subject, twin, kind, side)
        if made is not None:
            reading = study.reader({**subject.surfaces, level: made.surface})
            yield from _judged(study, subject, twin, kind, side, made, reading, ALONE)


def _every_level(study: Study, subject: Subject, kind: Kind) -> Iterator[Record]:
    study.say(f"{subject.name}: {kind.name}, every level")
    twins, side = subject.intact(study.reader).bones, SIDES[study.seed % 2]
    every = {level: _made(study, subject, twin, kind, side) for level, twin in twins.items()}
    made = {level: damage for level, damage in every.items() if damage is not None}
    if made:
        reading = study.reader({**subject.surfaces, **{level: d.surface for level, d in made.items()}})
        for level, one in made.items():
            yield from _judged(study, subject, twins[level], kind, side, one, reading, EVERY)


def _made(study: Study, subject: Subject, twin: Observation, kind: Kind, side: str) -> Damage | None:
    if twin.level == "C2" and not kind.at_c2:
        return None
    try:
        return damaged(subject.surfaces[twin.level], twin, kind, side)
    except LookupError as missing:
        study.note(f"{subject.name} {twin.level}: no '{kind.name}' {side}, it lacks {missing.args[0]}.")
        return None


def _judged(
    study: Study, subject: Subject, twin: Observation, kind: Kind, side: str, made: Damage, reading: Reading, where: str
) -> Iterator[Record]:
    """What one reading of one damaged bone says, as records; the run is kept for the calibration."""
    level = twin.level

    def record(table: str, what: str, unit: str, part: str, value: float) -> Record:
        return Record(
            table=f"damage: {table}", what=f"{where}: {what}", unit=unit, kind=subject.kind, case=subject.name,
            level=level, part=part, value=value,
        )  # fmt: skip

    seen = reading.bones.get(level)
    yield record("bones recognised", "all kinds", "share", f"{kind.name} {side}", float(seen is not None))
    if seen is None:
        return
    near = touched(kind, side, twin, made)
    study.runs.append(
        Run(
            kind=subject.kind, case=subject.name, how=f"{where}: {kind.name} {side}", seen=seen, twin=twin,
            truth=subject.bone_truth(level), touched=near,
        )
    )  # fmt: skip
    turned = turn_deg(seen.frame, twin.frame)
    for what in (kind.name, "all kinds"):
        part = side if what == kind.name else f"{kind.name} {side}"
        yield record("frame movement", what, "deg", part, turned)
        yield record("pose confidence", what, "ratio", part, seen.pose_confidence)
    for name, mark in twin.marks.items():
        if mark.status == MEASURED and name not in near:
            now = seen.marks.get(name)
            kept = now is not None and now.status == MEASURED
            off = landmark_error(name, now.xyz, mark.xyz, twin.frame.superior) if kept else NAN
            for what in (kind.name, "all kinds"):
                part = f"{name} ({kind.name} {side})" if what == "all kinds" else f"{name} ({side})"
                yield record("healthy parts, movement", what, "mm", part, off)
                yield record("healthy parts, still measured", what, "share", part, float(kept))
    must_go = gone(kind, side, twin, made)
    for name in sorted(lost(kind, side, twin, made)):
        now = seen.marks.get(name)
        status = now.status if now is not None else ABSENT
        part = f"{name} ({side})"
        if name in must_go:
            group = "all masses gone" if name.startswith("lateral_mass") else "all arches gone"
            for what in (kind.name, group):
                yield record("gone parts called absent", what, "share", part, float(status == ABSENT))
        for what in (kind.name, "all kinds"):
            yield record("lost or covered landmarks called measured", what, "share", part, float(status == MEASURED))
