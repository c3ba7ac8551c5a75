"""The sides of a study's columns on which screws are sought, with everything round about them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from planner.assessment.finding import Assessment, Severity
from planner.fixation.ladder import sides_of
from planner.fixation.site import Side
from planner.geometry.axes import SIDES
from planner.reference.levels import order
from planner.validation.records import Record
from planner.validation.study import Study, Subject

PILLARS = ("C3", "C4", "C5", "C6")
# What a side's rows depend on.
ROOMS = (
    "anatomy", "assessment", "fixation", "geometry", "reference",
    *(f"validation/{name}.py" for name in (
        "screw_places", "screws_table", "refusal_scan", "breach_check", "measured", "published_table",
        "published_means",
    )),
)  # fmt: skip
Row = tuple[str, str, str, float]
Checks = tuple[Callable[["ScrewPlace", int, np.random.Generator], Iterator[Row]], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScrewPlace:
    """One side of one bone of one column, and the column's assessment."""

    kind: str
    case: str
    place: Side
    assessment: Assessment

    @property
    def level(self) -> str:
        return self.place.vertebra.level

    @property
    def healthy(self) -> bool:
        """Whether its lateral mass is not told as ill."""
        grave = (Severity.DEFICIENT, Severity.CRITICAL)
        return not any(
            f.code.startswith("lateral_mass.")
            and f.severity in grave
            and (f.level, f.side) == (self.level, self.place.side)
            for f in self.assessment.findings
        )


def screw_places(study: Study, levels: tuple[str, ...] = PILLARS) -> Iterator[ScrewPlace]:
    """Both sides of these levels of every column, understood and assessed anew."""
    for subject in study.subjects:
        study.say(f"{subject.name}: screws")
        places = _places(subject, study.seed)
        for level in levels:
            if level in subject.surfaces:
                yield from places(level)


def side_by_side(study: Study, table: str, levels: tuple[str, ...], checks: Checks) -> list[Record]:
    """The records of checks on every side of every column.

    With a folder to keep readings in, a side's rows are kept there as soon as they are known, under the meshes, the
    code, the repeats and the seed: a run that was broken off goes on from them.
    """
    records: list[Record] = []
    for number, subject in enumerate(study.subjects):
        places = _places(subject, study.seed)
        for level in (level for level in levels if level in subject.surfaces):
            for turn, side in enumerate(SIDES):
                name = f"{table} {study.repeats} {study.seed} {number} {level} {side}"
                file = study.reader.file_of(subject.surfaces, name, ROOMS)
                if file is not None and file.is_file():
                    rows = [tuple(row) for row in json.loads(file.read_text(encoding="utf-8"))]
                else:
                    study.say(f"{subject.name}: {table}, {level} {side}")
                    at = next((at for at in places(level) if at.place.side == side), None)
                    rng = np.random.default_rng([study.seed, number, order(level), turn])
                    rows = [] if at is None else [row for check in checks for row in check(at, study.repeats, rng)]
                    rows = [(what, unit, part, float(value)) for what, unit, part, value in rows]
                    if file is not None:
                        file.parent.mkdir(parents=True, exist_ok=True)
                        file.write_text(json.dumps(rows), encoding="utf-8")
                records += [
                    Record(
                        table=table, what=what, unit=unit, kind=subject.kind, case=subject.name, level=level,
                        part=f"{side} {part}".strip(), value=value,
                    )
                    for what, unit, part, value in rows
                ]  # fmt: skip
    return records


def _places(subject: Subject, seed: int) -> Callable[[str], tuple[ScrewPlace, ...]]:
    """A function from a level to both its sides, which understands the column when it is first asked."""
    from planner.anatomy import understand
    from planner.assessment import assess

    @cache
    def column():
        vertebrae = understand(subject.surfaces)
        return vertebrae, assess(vertebrae)

    @cache
    def places(level: str) -> tuple[ScrewPlace, ...]:
        vertebrae, assessment = column()
        if level not in vertebrae:
            return ()
        return tuple(
            ScrewPlace(kind=subject.kind, case=subject.name, place=place, assessment=assessment)
            for place in sides_of(vertebrae, assessment, level, execution="freehand", seed=seed)
        )

    return places
