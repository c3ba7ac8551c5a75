"""`planner validate`: cases with their truth, tables chosen by name, files written, honest output."""

import csv
import json

import pytest

from planner.reading import bundled_model


@pytest.fixture
def reference():
    return bundled_model("reference")


def test_tables_of_a_phantom_against_its_own_truth(run, reference):
    """One bone of the bundled reference column, read for real."""
    done = run(
        "validate", reference, "--levels", "C4", "--table", "frame", "--table", "landmarks", "-o", "out",
        "--no-pictures", "--json",
    )  # fmt: skip
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document["schema"] == "cervical-planner/validation/1"
    assert document["cases"] == [{"name": "reference", "kind": "synthetic", "levels": ["C4"], "truth": True}]
    rows = {(r["table"], r["what"]): r for r in document["rows"]}
    assert rows["frame", "upright"]["mean"] == 1.0
    assert rows["frame", "L axis"]["max"] < 2.0
    assert rows["landmarks", "all points"]["n"] >= 14
    out = run.folder / "out"
    assert json.loads((out / "validation.json").read_text()) == document
    with (out / "records.csv").open() as file:
        records = list(csv.DictReader(file))
    assert {r["table"] for r in records} == {"frame", "landmarks"}
    assert len(list(csv.DictReader((out / "rows.csv").open()))) == len(document["rows"])
    assert not list(out.glob("*.png"))
    assert run("validate", reference, "--levels", "C4", "--table", "frame", "-o", "out").exit_code == 1


def test_readable_tables_name_what_is_not_met(run, reference, tmp_path):
    """With truth moved by 5 mm every point is off, and the output says which."""
    truth = json.loads((reference / "truth.json").read_text())
    for point in truth["levels"]["C4"]["points"].values():
        point["xyz"][1] += 5.0
    file = tmp_path / "moved.json"
    file.write_text(json.dumps(truth))
    done = run("validate", reference, "--levels", "C4", "--truth", file, "--table", "landmarks", "--no-color")
    assert done.exit_code == 0
    assert "NO" in done.stdout
    assert "landmarks (synthetic), all points: mean <= 1, p95 <= 2.5" in done.stdout
    assert "reference C4" in done.stdout


def test_misuse_is_a_usage_error(run, reference):
    assert run("validate", reference, "--table", "nonsense").exit_code == 2
    assert run("validate", reference, reference, "--truth", reference / "truth.json").exit_code == 2
    assert run("validate", reference, "--repeats", "0").exit_code == 2


def test_each_case_has_its_space(run):
    from pathlib import Path

    from planner.cli.validate import _space

    spaces = ("LPS", "neck=RAS")
    assert _space(Path("data/neck"), spaces) == "RAS"
    assert _space(Path("data/other"), spaces) == "LPS"
    assert _space(Path("data/other"), ("neck=RAS",)) is None
