"""The tables on screws, on two levels of the reference model."""

from dataclasses import replace

import numpy as np
import pytest

from planner.fixation.anchor import Refusal
from planner.fixation.hazard import Body, Tube
from planner.fixation.nerve_root import nerve_root
from planner.geometry.surface import Surface
from planner.reading import bundled_model, read_case
from planner.reference.techniques import technique_at
from planner.validation import refusal_scan
from planner.validation.beside import beside
from planner.validation.measured import distance, least_along
from planner.validation.published_table import _to_the_nerve, published
from planner.validation.reader import Reader
from planner.validation.screw_places import screw_places, side_by_side
from planner.validation.screws_table import screws
from planner.validation.study import Study, Subject


@pytest.fixture(scope="module")
def study():
    folder = bundled_model("reference")
    case = read_case([folder / f"{level}.ply" for level in ("C4", "C5")])
    surfaces = {level: bone.surface for level, bone in case.bones.items()}
    return Study(subjects=[Subject(name="reference", surfaces=surfaces, truth=None, kind="synthetic")], repeats=1)


@pytest.fixture(scope="module")
def rows(study):
    found = {}
    for record in screws(study):
        found.setdefault(record.what, []).append(record.value)
    return {what: np.array(values) for what, values in found.items()}


def test_brute_force_never_beats_a_certificate(rows):
    assert len(rows["brute force over the certificate"]) == 8
    assert (rows["brute force over the certificate"] == 0).all()


def test_reported_clearances_are_distances_to_the_meshes(rows):
    names = [what for what in rows if what.startswith("reported clearance")]
    assert len(names) == 4
    assert all((rows[what] < 0.1).all() for what in names)


def test_another_monte_carlo_agrees_within_one_percent(rows):
    for name in ("artery", "canal"):
        assert (rows[f"breach of the {name}, Monte Carlo against another"] < 0.01).all()


def test_a_scan_contradicts_a_refusal_that_is_wrong_and_confirms_one_that_is_right(study, monkeypatch):
    at = next(iter(screw_places(study, ("C4",))))
    rows = {name: technique_at(name, "C4") for name in ("magerl", "an")}
    far = replace(rows["an"], sagittal_deg=-60.0)
    monkeypatch.setattr(refusal_scan, "_SPACING", np.array([1.0, 1.0, 5.0, 5.0]))
    monkeypatch.setattr(refusal_scan, "every_technique_at", lambda level: (rows["magerl"], far))
    monkeypatch.setattr(
        refusal_scan, "corridor", lambda side, row: Refusal(anchor=row.anchor, technique=row.id, reason="said so")
    )
    told = [(part.split(",")[0], value) for _, _, part, value in refusal_scan.refusals(at, 1, None)]
    assert told == [("Magerl", True), ("An", False)]


def test_every_lateral_mass_technique_is_counted_on_every_side(rows):
    counted = {what: len(values) for what, values in rows.items() if what.startswith("acceptable")}
    assert set(counted.values()) == {4}
    assert len(counted) == 8
    assert rows["acceptable: Magerl"].mean() == 1.0


def test_the_other_distance_to_a_body_is_signed(study):
    from planner.geometry.axes import Frame
    from planner.geometry.placed import Placed

    bone: Surface = study.subjects[0].surfaces["C4"]
    frame = Frame.from_axes(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 0, 1.0]))
    body = Body(name="neighbours", placed=Placed(surface=bone, frame=frame))
    points = bone.sampled(20, 1)
    for offset in (-0.4, 0.4):
        moved = points[0] + offset * points[1]
        assert np.allclose(distance(body, moved), -bone.signed_distance(moved), atol=1e-6)


def test_the_least_angles_of_every_level_are_held_against_the_published_ones(study):
    records = published(study)
    assert sum(r.what == "Magerl's path is longer than Roy-Camille's" for r in records) == 4
    means = [r for r in records if r.what == "mean least lateral angle, ours less the published"]
    assert [(r.level, r.case) for r in means] == [
        (level, f"{mm} mm medial") for level in ("C4", "C5") for mm in (0, 1, 2)
    ]
    angles = [np.mean([r.value for r in records if r.what.endswith(f"{mm} mm medial")]) for mm in (0, 1, 2)]
    assert angles[0] < angles[1] < angles[2]


