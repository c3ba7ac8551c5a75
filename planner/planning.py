"""The walk through the house: a case in, a plan out. Each room's answer is the next room's question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment
from planner.construct.plan import Construct
from planner.decompression.extent import Decompression
from planner.fixation.anchor import Fixation
from planner.reading.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What the user asked for. ``technique`` and ``c2`` map ``(level, side)`` to a name; a side that is not in
    them is ``auto``. ``named`` is True for a choice the user made, so that its failure ends with exit code 3.
    """

    levels: tuple[str, ...]
    technique: Mapping[tuple[str, str], str] = field(default_factory=dict)
    c2: Mapping[str, str] = field(default_factory=dict)
    execution: str = "freehand"
    reduce: str = "auto"
    decompress: str = "auto"
    sex: str | None = None
    age: int | None = None
    pose: str = "patient"
    strict: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """Everything a plan says, in the order of the walk. Anatomy, fixations and troughs are in scan pose;
    heads, rods and conflicts in the planned pose."""

    case: Case
    options: PlanOptions
    vertebrae: Mapping[str, Vertebra]
    assessment: Assessment
    fixations: tuple[Fixation, ...]
    construct: Construct
    decompression: tuple[Decompression, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inspection:
    """What was read and understood of a case, without a plan. ``levels`` are those asked for, from the head
    down; ``vertebrae`` may hold neighbours too, read as context."""

    case: Case
    levels: tuple[str, ...]
    vertebrae: Mapping[str, Vertebra]
    assessment: Assessment
    warnings: tuple[str, ...]


Progress = Callable[[str], None]
