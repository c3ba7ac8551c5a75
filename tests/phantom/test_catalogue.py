"""Pathologies and faults by name, requests, and what is kept of them."""

import numpy as np
import pytest

from planner.errors import InputError
from planner.phantom import cache, vertebra
from planner.phantom.catalogue import mesh_faults, pathologies, wish
from planner.phantom.faults import FAULTS, done_to
from planner.phantom.making import Detail, made
from planner.phantom.meshing import crosses_itself, is_manifold
from planner.phantom.request import Request


@pytest.fixture(scope="module")
def bone():
    return vertebra("C5", seed=1, step_mm=1.2)


def test_arguments_come_in_order_by_name_or_both():
    assert wish("slip:C3,3.5").given == {"level": "C3", "forward_mm": 3.5}
    assert wish("slip:forward_mm=3.5,level=c3").given == {"level": "C3", "forward_mm": 3.5}
    assert wish("calcification:C4,left,volume_mm3=300,separate=yes").given == {
        "level": "C4", "side": "left", "volume_mm3": 300.0, "separate": True,
    }  # fmt: skip
    assert wish("mirrored", mesh_faults()).given == {}


@pytest.mark.parametrize(
    "text", ["slipp:C3,1", "slip:C3", "slip:C3,far", "slip:C3,1,2", "slip:C3,level=C4", "perch:C3,middle,2", "slip:x=1"]
)
def test_what_does_not_fit_is_refused_with_a_hint(text):
    with pytest.raises(InputError) as caught:
        wish(text)
    assert caught.value.hint


def test_every_pathology_says_what_it_does_and_takes_a_level_or_is_of_c2():
    for one in pathologies().values():
        assert one.text.endswith(".")
        assert "level" in {argument.name for argument in one.arguments}
        assert one.usage.startswith(one.name)


def test_a_level_that_is_not_there_is_named():
    with pytest.raises(InputError, match="C3"):
        Request(levels=("C4", "C5"), pathologies=("slip:C3,2",)).column()


def test_the_key_follows_the_wish():
    one = Request(levels=("C4",), seed=1)
    assert one.key == Request(levels=("C4",), seed=1).key
    others = {
        Request(levels=("C4",), seed=2).key, Request(levels=("C4",), seed=1, sex="male").key,
        Request(levels=("C4",), seed=1, faults=("mirrored",)).key, one.key,
    }  # fmt: skip
    assert len(others) == 4


def test_the_command_of_a_request_makes_it_again():
    request = Request(levels=("C3", "C4"), seed=5, sex="female", pathologies=("slip:C3,2.5",), lordosis_deg=-4.0)
    words = request.command.split()
    assert words[:5] == ["planner", "phantom", "column", "--levels", "C3-C4"]
    assert {"--seed", "5", "--sex", "female", "--pathology", "slip:C3,2.5", "--lordosis", "-4"} <= set(words)


def test_a_phantom_is_kept_and_a_broken_file_only_costs_time(tmp_path, monkeypatch):
    monkeypatch.setenv("PLANNER_CACHE", str(tmp_path))
    request, detail = Request(levels=("C4",), seed=1), Detail(step_mm=1.6, faces=0)
    first, truth = made(request, detail)
    (kept,) = (tmp_path / "phantoms").iterdir()
    monkeypatch.setattr("planner.phantom.making.meshes", lambda *_: pytest.fail("made again"))
    again, same = made(request, detail)
    assert np.array_equal(again["C4"].vertices, first["C4"].vertices)
    assert same == truth
    monkeypatch.undo()
    monkeypatch.setenv("PLANNER_CACHE", str(tmp_path))
    kept.write_bytes(b"not an archive")
    anew, _ = made(request, detail)
    assert np.array_equal(anew["C4"].faces, first["C4"].faces)
    assert cache.folder() == tmp_path / "phantoms"


@pytest.mark.parametrize(
    ("name", "given", "holds"),
    [
        ("holes", {"level": "C5"}, lambda s, _: not s.is_closed),
        ("flipped", {"level": "C5"}, lambda s, _: not is_manifold(s)),
        ("duplicated", {"level": "C5"}, lambda s, b: len(s.faces) == len(b.faces) + 200),
        ("crossing", {"level": "C5"}, lambda s, _: crosses_itself(s)),
        ("mirrored", {}, lambda s, b: np.allclose(s.vertices, b.vertices * [-1, 1, 1]) and s.volume_mm3 > 0),
        ("units", {"factor": 0.1}, lambda s, b: np.allclose(s.vertices * 10, b.vertices)),
    ],
)
def test_a_fault_is_made_logged_and_leaves_the_given_mesh_alone(bone, name, given, holds):
    before = bone.vertices.copy()
    changed, entry = done_to({"C5": bone}, name, given)
    assert holds(changed["C5"], bone)
    assert entry["fault"] == name
    assert len(entry) > 1
    assert np.array_equal(bone.vertices, before)
    assert bone.is_closed
    assert set(FAULTS) == set(mesh_faults())
