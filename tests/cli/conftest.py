"""The command line on small rings instead of bones, with the walk itself replaced."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest
import trimesh
from click.testing import CliRunner

from planner.assessment.finding import Assessment
from planner.cli import main
from planner.construct.plan import Construct, Reduction
from planner.fixation.anchor import AnchorStatus, Fixation
from planner.planning import Inspection, Plan


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run `planner` with arguments in an empty folder; what is not a clean exit is raised."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)

    def call(*arguments):
        return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)

    call.folder = work
    return call


@pytest.fixture
def column(tmp_path):
    """A folder of rings named C2 to C6, the size of vertebrae, 15 mm apart."""
    folder = tmp_path / "neck"
    folder.mkdir()
    for number, level in enumerate(["C2", "C3", "C4", "C5", "C6"]):
        mesh = trimesh.creation.torus(22.0, 6.0, major_sections=24, minor_sections=12)
        mesh.apply_translation([0, 0, -15.0 * number]).export(folder / f"{level}.stl")
    return folder


@pytest.fixture
def walk(monkeypatch):
    """Replace planning by an empty plan; ``asked`` keeps the options, ``failing`` names bad sides."""

    class Walk:
        asked = None
        failing = ()
        error = None

    def fixation(level, side):
        bad = f"{level} {side}" in Walk.failing
        return Fixation(
            level=level,
            side=side,
            status=AnchorStatus.SKIPPED if bad else AnchorStatus.PLANNED,
            reason="",
            chosen=None,
            alternatives=(),
            unseen=(),
        )

    def make_plan(case, options, progress=None):
        Walk.asked = options
        if Walk.error:
            raise Walk.error
        progress("planning")
        return Plan(
            case=case,
            options=options,
            vertebrae={},
            assessment=Assessment(measurements=(), findings=(), segments=()),
            fixations=tuple(fixation(level, side) for level in options.levels for side in ("left", "right")),
            construct=Construct(
                reduction=Reduction(segment="", reason="", motions={}, before={}, after={}),
                rods=(),
                conflicts=(),
                bill_of_materials=(),
            ),
            decompression=(),
            warnings=(),
        )

    def inspect_case(case, levels=None, *, pose="patient", sex=None, progress=None):
        return Inspection(
            case=case,
            levels=levels,
            vertebrae={},
            assessment=Assessment(measurements=(), findings=(), segments=()),
            warnings=(),
        )

    monkeypatch.setattr("planner.planning.make_plan", make_plan, raising=False)
    monkeypatch.setattr("planner.planning.inspect_case", inspect_case, raising=False)
    monkeypatch.setattr("planner.output.pictures.write_pictures", lambda plan, folder, say, document: [])
    monkeypatch.setattr("planner.output.beside.beside", lambda work, *_: nullcontext(lambda: None))
    monkeypatch.setattr("planner.cli.plan._report", lambda seen, parts, folder: None)
    monkeypatch.setattr("planner.output.display.ask_ahead", lambda: None)
    monkeypatch.setattr("planner.output.display.offscreen_problem", lambda: None)
    return Walk


@pytest.fixture
def nan_case(tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    mesh = trimesh.creation.torus(22.0, 6.0)
    vertices = np.array(mesh.vertices)
    vertices[0] = np.nan
    trimesh.Trimesh(vertices, mesh.faces, process=False).export(folder / "C4.ply")
    return folder
