"""Does confidence fall as error grows? Over all runs that the other tables made."""

from __future__ import annotations

import numpy as np

from planner.validation.against_truth import landmark_error
from planner.validation.observation import MEASURED, turn_deg
from planner.validation.records import Record
from planner.validation.study import Run, Study

EDGES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def calibration(study: Study) -> list[Record]:
    """Frame error (deg) by pose confidence and landmark error (mm) by landmark confidence, with rank correlation.

    Undisturbed bones are held against truth, disturbed and damaged ones against their intact twin, so that what
    is shown is not the scatter of the truth. Without any run there are no records.
    """
    out: list[Record] = []
    for kind in dict.fromkeys(run.kind for run in study.runs):
        runs = [run for run in study.runs if run.kind == kind]
        out += _by_confidence(kind, "pose", "deg", _frame_errors(runs))
        out += _by_confidence(kind, "landmark", "mm", _landmark_errors(runs))
    return out


Pairs = list[tuple[float, float, Run, str]]


def _frame_errors(runs: list[Run]) -> Pairs:
    pairs: Pairs = []
    for run in runs:
        if run.twin is not None:
            pairs.append((run.seen.pose_confidence, turn_deg(run.seen.frame, run.twin.frame), run, run.how))
        elif run.truth is not None and run.truth.pitch_known:
            pairs.append((run.seen.pose_confidence, turn_deg(run.seen.frame, run.truth.frame), run, run.how))
    return pairs


def _landmark_errors(runs: list[Run]) -> Pairs:
    pairs: Pairs = []
    for run in runs:
        if run.twin is not None:
            places = {n: m.xyz for n, m in run.twin.marks.items() if m.status == MEASURED}
        elif run.truth is not None:
            places = dict(run.truth.points)
        else:
            continue
        up = run.twin.frame.superior if run.twin is not None else run.truth.frame.superior
        for name, mark in run.seen.marks.items():
            if name in places and name not in run.touched and mark.status == MEASURED:
                error = landmark_error(name, mark.xyz, places[name], up)
                pairs.append((mark.confidence, error, run, f"{name} ({run.how})"))
    return pairs


def _by_confidence(kind: str, of: str, unit: str, pairs: Pairs) -> list[Record]:
    if not pairs:
        return []
    out = []
    # Bins are open below and closed above; the lowest takes a confidence of 0 too.
    place = np.clip(np.searchsorted(EDGES, [p[0] for p in pairs], side="left"), 1, len(EDGES) - 1)
    for i in range(1, len(EDGES)):
        what = f"{of} confidence {EDGES[i - 1]:.1f}-{EDGES[i]:.1f}"
        out += [
            Record(
                table="calibration", what=what, unit=unit, kind=kind, case=run.case, level=run.seen.level, part=part,
                value=error,
            )
            for at, (_, error, run, part) in zip(place, pairs, strict=True)
            if at == i
        ]  # fmt: skip
    rho = rank_correlation(np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs]))
    out.append(
        Record(
            table="calibration", what=f"{of} confidence and error, rank correlation", unit="rho", kind=kind,
            case="all cases", level="", part=f"{len(pairs)} pairs", value=rho,
        )
    )  # fmt: skip
    return out


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's; nan where one of the two is constant or there are under three pairs."""
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    from scipy.stats import spearmanr

    return float(spearmanr(a, b).statistic)
