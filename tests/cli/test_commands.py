"""The other commands, and what holds for all of them."""

import json
import shutil
import subprocess
import sys

import click
import pytest

from planner import __version__
from planner.cli import COMMANDS, LazyGroup, main
from planner.errors import InputError
from planner.reference.levels import levels


def test_help_is_light():
    """No heavy library is imported to show the help."""
    code = (
        "import sys\nsys.argv = ['planner', '--help']\n"
        "from planner.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'scipy', 'trimesh', 'rich', 'pyvista', 'vtkmodules', 'igl'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("HEAVY []")
    assert "plan " in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_has_help(name, run):
    command = main.get_command(click.Context(main), name)
    assert command.name == name
    for flag in ("-h", "--help"):
        assert run(name, flag).exit_code == 0


def test_unknown_commands_are_usage_errors(run):
    assert run("plann").exit_code == 2
    assert isinstance(main, LazyGroup)


def test_version(run):
    assert __version__ in run("--version").stdout


def test_completion_offers_commands_levels_and_techniques():
    from click.shell_completion import ShellComplete

    def offered(words, start):
        return {item.value for item in ShellComplete(main, {}, "planner", "_X").get_completions(words, start)}

    assert offered([], "") >= {"plan", "inspect", "levels"}
    assert "C2-C6" in offered(["plan", "--levels"], "c2")
    assert "C3=magerl" in offered(["plan", "--technique"], "C3=m")
    assert "left=pars" in offered(["plan", "--c2"], "left=pa")


@pytest.mark.parametrize(("name", "key"), [("techniques", "id"), ("levels", "name"), ("formats", "name")])
def test_lists_hold_the_tables(name, key, run):
    items = json.loads(run(name, "--json").stdout)[name]
    shown = run(name).stdout
    assert items
    assert all(str(item[key]) in shown for item in items)
    if name != "formats":
        assert all(item["source"] for item in items)


def test_levels_are_all_there(run):
    assert [item["name"] for item in json.loads(run("levels", "--json").stdout)["levels"]] == list(levels())


def test_inspect_prints_the_document_and_writes_only_when_told(run, column, walk):
    result = run("inspect", column, "--json")
    assert json.loads(result.stdout)["schema"] == "cervical-planner/inspection/1"
    assert not list(run.folder.iterdir())
    written = run("inspect", column, "-o", "seen")
    assert written.exit_code == 0
    assert json.loads((run.folder / "seen" / "inspection.json").read_text())["levels"][0] == "C2"


def test_view_draws_a_case_and_a_plan(run, column, walk, monkeypatch):
    drawn = []
    monkeypatch.setattr("planner.output.pictures.screenshot_scene", lambda *a: drawn.append(a))
    assert run("view", column, "--screenshot", "a.png").exit_code == 0
    run("plan", column, "-o", "p")
    assert run("view", "p", "--screenshot", "b.png", "--view", "lateral_left").exit_code == 0
    assert [(str(file), view) for _, file, view in drawn] == [
        ("a.png", "posterior"),
        ("b.png", "lateral_left"),
    ]


def test_view_refuses_what_it_cannot_show(run, column, walk):
    (run.folder / "plan.json").write_text('{"schema": "something else"}')
    result = run("view", "plan.json", "--screenshot", "a.png")
    assert (result.exit_code, "not a plan document" in result.stderr) == (1, True)
    result = run("view", column, "--screenshot", "no/such/a.png")
    assert (result.exit_code, "does not exist" in result.stderr) == (1, True)


@pytest.fixture
def opened(monkeypatch):
    """What a window was opened with, without a window."""
    windows = []
    monkeypatch.setattr("planner.output.window.require_screen", lambda: None)
    monkeypatch.setattr("planner.output.window.show", lambda seen, **how: windows.append((seen, how)))
    return windows


def test_view_opens_a_window_and_an_edit_gets_a_folder_of_its_own(run, column, walk, opened):
    run("plan", column, "-o", "p")
    assert run("view", "p").exit_code == 0
    ((seen, how),) = opened
    assert set(seen.bones) == set(seen.document["anatomy"])
    first = how["save"]({**seen.document, "warnings": ["one"]})
    again = how["save"]({**seen.document, "warnings": ["two"]})
    assert first == again == run.folder.resolve() / "p-edited"
    assert json.loads((first / "plan.json").read_text())["warnings"] == ["two"]
    assert json.loads((run.folder / "p" / "plan.json").read_text()) == seen.document
    run("view", "p")
    assert opened[1][1]["save"](seen.document).name == "p-edited-2"
    refused = run("view", "p", "-o", "p-edited")
    assert (refused.exit_code, "exists already" in refused.stderr) == (1, True)


def test_a_plan_whose_files_are_gone_is_shown_without_bones_and_cannot_be_edited(run, column, walk, opened):
    run("plan", column, "-o", "p")
    shutil.rmtree(column)
    result = run("view", "p")
    assert result.exit_code == 0
    assert "screws cannot be moved" in " ".join(result.stderr.split())
    ((seen, how),) = opened
    assert not seen.bones
    with pytest.raises(InputError, match="is not there"):
        how["bench"]()
    assert run("view", "p", "--screenshot", "a.png").exit_code == 1


def test_a_case_has_no_screws_to_edit(run, column, walk, opened):
    assert run("view", column).exit_code == 0
    ((seen, how),) = opened
    assert (how["bench"], how["save"]) == (None, None)
    assert seen.document["schema"].startswith("cervical-planner/inspection")


def test_view_takes_one_way_of_showing(run, column, walk):
    assert run("view", column, "--web", "--movie", "a.gif").exit_code == 2


def test_python_m_planner_and_no_color():
    done = subprocess.run(
        [sys.executable, "-m", "planner", "levels", "--no-color"], capture_output=True, text=True, check=True
    )
    assert "\x1b" not in done.stdout


def test_report_is_made_again_and_never_over_another_file(run, column, walk, monkeypatch):
    made = []
    monkeypatch.setattr("planner.output.report.parts_of", lambda seen, apart: None)
    monkeypatch.setattr("planner.output.report.write_report", lambda seen, file, **how: made.append((str(file), how)))
    run("plan", column, "-o", "p")
    assert run("report", "p").exit_code == 0
    assert run("report", "p/plan.json", "-o", "a.html").exit_code == 0
    assert [file for file, _ in made] == ["p/report.html", "a.html"]
    assert {str(how["pictures"]) for _, how in made} == {"p"}
    (run.folder / "a.html").touch()
    for arguments, words in (
        (("p", "-o", "a.html"), "exists already"),
        (("p", "-o", "p"), "is a folder"),
        (("p", "-o", "no/a.html"), "does not exist"),
        ((column,), "is not a plan"),
    ):
        result = run("report", *arguments)
        assert (result.exit_code, words in result.stderr) == (1, True)
    assert run("report", "p", "-o", "a.html", "--force").exit_code == 0
    assert len(made) == 3


def test_report_says_which_bone_is_gone(run, column, walk):
    run("plan", column, "-o", "p")
    (column / "C4.stl").unlink()
    result = run("report", "p")
    assert (result.exit_code, "C4.stl" in result.stderr, "is not there" in result.stderr) == (1, True, True)
    assert not (run.folder / "p" / "report.html").exists()
