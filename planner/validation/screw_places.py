"""The sides of a study's columns on which screws are sought, with everything round about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.assessment.finding import Assessment, Severity
from planner.fixation.ladder import sides_of
from planner.fixation.site import Side
from planner.validation.study import Study

PILLARS = ("C3", "C4", "C5", "C6")


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
    from planner.anatomy import understand
    from planner.assessment import assess

    for subject in study.subjects:
        study.say(f"{subject.name}: screws")
        vertebrae = understand(subject.surfaces)
        assessment = assess(vertebrae)
        for level in levels:
            if level in vertebrae:
                for place in sides_of(vertebrae, assessment, level, execution="freehand", seed=study.seed):
                    yield ScrewPlace(kind=subject.kind, case=subject.name, place=place, assessment=assessment)
