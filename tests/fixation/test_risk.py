from math import erf, sqrt

import numpy as np
import pytest

from planner.fixation.risk import TOGETHER, breach_probability
from planner.fixation.shaft import Ground
from planner.geometry.field import Field, grid_points
from planner.reference.execution import Execution, executions

RADIUS, LENGTH = 1.75, 14.0


def wall_ground(*walls: float) -> Ground:
    """Hazards whose walls are planes x = wall, beside a screw along -y from the origin."""
    nodes, shape = grid_points(np.array([-12.0, -20.0, -12.0]), np.array([12.0, 4.0, 12.0]), 1.0)
    values = np.stack([wall - nodes[:, 0] for wall in walls], axis=-1).reshape(*shape, len(walls))
    field = Field(origin=np.array([-12.0, -20.0, -12.0]), spacing_mm=1.0, values=values.astype(np.float32))
    return Ground(bone=field, hazards=field, names=("vertebral_artery", "canal")[: len(walls)])


def profile(entry: float, angle: float, wall: float) -> Execution:
    return Execution(
        id="test",
        entry_sd_mm=entry,
        angle_sd_deg=angle,
        segmentation_sd_mm=wall,
        conversion="",
        source="test",
    )


def below(x: float) -> float:
    return 0.5 * (1 + erf(x / sqrt(2)))


def risk(ground: Ground, execution: Execution, samples: int = 1024):
    return breach_probability(
        ground, np.zeros(3), np.array([0.0, -1.0, 0.0]), LENGTH, RADIUS, execution, samples, seed=3
    )


@pytest.mark.parametrize("room", [0.5, 1.0, 2.0])
def test_entry_error_and_wall_error_add_in_quadrature(room):
    got = risk(wall_ground(RADIUS + room), profile(1.0, 0.0, 0.3)).hazards["vertebral_artery"]
    assert got.any == pytest.approx(below(-room / sqrt(1.0 + 0.09)), abs=0.01)
    assert got.over_2mm == pytest.approx(below(-(room + 2) / sqrt(1.0 + 0.09)), abs=0.01)


@pytest.mark.parametrize("room", [0.3, 0.8])
def test_angle_error_acts_at_the_tip(room):
    got = risk(wall_ground(RADIUS + room), profile(0.0, 4.0, 0.0)).hazards["vertebral_artery"]
    truth = below(-np.degrees(np.arcsin(room / (LENGTH - RADIUS))) / 4.0)
    assert got.any == pytest.approx(truth, abs=0.01)


def test_either_counts_samples_once():
    got = risk(wall_ground(RADIUS + 0.5, RADIUS + 0.5), profile(1.0, 0.0, 0.0)).hazards
    assert got[TOGETHER].any == pytest.approx(got["canal"].any, abs=1e-9)


def test_same_seed_same_answer_and_every_profile_is_known():
    ground = wall_ground(RADIUS + 1.0)
    for execution in executions().values():
        first, second = risk(ground, execution, 512), risk(ground, execution, 512)
        assert first == second
        assert first.profile == execution.id
    assert set(executions()) == {"freehand", "guide", "robot"}


def test_a_steadier_hand_breaches_less():
    ground = wall_ground(RADIUS + 1.0)
    chance = {k: risk(ground, e).hazards["vertebral_artery"].any for k, e in executions().items()}
    assert chance["guide"] < chance["freehand"]
    assert chance["robot"] < chance["freehand"]
