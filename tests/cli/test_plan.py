"""`planner plan`: what it writes, prints and refuses."""

import json

import pytest

from planner.cli.result_folder import result_folder
from planner.errors import InputError, OutputError


def sentence_and_hint(result):
    """stderr is notes, one error sentence and at most one hint."""
    lines = [line for line in result.stderr.splitlines() if not line.startswith("Note: ")]
    assert lines[0].startswith("Error: ")
    assert all(line.startswith("Hint: ") for line in lines[1:])
    assert len(lines) <= 2
    assert result.stdout == ""
    return lines[0]


def test_a_plan_is_written_and_printed(run, column, walk):
    result = run("plan", column, "--levels", "C2-C6")
    assert result.exit_code == 0
    document = json.loads((run.folder / "plan-neck" / "plan.json").read_text())
    assert document["levels"] == ["C2", "C3", "C4", "C5", "C6"]
    assert "neck" in result.stdout
    assert "LPS was assumed" not in result.stderr
    assert any("LPS was assumed" in note for note in document["case"]["notes"])
    assert [p.name for p in run.folder.iterdir()] == ["plan-neck"]


def test_json_is_the_written_document_and_nothing_else(run, column, walk):
    result = run("plan", column, "--json", "-v", "-o", "here")
    assert result.stdout == (run.folder / "here" / "plan.json").read_text()
    assert json.loads(result.stdout)["schema"] == "cervical-planner/plan/1"
    assert "planning" in result.stderr


def test_quiet_says_nothing(run, column, walk):
    result = run("plan", column, "-q")
    assert (result.exit_code, result.output) == (0, "")


def test_levels_default_to_those_of_c2_to_c6_that_are_there(run, column, walk):
    (column / "C6.stl").unlink()
    run("plan", column)
    assert walk.asked.levels == ("C2", "C3", "C4", "C5")


