"""Pictures need off-screen rendering and the report a browser: where one is missing a test skips, in CI it fails."""

from __future__ import annotations

import os
import shutil

import pytest

from planner.output.display import offscreen_problem

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SOFTWARE_GL = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")


def _missing(problem):
    if os.environ.get("CI"):
        pytest.fail(problem)
    pytest.skip(problem)


@pytest.fixture(scope="session")
def drawing():
    problem = offscreen_problem()
    if problem:
        _missing(problem)


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium without a screen, driven by Playwright; WebGL is drawn in software."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        _missing("No Chromium is installed (Debian: chromium).")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=program, args=SOFTWARE_GL)
        yield chromium
        chromium.close()
