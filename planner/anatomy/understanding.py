"""Bones in, vertebrae out: pose and landmarks of every level, judged together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from planner.anatomy.column import settle_column
from planner.anatomy.judge import judge_masses
from planner.anatomy.landmarks import vertebra_of
from planner.anatomy.naming import name_doubts
from planner.anatomy.pose import Pose, find_pose
from planner.anatomy.readout import Readout, read_bone
from planner.anatomy.registration import Cloud, Fit, register, turn_deg
from planner.anatomy.roughness import smoothed_where_rough
from planner.anatomy.template import load_template, template_name
from planner.anatomy.vertebra import Vertebra
from planner.errors import FrameError, InputError
from planner.geometry.axes import Frame
from planner.geometry.surface import Surface

# A free search beats the declared axes if it fits this much better (mm) and lies this far away.
BETTER_MM = 0.3
AWAY_DEG = 60.0
ROUGH = "the surface is rough; the bone was read from a smoothed copy"
ON_SURFACE = ("lateral_mass", "lamina", "spinous_process", "dens", "posterior_body_wall", "spinolaminar")


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
    given = surfaces
    surfaces = {level: smoothed_where_rough(surface) for level, surface in given.items()}
    tell = progress or (lambda _: None)
    axes = np.eye(3) if pose == "patient" else None
    with ThreadPoolExecutor(max_workers=2) as pool:
        tell("pose")
        poses = dict(
            zip(surfaces, pool.map(lambda item: find_pose(item[1], item[0], axes), surfaces.items()), strict=True)
        )
        if axes is not None:
            _check_axes(surfaces, poses, pool)
        poses = settle_column(surfaces, poses, pool)
        for level, pose_ in poses.items():
            if surfaces[level] is not given[level]:
                poses[level] = pose_.noted(ROUGH)
        doubts = name_doubts(surfaces, poses)
        tell("landmarks")
        readouts = dict(
            zip(
                surfaces,
                pool.map(lambda level: read_bone(surfaces[level], poses[level].frame, level), surfaces),
                strict=True,
            )
        )
    for level, readout in list(readouts.items()):
        if readout is not None and not readout.tunnels and readout.canal.spinolaminar is None:
            # A body without canal, arch and foramina is any lump; a laminectomised bone keeps its foramina.
            readouts[level] = readout = None
        if readout is None and (required is None or level in required):
            raise InputError(
                f"{level} does not look like a vertebra: no body with a canal or foramina was found.",
                "Check that the file holds one whole vertebra, in millimetres, in the declared axes.",
            )
    found: dict[str, Readout] = {level: r for level, r in readouts.items() if r is not None}
    verdicts = judge_masses(found)
    return {
        level: _on_surface(
            vertebra_of(given[level], poses[level], found[level], verdicts, doubts.get(level, "")),
            surfaces[level] is not given[level],
        )
        for level in found
    }


def _on_surface(vertebra: Vertebra, rough: bool) -> Vertebra:
    """A vertebra read from a smoothed copy, with its points on the surface as it was given."""
    if not rough:
        return vertebra
    marks = dict(vertebra.landmarks)
    names = [name for name, mark in marks.items() if mark.measured and name.startswith(ON_SURFACE)]
    if names:
        _, nearest, _ = vertebra.surface.closest(np.array([marks[name].xyz for name in names]))
        marks.update({name: replace(marks[name], xyz=point) for name, point in zip(names, nearest, strict=True)})
    return replace(vertebra, landmarks=marks)


def _check_axes(surfaces: Mapping[str, Surface], poses: Mapping[str, Pose], pool: ThreadPoolExecutor) -> None:
    """Raise where most bones fit clearly better in another orientation: the declared axes are then wrong.

    A bone turned half-way about S still registers tolerably, so every bone is searched freely once (0.1 s).
    """

    def freely(level: str) -> Fit:
        return register(Cloud.of(surfaces[level]), load_template(template_name(level)), None)[0]

    turns: dict[str, Frame] = {}
    for level, fit in zip(poses, pool.map(freely, poses), strict=True):
        declared = poses[level]
        if turn_deg(declared.frame.axes, np.eye(3)) > AWAY_DEG:
            turns[level] = declared.frame
        elif declared.quality.score - fit.score > BETTER_MM and turn_deg(fit.rotation, np.eye(3)) > AWAY_DEG:
            turns[level] = Frame.from_axes(declared.frame.origin, fit.rotation[0], fit.rotation[2])
    if 2 * len(turns) <= len(poses):
        return
    posterior = np.mean([f.posterior for f in turns.values()], axis=0)
    superior = np.mean([f.superior for f in turns.values()], axis=0)
    where = ", ".join(turns)
    if posterior[1] < -0.3 and superior[2] > 0.5:
        raise FrameError(
            f"Front and back contradict the bone: the spinous processes of {where} point to the front.",
            "Is the file in RAS (--space RAS), or mirrored front to back? Left and right hang on the answer.",
        )
    if superior[2] < -0.3:
        raise FrameError(
            f"Head and foot contradict the bone: {where} stand upside down.",
            "Which way does the third axis grow? Give the axes with --space, such as LPS or LPI.",
        )
    turned = np.median([turn_deg(f.axes, np.eye(3)) for f in turns.values()])
    raise FrameError(
        f"The declared axes contradict the bone: {where} lie turned by {turned:.0f} degrees.",
        "Give the axes with --space (such as RAS or ASR), or use --pose auto if the whole case is rotated.",
    )