def test_every_option_arrives(run, column, walk):
    result = run(
        "plan", column, "--levels", "C2-C5", "--technique", "C3:left=skip", "--technique", "magerl",
        "--technique", "C4=auto", "--c2", "pars", "--c2", "left=translaminar", "--reduce", "c3-c4",
        "--decompress", "none", "--execution", "robot", "--seed", "7", "--sex", "female", "--age", "60",
        "--pose", "auto", "--strict", "--attest-sides",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    asked = walk.asked
    assert dict(asked.technique) == {
        ("C3", "left"): "skip",
        ("C3", "right"): "magerl",
        ("C5", "left"): "magerl",
        ("C5", "right"): "magerl",
    }
    assert dict(asked.c2) == {"left": "translaminar", "right": "pars"}
    assert (asked.reduce, asked.decompress, asked.execution, asked.seed) == ("C3-C4", "none", "robot", 7)
    assert (asked.sex, asked.age, asked.pose, asked.strict) == ("female", 60, "auto", True)
    assert json.loads((run.folder / "plan-neck" / "plan.json").read_text())["case"]["side_attested"] is True


@pytest.mark.parametrize(
    "arguments",
    [
        ["--levels", "C9"],
        ["--levels", "C1-C3"],
        ["--levels", "C6-C2"],
        ["--technique", "nonsense"],
        ["--technique", "C3=pars"],
        ["--technique", "C2=pars"],
        ["--technique", "C3:middle=magerl"],
        ["--technique", "C7=pedicle"],
        ["--c2", "magerl"],
        ["--c2", "up=pars"],
        ["--levels", "C3-C4", "--c2", "pars"],
        ["--execution", "lottery"],
        ["--units", "yard"],
        ["--reduce", "C3"],
        ["--reduce", "C3,C4"],
        ["--age", "-1"],
        ["--labels", "verse"],
    ],
)
def test_wrong_usage_ends_with_2_and_writes_nothing(arguments, run, column, walk):
    result = run("plan", column, *arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert result.stdout == ""
    assert not list(run.folder.iterdir())


@pytest.mark.parametrize(
    ("failing", "arguments", "code"),
    [
        ((), ["--technique", "magerl"], 0),
        (("C3 left",), [], 0),
        (("C3 left",), ["--technique", "magerl"], 3),
        (("C3 left",), ["--technique", "C3:right=magerl"], 0),
        (("C3 left",), ["--technique", "auto"], 0),
        (("C3 left",), ["--technique", "C3:left=skip", "--strict"], 0),
        (("C3 left",), ["--strict"], 3),
        (("C2 right",), ["--c2", "pedicle"], 3),
        (("C2 right",), ["--c2", "left=pedicle"], 0),
    ],
)
def test_3_if_and_only_if_a_choice_that_was_named_fails(failing, arguments, code, run, column, walk):
    walk.failing = failing
    result = run("plan", column, *arguments)
    assert result.exit_code == code
    assert (run.folder / "plan-neck" / "plan.json").is_file()
    walk.failing = ()


BAD_FILES = {
    "empty": (lambda f: (f / "C4.stl").write_bytes(b""), "empty file"),
    "text": (lambda f: (f / "C4.stl").write_text("Dear sir,\n"), "is text"),
    "zero faces": (lambda f: (f / "C4.stl").write_bytes(bytes(84)), "no triangles"),
    "one triangle": (
        lambda f: (f / "C4.obj").write_text("v 0 0 0\nv 50 0 0\nv 0 50 9\nf 1 2 3\n") and (f / "C4.stl").unlink(),
        "1 triangle",
    ),
    "two files a level": (lambda f: (f / "x_C4.stl").write_bytes((f / "C4.stl").read_bytes()), "named C4"),
    "absent level": (lambda f: (f / "C4.stl").unlink(), "C4 is not in the case"),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_bad_files_end_with_1_sentence_and_nothing_written(what, run, column, walk):
    spoil, words = BAD_FILES[what]
    spoil(column)
    result = run("plan", column, "--levels", "C2-C6")
    assert result.exit_code == 1
    assert words in sentence_and_hint(result)
    assert not list(run.folder.iterdir())


def test_nan_and_missing_files(run, nan_case):
    assert "not finite" in sentence_and_hint(run("plan", nan_case))
    missing = run("plan", "no/such/file.stl")
    assert (missing.exit_code, "does not exist" in sentence_and_hint(missing)) == (1, True)
    assert not list(run.folder.iterdir())


def test_an_existing_plan_is_kept_without_force_and_replaced_with_it(run, column, walk):
    assert run("plan", column, "--seed", "1").exit_code == 0
    target = run.folder / "plan-neck"
    before = (target / "plan.json").read_text()
    (target / "old.png").touch()
    result = run("plan", column, "--seed", "2")
    assert result.exit_code == 1
    assert "exists already" in sentence_and_hint(result)
    assert (target / "plan.json").read_text() == before
    assert run("plan", column, "--seed", "2", "--force").exit_code == 0
    assert json.loads((target / "plan.json").read_text())["provenance"]["seed"] == 2
    assert [p.name for p in target.iterdir()] == ["plan.json"]
    assert [p.name for p in run.folder.iterdir()] == ["plan-neck"]


def test_force_never_removes_a_folder_that_is_no_plan(run, column, walk):
    (run.folder / "photos").mkdir()
    (run.folder / "photos" / "one.jpg").touch()
    result = run("plan", column, "-o", "photos", "--force")
    assert (result.exit_code, "not a result" in sentence_and_hint(result)) == (1, True)
    assert (run.folder / "photos" / "one.jpg").exists()


def test_a_folder_that_cannot_be_made_is_found_before_the_work(run, column, walk):
    (run.folder / "file").touch()
    walk.error = AssertionError("planning must not start")
    for out in ("file", "file/plan"):
        result = run("plan", column, "-o", out)
        assert result.exit_code == 1
        sentence_and_hint(result)
    walk.error = None
    assert [p.name for p in run.folder.iterdir()] == ["file"]


def test_a_failure_in_the_middle_leaves_nothing(run, column, walk):
    walk.error = InputError("The bone is upside down.", "Is it?")
    result = run("plan", column, "-o", "a/b/plan")
    walk.error = None
    assert sentence_and_hint(result) == "Error: The bone is upside down."
    assert "LPS was assumed" in result.stderr  # what may explain an error is said with it
    assert not list(run.folder.iterdir())


def test_without_a_case_the_source_case_is_planned_and_named(run, column, walk, monkeypatch):
    monkeypatch.setattr("planner.reading.bundled_model", lambda name: column)
    result = run("plan")
    assert result.exit_code == 0
    assert "ssc-c3-c4" in result.stderr


def test_pictures_that_cannot_be_drawn_cost_a_sentence_not_the_plan(run, column, walk, monkeypatch):
    monkeypatch.setattr("planner.output.display.offscreen_problem", lambda: "No library for pictures.")
    result = run("plan", column)
    assert result.exit_code == 0
    assert "Note: No library for pictures." in result.stderr


def test_a_full_disk_is_one_sentence_and_leaves_nothing(run, column, walk, monkeypatch):
    def full(plan, folder, say, document):
        (folder / "half.png").touch()
        raise OSError(28, "No space left on device", str(folder / "half.png"))

    monkeypatch.setattr("planner.output.pictures.write_pictures", full)
    result = run("plan", column)
    assert (result.exit_code, "No space left" in sentence_and_hint(result)) == (1, True)
    assert not list(run.folder.iterdir())


def test_an_empty_folder_and_a_link_to_a_plan_can_be_written(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    for text, force in (("one", False), ("two", True)):
        with result_folder(link, marker="plan.json", force=force) as folder:
            (folder / "plan.json").write_text(text)
        assert (real / "plan.json").read_text() == text
    assert link.is_symlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "real"]


def test_a_result_folder_keeps_the_old_one_when_the_new_one_fails(tmp_path):
    target = tmp_path / "plan"
    with result_folder(target, marker="plan.json", force=False) as folder:
        (folder / "plan.json").write_text("old")

    def fail():
        with result_folder(target, marker="plan.json", force=True) as folder:
            (folder / "plan.json").write_text("new")
            raise OutputError("The disk is full.")

    with pytest.raises(OutputError):
        fail()
    assert (target / "plan.json").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["plan"]
    assert target.stat().st_mode & 0o777 != 0o700


def test_the_choices_of_construct_and_decompression_arrive(run, column, walk):
    result = run(
        "plan", column, "--reduce", "c3-c4", "--reduce-percent", "40", "--trough", "groove", "--undercut",
        "--implants", "house.toml",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    asked = walk.asked
    assert (asked.reduce, asked.reduce_percent, asked.trough, asked.undercut) == ("C3-C4", 40.0, "groove", True)
    assert asked.implants == "house.toml"
    document = json.loads((run.folder / "plan-neck" / "plan.json").read_text())
    assert document["provenance"]["options"]["reduce_percent"] == 40.0
    assert document["options_compared"] == []


@pytest.mark.parametrize("wrong", [("--reduce-percent", "120"), ("--reduce-percent", "-1"), ("--trough", "wide")])
def test_choices_out_of_range_are_usage_errors(run, column, walk, wrong):
    assert run("plan", column, *wrong).exit_code == 2
    assert walk.asked is None
