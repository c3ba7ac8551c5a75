"""A machine without rendering libraries gets a sentence with package names, not a crash."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from planner.output.display import HINT, offscreen_problem


def test_answer_is_none_or_a_sentence():
    problem = offscreen_problem()
    assert problem is None or problem.startswith("Pictures cannot be drawn here")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Hides EGL in the way of Linux.")
def test_missing_libraries_are_named_instead_of_a_crash():
    hidden = {
        **os.environ,
        "__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent.json",
        "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow",
    }
    hidden.pop("DISPLAY", None)
    ask = "from planner.output.display import offscreen_problem; print(offscreen_problem())"
    done = subprocess.run([sys.executable, "-c", ask], env=hidden, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert HINT in done.stdout or done.stdout.strip() == "None"  # None: OSMesa stood in
    if done.stdout.strip() != "None":
        assert "libegl1" in done.stdout
        assert "libgl1-mesa-dri" in done.stdout
