"""Bones in, vertebrae out: pose and landmarks of every level, judged together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from planner.anatomy.judge import judge_masses
from planner.anatomy.landmarks import vertebra_of
from planner.anatomy.pose import DOUBT_MIRROR_MM, DOUBT_SCORE, Pose, find_pose
from planner.anatomy.readout import Readout, read_bone
from planner.anatomy.registration import turn_deg
from planner.anatomy.vertebra import Vertebra
from planner.errors import FrameError, InputError
from planner.geometry.surface import Surface

# A free search beats the declared axes if it fits this much better (mm) and lies this far away.
BETTER_MM = 0.8
AWAY_DEG = 60.0


def understand(
    surfaces: Mapping[str, Surface],
    *,
    pose: str = "patient",
    required: Collection[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Vertebra]:
    """Return the `Vertebra` of each level, in the order given.

    A level that is not in ``required`` (None: all are) is left out where its bone shows no body.

    ``pose`` is ``patient`` (the input is in patient space, so axes are known within 50 degrees) or ``auto``
    (any orientation). Raises `FrameError` where the bones contradict the declared axes and `InputError` where a
    surface shows no vertebral body.
    """
    tell = progress or (lambda _: None)
    axes = np.eye(3) if pose == "patient" else None
    with ThreadPoolExecutor(max_workers=2) as pool:
        tell("pose")
        poses = dict(zip(surfaces, pool.map(lambda item: find_pose(item[1], item[0], axes), surfaces.items()), strict=True))
        if axes is not None:
            _check_axes(surfaces, poses)
        tell("landmarks")
        readouts = dict(
            zip(surfaces, pool.map(lambda level: read_bone(surfaces[level], poses[level].frame, level), surfaces), strict=True)
        )
    for level, readout in readouts.items():
        if readout is None and (required is None or level in required):
            raise InputError(
                f"{level} does not look like a vertebra: no body was found.",
                "Check that the file holds one whole vertebra, in millimetres, in the declared axes.",
            )
    found: dict[str, Readout] = {level: r for level, r in readouts.items() if r is not None}
    verdicts = judge_masses(found)
    return {level: vertebra_of(surfaces[level], poses[level], found[level], verdicts) for level in found}


def _check_axes(surfaces: Mapping[str, Surface], poses: Mapping[str, Pose]) -> None:
    """Raise where doubtful bones fit far better in another orientation: the declared axes are then wrong."""
    turns: dict[str, Pose] = {}
    for level, pose in poses.items():
        if pose.quality.score <= DOUBT_SCORE and pose.quality.mirror_residual_mm <= DOUBT_MIRROR_MM:
            continue
        free = find_pose(surfaces[level], level, None)
        better = pose.quality.score - free.quality.score > BETTER_MM
        if better and turn_deg(free.frame.axes, np.eye(3)) > AWAY_DEG:
            turns[level] = free
    if len(turns) < max(1, (len(poses) + 1) // 2):
        return
    level, pose = next(iter(turns.items()))
    posterior, superior = pose.frame.posterior, pose.frame.superior
    where = ", ".join(turns)
    if posterior[1] < -0.5 and superior[2] > 0.5:
        raise FrameError(
            f"Front and back contradict the bone: the spinous processes of {where} point to the front.",
            "Is the file in RAS (--space RAS), or mirrored front to back? Left and right hang on the answer.",
        )
    if superior[2] < -0.5:
        raise FrameError(
            f"Head and foot contradict the bone: {where} stand upside down.",
            "Which way does the third axis grow? Give the axes with --space, such as LPS or LPI.",
        )
    raise FrameError(
        f"The declared axes contradict the bone: {where} lie turned by {turn_deg(pose.frame.axes, np.eye(3)):.0f} degrees.",
        "Give the axes with --space (such as RAS or ASR), or use --pose auto if the whole case is rotated.",
    )
