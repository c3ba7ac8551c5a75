"""The screws' engine: ten sides, one side again, one trajectory again; and its distances against slower ways.

    python tests/benchmarks/bench_screws.py [--axes 2000] [CASE SPACE]

Every number of the second table is of the same candidates in the same run: random axes of the free window, clearance
from the vertebra above and below. Not a test: nothing asserts wall time.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from functools import partial
from pathlib import Path

import numpy as np

from planner.anatomy import understand
from planner.assessment import assess
from planner.fixation import plan_fixations, try_every_technique
from planner.fixation.anchor import Candidate
from planner.fixation.follow import regrade, search_again
from planner.fixation.hazard import Body
from planner.fixation.ladder import sides_of
from planner.fixation.surroundings import HAZARDS, hazard_field
from planner.reading import SOURCE_CASE, bundled_model, read_case
from planner.reference.hazards import setting
from planner.reference.techniques import technique_at
from planner.validation.measured import depth

LEVELS = ("C2", "C3", "C4", "C5", "C6")
RADIUS, LENGTH, STEP = 1.75, 14.0, 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", help="a case folder and its axis code")
    parser.add_argument("--axes", type=int, default=2000)
    given = parser.parse_args()
    folder = Path(given.case[0]) if given.case else bundled_model(SOURCE_CASE)
    case = read_case([folder], space=given.case[1] if len(given.case) > 1 else None)
    vertebrae = understand({level: bone.surface for level, bone in case.bones.items() if level != "C1"})
    assessment = assess(vertebrae)
    faces = statistics.mean(len(v.surface.faces) for v in vertebrae.values())
    print(f"{case.name}: {faces:.0f} faces a level")
    ten_sides(vertebrae, assessment)
    again(vertebrae, assessment)
    print(f"peak memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    distances(vertebrae, assessment, given.axes)


def timed(work) -> tuple[float, float, object]:
    """(wall s, processor s, result)."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - wall, time.process_time() - processor, result


def ten_sides(vertebrae, assessment) -> None:
    how = {"execution": "freehand", "seed": 0}
    plan = timed(lambda: plan_fixations(vertebrae, assessment, LEVELS, technique={}, c2={}, **how))
    every = timed(lambda: try_every_technique(vertebrae, assessment, LEVELS, **how))
    print(f"{'':44} {'wall s':>8} {'processor s':>12}")
    for name, (wall, processor, _) in (("ten sides: plan with alternatives", plan), ("ten sides: compare", every)):
        print(f"{name:44} {wall:8.2f} {processor:12.2f}")


def again(vertebrae, assessment) -> None:
    """Fields kept: processor time, which other work on the machine does not lengthen much."""
    spent: dict[str, list[float]] = {}
    for level in LEVELS[1:]:
        for side in sides_of(vertebrae, assessment, level, execution="freehand", seed=0):
            for name in ("magerl", "an", "auto"):
                row = technique_at(name, level)
                found = search_again(side, row)
                if not isinstance(found, Candidate):
                    continue
                for what, work in (
                    (f"one trajectory again, {row.name}", partial(regrade, side, row, found.trajectory)),
                    (f"one side again, {row.name}", partial(search_again, side, row)),
                ):
                    spent.setdefault(what, []).append(1000 * min(timed(work)[1] for _ in range(3)))
    print(f"{'':44} {'n':>4} {'median ms':>10} {'max ms':>8}")
    for what, ms in sorted(spent.items()):
        print(f"{what:44} {len(ms):4} {statistics.median(ms):10.1f} {max(ms):8.1f}")


def distances(vertebrae, assessment, count: int) -> None:
    """Least distance of a shaft from the neighbouring bones: engine, trimesh, exact, on the same axes."""
    side = sides_of(vertebrae, assessment, "C5", execution="freehand", seed=0)[0]
    hazards = side.hazards_for("lateral_mass")
    bodies = [h for h in hazards[HAZARDS[-1]] if isinstance(h, Body)]
    window = side.window(technique_at("auto", "C5"))
    axes = np.random.default_rng(0).uniform(window.low, window.high, (count, 4))
    entries, directions = window.axes(axes)
    known = np.isfinite(entries).all(axis=1)
    depths = np.arange(setting("entry_cortex_mm"), LENGTH - RADIUS + 1e-9, STEP)
    points = (entries[known, None] + depths[None, :, None] * directions[known, None]).reshape(-1, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    making, _, field = timed(lambda: hazard_field({HAZARDS[-1]: tuple(bodies)}, low, high))
    coarse = points.reshape(known.sum(), -1, 3)[:, ::5]

    def least(value: np.ndarray) -> np.ndarray:
        return value.reshape(known.sum(), -1).min(axis=1) - RADIUS

    engine = timed(lambda: least(field.at(coarse)[..., 0]))
    recheck = timed(lambda: least(np.min([b.exact(points) for b in bodies], axis=0)))
    exact = timed(lambda: least(np.min([-depth(b.placed, points) for b in bodies], axis=0)))
    share = max(1, int(known.sum()) // 50)
    try:
        plain = timed(lambda: by_trimesh(bodies, points.reshape(known.sum(), -1, 3)[:share].reshape(-1, 3)))
    except ModuleNotFoundError as missing:
        print(f"trimesh.proximity is not measured: {missing}")
        plain = None
    truth = exact[2]
    print(f"{known.sum()} shafts, {len(depths)} stations each; field made in {1000 * making:.0f} ms")
    print(f"{'clearance from neighbours':44} {'us a shaft':>11} {'error p95':>10} {'worst mm':>9}")
    tell("engine: fields, every fifth station", engine[0], engine[2], truth)
    tell("engine: what a plan reports", recheck[0], recheck[2], truth)
    tell("exact: libigl", exact[0], truth, truth)
    if plain is not None:
        value = plain[2].reshape(share, -1).min(axis=1) - RADIUS
        tell(f"trimesh.proximity, the first {share}", plain[0], value, truth[:share])


def by_trimesh(bodies: list[Body], points: np.ndarray) -> np.ndarray:
    """Distance to the nearest body by plain trimesh (it needs rtree), negative inside."""
    import rtree  # noqa: F401  trimesh asks for it late
    from trimesh.proximity import signed_distance

    return np.min([-signed_distance(body.placed.local.trimesh(), points) for body in bodies], axis=0)


def tell(name: str, wall: float, value: np.ndarray, truth: np.ndarray) -> None:
    """Errors of shafts within 2 mm of the bone, where they matter."""
    off = np.abs(value - truth)[np.abs(truth) < 2.0]
    errors = f"{np.percentile(off, 95):10.3f} {off.max():9.3f}" if len(off) else f"{'none near':>20}"
    print(f"{name:44} {1e6 * wall / len(value):11.1f} {errors}")


if __name__ == "__main__":
    main()