def test_the_least_distance_along_an_axis_is_that_of_every_station(study):
    at = next(iter(screw_places(study, ("C4",))))
    rng, depths = np.random.default_rng(3), np.arange(2.0, 12.0, 0.02)
    starts = at.place.bone.surface.local.center + rng.normal(0, 12, (12, 3))
    directions = rng.normal(size=(12, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    points = (starts[:, None] + depths[:, None] * directions[:, None]).reshape(-1, 3)
    hazards = at.place.hazards_for("lateral_mass")
    bodies = [h for group in hazards.values() for h in group if isinstance(h, Body | Tube)]
    assert len(bodies) >= 4
    for hazard in bodies:
        plain = distance(hazard, points).reshape(12, -1).min(axis=1)
        assert np.allclose(least_along(hazard, starts, directions, depths), plain, atol=1e-9)


def test_a_run_that_was_broken_off_goes_on_from_the_sides_it_had(study, tmp_path):
    asked = []

    def check(at, repeats, rng):
        asked.append(at.place.side)
        if len(asked) == 2:
            raise KeyboardInterrupt
        yield "drawn", "mm", "", rng.random()

    kept = replace_reader(study, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        side_by_side(kept, "screws", ("C4",), (check,))
    resumed = side_by_side(kept, "screws", ("C4",), (check,))
    assert asked == ["left", "right", "right"]
    whole = side_by_side(study, "screws", ("C4",), (check,))
    assert [r.value for r in resumed] == [r.value for r in whole]
    assert len({r.value for r in whole}) == 2
    other = Study(subjects=study.subjects, reader=kept.reader, repeats=kept.repeats, seed=5)
    assert side_by_side(other, "screws", ("C4",), (check,))[0].value != whole[0].value


def test_what_is_published_stands_beside_ours_and_a_difference_is_explained_by_numbers(study):
    records = published(study)
    rows = {row.what: row for row in beside(records)}
    angles = rows["C5: least lateral angle, entry 0 / 1 / 2 mm medial, deg"]
    assert angles.theirs == "6.6 / 10.1 / 13.5"
    assert angles.sides == 2
    told = [float(x) for x in angles.ours.split(" (")[0].split(" / ")]
    assert angles.agrees is bool(np.abs(np.array(told) - [6.6, 10.1, 13.5]).max() <= 3.0)
    assert not any(what.startswith("C6") for what in rows), "no row without a side"
    far = [replace(r, value=r.value + 8.0) if "least lateral angle that" in r.what else r for r in records]
    moved = next(row for row in beside(far) if row.what.startswith("C5"))
    assert moved.agrees is False
    assert "outer wall" in moved.why
    assert "rises by" in moved.why


def test_the_way_to_the_nerve_is_taken_on_the_section_at_its_own_height(study):
    # Not on every side does the modelled root go far enough out to meet the line.
    asked = ((at, list(_to_the_nerve(at, {}))) for at in screw_places(study, ("C4", "C5")))
    at, ((_, _, _, told),) = next((at, rows) for at, rows in asked if rows)
    bone, side = at.place.vertebra, at.place.side
    (tube,) = nerve_root(bone, side)
    left, _, _ = bone.frame.to_local(bone.landmarks[f"lateral_mass_center_{side}"].xyz)
    corners = bone.frame.to_local(tube.path)
    heights = np.linspace(corners[:, 2].min(), corners[:, 2].max(), 200)
    found = []
    for height in heights:
        # Where the nerve crosses this height, and the bone's back there, found without the engine's rays.
        for a, b in zip(corners[:-1], corners[1:], strict=True):
            if (a[2] - height) * (b[2] - height) < 0:
                nerve = a + (height - a[2]) / (b[2] - a[2]) * (b - a)
                line = np.c_[np.full(600, left), np.linspace(40, -20, 600), np.full(600, height)]
                inside = bone.surface.contains(bone.frame.to_world(line))
                back = line[np.argmax(inside), 1]
                out, ahead = (1 if side == "left" else -1) * (nerve[0] - left), back - nerve[1]
                found.append((abs(np.degrees(np.arctan2(out, ahead)) - 15), np.hypot(out, ahead) - tube.radius_mm))
    assert told == pytest.approx(min(found)[1], abs=0.5)


def replace_reader(study, folder):
    return Study(subjects=study.subjects, reader=Reader(keep=folder), repeats=study.repeats, seed=study.seed)
