"""Do sampled phantoms have the morphometry they were drawn from, and sound meshes? A resumable measurement.

Every column is measured on its meshes and written as one line of a file; a second run with the same file goes
on where the first one stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from planner.phantom.column import column
from planner.phantom.measured import measured
from planner.phantom.meshing import crosses_itself, genus, is_manifold, pieces
from planner.phantom.shape import LEVELS, shapes
from planner.reference.tables import rows

MEAN_BAR_SD, SPREAD_BAR = 0.5, 0.3
HANDLES = 3
"""Of a whole C2 to C7: the canal and two transverse foramina."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measure at one level: the table's mean and spread, and those of the meshes.

    `bias_sd`: measured mean less the table's, in the table's spreads; `ratio`: measured spread over the
    table's; `missing`: meshes on which it could not be made.
    """

    measure: str
    level: str
    mean: float
    sd: float
    measured_mean: float
    measured_sd: float
    bias_sd: float
    ratio: float
    missing: int
    source: str

    @property
    def mean_fits(self) -> bool:
        return abs(self.bias_sd) <= MEAN_BAR_SD

    @property
    def spread_fits(self) -> bool:
        return abs(self.ratio - 1.0) <= SPREAD_BAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundness:
    """Of how many meshes each statement holds; `faults` names the others."""

    meshes: int
    closed: int
    manifold: int
    one_piece: int
    genus: int
    free_of_self_intersection: int
    faults: tuple[str, ...]


def one_column(seed: int, step_mm: float = 0.8) -> dict:
    """Measures and soundness of one column's meshes, as plain data."""
    made, every = column(seed=seed), shapes(LEVELS, seed)
    levels = {}
    for level in LEVELS:
        whole = made.surface(level, step_mm)
        pose = made.bones[level].pose
        local = whole.mapped(pose.inverse.rotation, pose.inverse.offset)
        levels[level] = {
            "measures": measured(local, every[level]),
            "closed": whole.is_closed,
            "manifold": is_manifold(whole),
            "one_piece": len(pieces(whole)) == 1,
            "genus": genus(whole) == HANDLES,
            "free_of_self_intersection": not crosses_itself(whole),
        }
    return {"seed": seed, "step_mm": step_mm, "levels": levels}


def run(count: int, file: Path, say: Callable[[str], None] = lambda _: None, step_mm: float = 0.8) -> list[dict]:
    """Measure columns 0 to `count` - 1, those in `file` already left out; return all."""
    done = {}
    if file.is_file():
        for line in file.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if entry["step_mm"] == step_mm:
                done[entry["seed"]] = entry
    for seed in range(count):
        if seed not in done:
            say(f"Column {seed + 1} of {count}")
            done[seed] = one_column(seed, step_mm)
            with file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(done[seed]) + "\n")
    return [done[seed] for seed in range(count)]


def compared(columns: list[dict]) -> list[Row]:
    """Hold the measured means and spreads against the rows of the table."""
    table = {row["name"]: row for row in rows("morphometry", "measure")}
    found = []
    for level in LEVELS:
        for name in columns[0]["levels"][level]["measures"]:
            values = np.array([one["levels"][level]["measures"][name] for one in columns], float)
            there = values[np.isfinite(values)]
            row = table[name]
            mean, sd = float(row[level]), float(row["sd"])
            spread = float(np.std(there, ddof=1)) if len(there) > 1 else float("nan")
            middle = float(np.mean(there)) if len(there) else float("nan")
            found.append(
                Row(
                    measure=name, level=level, mean=mean, sd=sd, measured_mean=middle, measured_sd=spread,
                    bias_sd=(middle - mean) / sd, ratio=spread / sd, missing=len(values) - len(there),
                    source=row["source"],
                )
            )  # fmt: skip
    return found


def soundness(columns: list[dict]) -> Soundness:
    """Count the meshes that are closed, manifold, in one piece, of the right genus, free of self-intersection."""
    names = ("closed", "manifold", "one_piece", "genus", "free_of_self_intersection")
    every = [(one["seed"], level, one["levels"][level]) for one in columns for level in LEVELS]
    faults = [f"seed {seed} {level}: not {name}" for seed, level, mesh in every for name in names if not mesh[name]]
    counts = {name: sum(bool(mesh[name]) for _, _, mesh in every) for name in names}
    return Soundness(meshes=len(every), faults=tuple(faults), **counts)


def as_plain(columns: list[dict]) -> dict:
    """Everything the command prints, for JSON."""
    return {"rows": [asdict(row) for row in compared(columns)], "soundness": asdict(soundness(columns))}
