"""Version, citation and changelog agree; what README promises a newcomer is in it."""

import re
import tomllib
from pathlib import Path

import planner

ROOT = Path(__file__).parent.parent


def test_version_citation_and_changelog_agree():
    citation = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(), re.M)[1]
    newest = re.search(r"^## (\d[\d.]*) - ", (ROOT / "CHANGELOG.md").read_text(), re.M)[1]
    assert citation == newest == planner.__version__


def test_readme_holds_the_two_commands():
    commands = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert commands[0].endswith("planner plan --levels C2-C6")
    assert commands[1].endswith("pytest")


def test_every_dependency_is_explained_in_the_readme():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    readme = (ROOT / "README.md").read_text()
    for requirement in project["dependencies"]:
        assert f"`{re.split('[<>=]', requirement)[0]}`" in readme


def test_no_machine_path_is_in_the_tree():
    for path in [*ROOT.glob("*.md"), *(ROOT / "planner").rglob("*.py"), *(ROOT / "planner").rglob("*.toml")]:
        text = path.read_text(encoding="utf-8")
        assert "/tmp/" not in text, path
        assert "/work/" not in text, path


def test_models_are_small_and_described():
    folders = [p for p in (ROOT / "models").iterdir() if p.is_dir()]
    assert {"reference", "ssc-c3-c4"} <= {p.name for p in folders}
    assert sum(f.stat().st_size for p in folders for f in p.rglob("*")) < 25e6
    for folder in folders:
        card = tomllib.loads((folder / "model.toml").read_text())
        assert card["space"] == "LPS"
        assert card["units"] == "mm"
