"""``planner phantom``: folders, truth, refusals."""

import json
import tomllib

import numpy as np
import pytest

FAST = ("--step", "1.6", "--no-cache", "-q")


def test_list_names_models_pathologies_and_faults(run):
    items = json.loads(run("phantom", "list", "--json").stdout)["phantoms"]
    names = {
        item["kind"]: {one["name"].split(":")[0] for one in items if one["kind"] == item["kind"]} for item in items
    }
    assert {"reference", "ssc-c3-c4"} <= names["model"]
    assert {"slip", "laminectomy", "high-riding-artery"} <= names["pathology"]
    assert "holes" in names["fault"]
    assert "slip:level,forward_mm" in run("phantom", "list").stdout


def test_make_writes_bones_truth_and_card_that_reading_understands(run):
    from planner.reading import read_case

    result = run("phantom", "column", "--levels", "C4-C5", "--pathology", "slip:C4,2.5", *FAST, "-o", "out", "--json")
    assert result.exit_code == 0
    truth = json.loads(result.stdout)
    assert truth["operators"][0]["slip_mm"] == pytest.approx(2.5)
    folder = run.folder / "out"
    assert sorted(path.name for path in folder.iterdir()) == ["C4.ply", "C5.ply", "model.toml", "truth.json"]
    assert json.loads((folder / "truth.json").read_text()) == truth
    card = tomllib.loads((folder / "model.toml").read_text())
    assert "--pathology slip:C4,2.5" in card["made"]["command"]
    assert "--step 1.6" in card["made"]["command"]
    assert set(read_case([folder]).bones) == {"C4", "C5"}


def test_the_same_command_writes_the_same_bytes(run):
    for name in ("a", "b"):
        assert (
            run("phantom", "make", "--level", "C6", "--seed", "4", *FAST, "--format", "stl", "-o", name).exit_code == 0
        )
    for path in (run.folder / "a").iterdir():
        assert path.read_bytes() == (run.folder / "b" / path.name).read_bytes(), path.name


def test_an_existing_phantom_is_replaced_only_with_force(run):
    again = ("phantom", "make", "--level", "C4", *FAST, "-o", "out")
    assert run(*again).exit_code == 0
    refused = run(*again)
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert run(*again, "-f").exit_code == 0


def test_labels_lie_where_the_bone_lies(run):
    import gzip

    done = run("phantom", "make", "--level", "C4", *FAST, "--scan", "1.0x1.0x1.5", "--labels", "-o", "out")
    assert done.exit_code == 0
    header = gzip.decompress((run.folder / "out" / "labels.nii.gz").read_bytes())
    shape = np.frombuffer(header, "<i2", 4, 40)[1:]
    matrix = np.frombuffer(header, "<f4", 12, 280).reshape(3, 4)
    start = int(np.frombuffer(header, "<f4", 1, 108)[0])
    labels = np.frombuffer(header, np.uint8, int(shape.prod()), start).reshape(shape, order="F")
    assert set(np.unique(labels)) == {0, 4}
    ras = np.argwhere(labels == 4) @ matrix[:, :3].T + matrix[:, 3]
    from planner.reading import read_case

    surface = read_case([run.folder / "out"]).bones["C4"].surface
    assert np.allclose(ras * [-1, -1, 1] @ np.eye(3), np.clip(ras * [-1, -1, 1], *surface.bounds + [[-1.6], [1.6]]))
    assert surface.contains(ras * [-1, -1, 1]).mean() > 0.8


def test_a_fault_is_in_the_truth_and_in_the_mesh(run):
    result = run("phantom", "make", "--level", "C5", *FAST, "--fault", "holes:C5,2", "-o", "out", "--json")
    assert json.loads(result.stdout)["mesh_faults"][0]["holes"] == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("phantom", "make"), 2),
        (("phantom", "make", "nothing"), 1),
        (("phantom", "make", "reference", "--level", "C4"), 2),
        (("phantom", "make", "--level", "C4", "--pathology", "slip:C9,1"), 1),
        (("phantom", "make", "--level", "C4", "--scan", "0.01"), 1),
        (("phantom", "make", "--level", "C4", "--scan", "1", "--separated"), 2),
        (("phantom", "column", "--levels", "C3,C5"), 2),
        (("phantom", "column", "--levels", "C6-T1"), 2),
    ],
)
def test_what_cannot_be_made_is_said_and_leaves_nothing(run, arguments, code):
    result = run(*arguments, "-o", "out", "-q")
    assert result.exit_code == code
    assert "Traceback" not in result.stderr
    assert not (run.folder / "out").exists()
