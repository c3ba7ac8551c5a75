"""Pictures need off-screen rendering, the report a browser, the window a screen: else a test skips, in CI it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from planner.geometry.surface import Surface
from planner.output.display import offscreen_problem

HOSTILE = "</script><img src=x onerror=\"document.title='had'\"> & 'C4' {{ 7 * 7 }}"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SOFTWARE_GL = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")


def _missing(problem):
    if os.environ.get("CI"):
        pytest.fail(problem)
    pytest.skip(problem)


@pytest.fixture(scope="session")
def missing():
    """What a test calls with a sentence where something it needs is not installed."""
    return _missing


@pytest.fixture(scope="session")
def hostile():
    """A name that breaks out of text, attribute, script and template wherever it is not escaped."""
    return HOSTILE


@pytest.fixture(scope="session")
def hostile_plan(sample_plan):
    """The small plan with that name for the case, its files, a note, and a keep-out, which is drawn."""
    case, ball = sample_plan.case, trimesh.creation.icosphere(2, 3.0)
    ball.apply_translation([0.0, 45.0, -10.0])
    files = tuple(replace(f, path=f"{HOSTILE}/{f.level}.stl") for f in case.files)
    avoid = {HOSTILE: Surface(vertices=np.array(ball.vertices), faces=np.array(ball.faces))}
    return replace(sample_plan, case=replace(case, name=HOSTILE, files=files, notes=(HOSTILE,), avoid=avoid))


@pytest.fixture(scope="session")
def drawing():
    problem = offscreen_problem()
    if problem:
        _missing(problem)


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium without a screen, driven by Playwright; WebGL is drawn in software.

    For one module: while it is open its event loop runs, and nobody else's can.
    """
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        _missing("No Chromium is installed (Debian: chromium).")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=program, args=SOFTWARE_GL)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def screen(drawing):
    """A virtual screen (Debian's Xvfb) for one module; its number is in DISPLAY while it stands."""
    program = shutil.which("Xvfb")
    if program is None:
        _missing("No virtual screen is installed (Debian: xvfb).")
    read, write = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(write), "-screen", "0", "1400x1100x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", f":{number}")
        yield number
    server.terminate()
    server.wait()
