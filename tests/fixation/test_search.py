import numpy as np
import pytest
from fixation_blocks import block_vertebra

from planner.fixation.aim import aim
from planner.fixation.hazard import Tube, by_name
from planner.fixation.search import COMFORT_MM, evaluate, search
from planner.fixation.shaft import Ground, purchase_along
from planner.fixation.surroundings import Bone, hazard_field
from planner.fixation.task import Task
from planner.reference.techniques import technique_at


def task(hazard_at, technique="magerl", purchase=10.0) -> Task:
    vertebra = block_vertebra()
    bone = Bone.of(vertebra, {})
    window = aim(vertebra, bone.surface, "left", technique_at(technique, "C4"))
    hazards = by_name([Tube(name="tube", path=np.array(hazard_at, float), radius_mm=2.0)])
    field = hazard_field(hazards, np.array([5.0, 0, -20]), np.array([35.0, 30, 25]))
    ground = Ground(bone=bone.field(np.array([5.0, 0, -20]), np.array([35.0, 30, 25])), hazards=field, names=("tube",))
    return Task(
        window=window, ground=ground, lengths_mm=(10.0, 12.0, 14.0, 16.0), radius_mm=1.75,
        margins_mm=np.array([1.0]), purchase_mm=purchase,
    )  # fmt: skip


BESIDE = [[18, 12, -20], [18, 12, -6]], [[20, 10, 5], [20, 10, 20]], [[14, 14, -20], [14, 14, 20]]


@pytest.mark.parametrize("path", BESIDE)
def test_no_random_trajectory_beats_the_ceiling(path):
    job = task(path)
    found = search(job, 3000)
    assert len(found.feasible)
    rng = np.random.default_rng(0)
    random = rng.uniform(job.window.low, job.window.high, (20000, 4))
    best = max(evaluate(job, part).score.max() for part in np.array_split(random, 20))
    assert best <= found.ceiling + 0.02
    assert found.tried.score.max() <= found.ceiling <= COMFORT_MM + 1e-9


def test_where_room_is_plenty_the_score_is_full():
    found = search(task([[60, 0, 0], [60, 0, 10]]), 500)
    assert found.tried.score.max() == pytest.approx(COMFORT_MM)


def test_a_purchase_no_screw_can_have_is_refused_for_the_whole_window():
    found = search(task([[60, 0, 0], [60, 0, 10]], purchase=40.0), 500)
    assert not len(found.feasible)
    assert found.ceiling == -np.inf
    assert 8 < found.tried.reach.max() < 20


def test_purchase_of_a_square_shaft_through_a_block_is_its_depth():
    job = task([[60, 0, 0], [60, 0, 10]])
    entry, direction = np.array([[18.0, 20.0, 0.0]]), np.array([[0.0, -1.0, 0.0]])
    ends, grip = purchase_along(job.ground, entry, direction, 1.75, 18.0, step_mm=0.5)
    assert grip[0, -1] == pytest.approx(12.0, abs=0.5), "the mass is 12 mm deep"
    assert grip[0, np.searchsorted(ends, 8.0)] == pytest.approx(8.0, abs=0.5)


def test_the_tip_stays_in_bone_at_the_chosen_length():
    job = task(BESIDE[0])
    found = search(job, 1000)
    rows = found.feasible[:50]
    entries, directions = job.window.axes(found.tried.parameters[rows])
    tips = entries + (found.tried.length[rows, None] + 0.4) * directions
    assert (job.ground.bone.at(tips)[:, 0] > 0).all()
