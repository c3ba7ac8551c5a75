"""Readings are kept and found again; failures are results."""

import numpy as np
import pytest

import planner.anatomy
from planner.errors import InputError
from planner.geometry.surface import Surface
from planner.validation import reader as room
from planner.validation.observation import Observation
from planner.validation.reader import Reader

from .conftest import block, observed


@pytest.fixture
def calls(monkeypatch):
    """Replace understanding by a fixed answer and count it."""
    made = []

    def understand(surfaces, *, pose, required):
        made.append((tuple(surfaces), pose))
        return dict.fromkeys(surfaces)

    monkeypatch.setattr(planner.anatomy, "understand", understand)
    monkeypatch.setattr(room.Observation, "of", classmethod(lambda cls, _: observed("C4", drop=("lamina_left",))))
    return made


def test_a_kept_reading_is_not_made_again(calls, tmp_path):
    surfaces = {"C4": block()}
    first = Reader(keep=tmp_path / "keep")(surfaces)
    again = Reader(keep=tmp_path / "keep")(surfaces)
    assert len(calls) == 1
    a, b = first.bones["C4"], again.bones["C4"]
    assert a.frame.axes == pytest.approx(b.frame.axes)
    assert a.measures == b.measures
    assert {n: m.status for n, m in a.marks.items()} == {n: m.status for n, m in b.marks.items()}
    assert b.marks["canal_center"].xyz == pytest.approx(a.marks["canal_center"].xyz)
    assert np.isnan(b.marks["lamina_left"].xyz).all()
    assert b.facets["superior_left"].normal == pytest.approx(a.facets["superior_left"].normal)


def test_another_bone_or_pose_is_another_reading(calls, tmp_path):
    surface = block()
    read = Reader(keep=tmp_path)
    read({"C4": surface})
    read({"C4": surface}, "auto")
    read({"C4": Surface(vertices=surface.vertices + 1e-6, faces=surface.faces)})
    assert len(calls) == 3


def test_a_refusal_and_a_crash_are_results(monkeypatch):
    for error in (InputError("No bone."), ZeroDivisionError("x")):

        def understand(surfaces, *, pose, required, error=error):
            raise error

        monkeypatch.setattr(planner.anatomy, "understand", understand)
        read = Reader()
        reading = read({"C4": block()})
        assert dict(reading.bones) == {}
        assert read.failures == [reading.failure]
    assert "ZeroDivisionError" in reading.failure


def test_moving_an_observation_there_and_back_changes_nothing():
    seen = observed("C4", -20.0)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turn *= np.linalg.det(turn)
    shift = np.array([3.0, -50, 7])
    back = seen.mapped(turn, shift).mapped(turn.T, -turn.T @ shift)
    assert isinstance(back, Observation)
    assert back.frame.axes == pytest.approx(seen.frame.axes)
    assert back.marks["lamina_left"].xyz == pytest.approx(seen.marks["lamina_left"].xyz)
    assert seen.mapped(turn, shift).local("lamina_left") == pytest.approx(seen.local("lamina_left"))
