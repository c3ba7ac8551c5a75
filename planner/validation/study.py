"""The cases that are validated, what was read of them undisturbed, and every run on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from planner.geometry.surface import Surface
from planner.validation.observation import Observation
from planner.validation.reader import Reader, Reading
from planner.validation.truth import REAL, BoneTruth, Truth


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """One bone in one reading: what was observed, beside the intact twin and the truth (None without).

    ``touched`` are landmarks that a damage took or changed: they have no position to be held against.
    """

    kind: str
    case: str
    how: str
    seen: Observation
    twin: Observation | None
    truth: BoneTruth | None
    touched: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True, eq=False)
class Subject:
    """One column: its surfaces in world LPS mm by level, its truth if there is one."""

    name: str
    surfaces: Mapping[str, Surface]
    truth: Truth | None
    kind: str = REAL
    _intact: Reading | None = None

    def intact(self, reader: Reader) -> Reading:
        """What is read of the column as it is, in patient pose."""
        if self._intact is None:
            self._intact = reader(self.surfaces)
        return self._intact

    def bone_truth(self, level: str) -> BoneTruth | None:
        return self.truth.bones.get(level) if self.truth else None


@dataclass(slots=True, kw_only=True, eq=False)
class Study:
    """All that the tables work on. ``repeats`` bounds random repetitions, ``seed`` makes them the same again."""

    subjects: list[Subject]
    reader: Reader = field(default_factory=Reader)
    repeats: int = 20
    seed: int = 0
    say: Callable[[str], None] = lambda _: None
    runs: list[Run] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def read_all(self) -> None:
        """Read every column undisturbed, and keep the runs against truth."""
        for subject in self.subjects:
            self.say(f"{subject.name}: undisturbed")
            reading = subject.intact(self.reader)
            if reading.failure:
                self.note(f"{subject.name}: {reading.failure}")
            for level, seen in reading.bones.items():
                truth = subject.bone_truth(level)
                self.runs.append(
                    Run(kind=subject.kind, case=subject.name, how="intact", seen=seen, twin=None, truth=truth)
                )
