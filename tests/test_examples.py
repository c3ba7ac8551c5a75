"""Every example runs in a process of its own, without a display, and says something true."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"


def output(name, *arguments):
    hidden = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, EXAMPLES / name, *arguments],
        env=os.environ | hidden,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_bundled_case_has_an_entry_a_level_and_side_and_no_screw_in_the_lost_mass():
    text = output("plan_the_bundled_case.py")
    rows = re.findall(r"^(C[2-6] (?:left|right)) +(planned|caution|skipped) ", text, re.M)
    assert len({place for place, _ in rows}) == 10
    assert ("C3 left", "skipped") in rows
    assert sum(status == "planned" for _, status in rows) >= 5
    assert re.search(r"critical: .*C3 left.*destroyed", text)


def test_the_reference_column_measures_like_an_adult():
    text = output("measure_a_folder_of_meshes.py")
    canals = [float(mm) for mm in re.findall(r"^C[3-6] canal ap \(midline\): ([\d.]+) mm", text, re.M)]
    assert len(canals) == 4
    assert all(9 < mm < 18 for mm in canals)
    assert "norm " in text
    assert "not attested" in text


def test_the_destroyed_mass_is_found_where_it_is_and_only_there():
    text = output("destroy_a_lateral_mass.py")
    assert "destroyed masses found: C4 left\n" in text


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_examples_say_what_they_are_for_and_are_cut_into_cells(path):
    text = path.read_text(encoding="utf-8")
    assert re.match(r'"""\n(.+)\n=+\n', text)
    assert text.count("\n# %%\n") >= 3
