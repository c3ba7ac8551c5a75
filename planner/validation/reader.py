"""Read a column, and remember the answer: a long validation can be broken off and taken up again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from planner.errors import PlannerError
from planner.geometry.surface import Surface
from planner.validation.observation import Observation

# What a reading depends on.
_READING = ("anatomy", "geometry", "reference", "validation/observation.py")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """One run over a column: what was observed of each level, or why nothing was.

    A level that was not recognised is missing from ``bones``.
    """

    bones: Mapping[str, Observation]
    failure: str = ""


@dataclass(slots=True, kw_only=True)
class Reader:
    """Reads columns of surfaces; with ``keep`` (a folder) every answer is stored there and used again.

    An answer is found again by the surfaces, the pose option and the code of the rooms that made it.
    """

    keep: Path | None = None
    count: int = 0
    failures: list[str] = field(default_factory=list)

    def __call__(self, surfaces: Mapping[str, Surface], pose: str = "patient") -> Reading:
        self.count += 1
        file = self.file_of(surfaces, pose)
        if file is not None and file.is_file():
            kept = json.loads(file.read_text(encoding="utf-8"))
            reading = Reading(
                bones={level: Observation.from_json(b) for level, b in kept["bones"].items()}, failure=kept["failure"]
            )
        else:
            reading = _read(surfaces, pose)
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                text = {"bones": {level: o.to_json() for level, o in reading.bones.items()}, "failure": reading.failure}
                file.write_text(json.dumps(text), encoding="utf-8")
        if reading.failure:
            self.failures.append(reading.failure)
        return reading

    def file_of(
        self, surfaces: Mapping[str, Surface], question: str, rooms: tuple[str, ...] = _READING
    ) -> Path | None:
        """Where the answer to a question about a column is kept, which the code of these rooms gives."""
        return self.keep / f"{_digest(surfaces, question, rooms)}.json" if self.keep else None


def _read(surfaces: Mapping[str, Surface], pose: str) -> Reading:
    from planner.anatomy import understand

    try:
        found = understand(surfaces, pose=pose, required=())
    except PlannerError as error:
        return Reading(bones={}, failure=error.message)
    except Exception as error:  # A crash on damaged bone is a result to report, not the end of the validation.
        return Reading(bones={}, failure=f"crashed: {type(error).__name__}: {error}")
    return Reading(bones={level: Observation.of(v) for level, v in found.items()})


def _digest(surfaces: Mapping[str, Surface], question: str, rooms: tuple[str, ...]) -> str:
    text = hashlib.sha256(f"{question} {_code_digest(rooms)}".encode())
    for level, surface in surfaces.items():
        text.update(level.encode())
        text.update(np.ascontiguousarray(surface.vertices, float).tobytes())
        text.update(np.ascontiguousarray(surface.faces, np.int64).tobytes())
    return text.hexdigest()[:32]


@cache
def _code_digest(rooms: tuple[str, ...]) -> str:
    """Of everything an answer depends on: the files of these rooms, or single files of a room."""
    import planner

    root = Path(planner.__file__).parent
    text = hashlib.sha256()
    for room in rooms:
        files = [root / room] if room.endswith(".py") else sorted((root / room).rglob("*"))
        for file in files:
            if file.is_file() and file.suffix != ".pyc":
                text.update(file.read_bytes())
    return text.hexdigest()
