"""A made-up column whose readings are known, so that every table has an answer that can be checked."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from planner.geometry.axes import SIDES, SIGN, Frame
from planner.geometry.surface import Surface
from planner.validation.observation import Mark, Observation, Plane
from planner.validation.reader import Reader, Reading
from planner.validation.study import Study, Subject
from planner.validation.truth import BoneTruth, Truth

PLACES = {
    "body_center": (0, 0, 0),
    "superior_endplate_center": (0, 0, 6.5),
    "inferior_endplate_center": (0, 0, -6.5),
    "posterior_body_wall": (0, 8, 0),
    "canal_center": (0, 14, 0),
    "spinolaminar_point": (0, 22.5, -1),
    "spinous_process_tip": (0, 40, -3),
}
PAIRED = {
    "lateral_mass_center": (15, 20.5, 0),
    "lateral_mass_medial_border": (10, 20.5, 0),
    "lateral_mass_lateral_border": (20, 20.5, 0),
    "lateral_mass_superior_border": (15, 20.5, 6.4),
    "lateral_mass_inferior_border": (15, 20.5, -6.4),
    "lamina": (6, 27.5, -1),
    "transverse_foramen": (16, 5, 0),
}


def observed(level, height=0.0, jitter=0.0, rng=None, shift=None, drop=(), confidence=0.9):
    """An observation of the block bone, exact but for jitter (mm) or a shift; ``drop`` names are absent."""
    frame = Frame(origin=np.array([0.0, 0.0, height]), left=np.eye(3)[0], posterior=np.eye(3)[1], superior=np.eye(3)[2])
    places = dict(PLACES)
    for side in SIDES:
        places |= {f"{n}_{side}": (SIGN[side] * l, p, s) for n, (l, p, s) in PAIRED.items()}
    marks = {}
    for name, place in places.items():
        xyz = frame.to_world(np.array(place, float)) + (0 if shift is None else np.array(shift))
        xyz = xyz + (rng.normal(0, jitter, 3) if rng is not None else 0)
        gone = name in drop
        marks[name] = Mark(
            xyz=np.full(3, np.nan) if gone else xyz, status="absent" if gone else "measured",
            confidence=0.0 if gone else confidence,
        )  # fmt: skip
    facets = {"superior_left": Plane(center=frame.to_world(np.array([15.0, 16, 6])), normal=np.array([0, 0, 1.0]))}
    return Observation(
        level=level, frame=frame, pose_confidence=confidence, marks=marks, facets=facets,
        measures={("canal_width", "midline"): 20.0, ("lateral_mass_width", "left"): 10.0,
                  ("transverse_foramen_diameter", "left"): 5.0, ("transverse_foramen_diameter", "right"): 5.0},
    )  # fmt: skip


def block(height=0.0):
    """Body, two lateral masses, laminae and a spinous process of boxes, in one closed surface."""
    boxes = [
        ((24, 16, 13), (0, 0, 0)),
        ((10, 11, 13), (15, 15, 0)),
        ((10, 11, 13), (-15, 15, 0)),
        ((22, 5, 11), (0, 25, -1)),
        ((4, 14, 6), (0, 33, -3)),
        ((4, 6, 6), (12, 8, 0)),
        ((4, 6, 6), (-12, 8, 0)),
    ]
    parts = [trimesh.creation.box(e, trimesh.transformations.translation_matrix(c)) for e, c in boxes]
    solid = trimesh.boolean.union(parts, engine="manifold")
    return Surface(vertices=np.array(solid.vertices) + [0, 0, height], faces=np.array(solid.faces))


class ScriptedReader(Reader):
    """A reader that answers by a function of (surfaces, pose) instead of looking at the bone."""

    __slots__ = ("answer",)

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def __call__(self, surfaces, pose="patient"):
        self.count += 1
        bones = self.answer(surfaces, pose)
        return Reading(bones=bones)


@pytest.fixture
def study():
    """Make a study of C4 and C5 blocks from an answering function; with truth unless told otherwise."""

    def make(answer, truth=True, repeats=3):
        surfaces = {"C4": block(0.0), "C5": block(-20.0)}
        bones = {}
        for level, height in (("C4", 0.0), ("C5", -20.0)):
            exact = observed(level, height)
            bones[level] = BoneTruth(
                frame=exact.frame, pitch_known=level == "C4", points={n: m.xyz for n, m in exact.marks.items()},
                facets=exact.facets, measures=exact.measures,
            )  # fmt: skip
        subject = Subject(
            name="blocks", surfaces=surfaces, truth=Truth(kind="synthetic", bones=bones) if truth else None,
            kind="synthetic",
        )  # fmt: skip
        return Study(subjects=[subject], reader=ScriptedReader(answer), repeats=repeats)

    return make


def exact_answer(surfaces, pose):
    return {"C4": observed("C4", 0.0), "C5": observed("C5", -20.0)}


@pytest.fixture
def exact():
    return exact_answer
