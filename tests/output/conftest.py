"""Pictures need off-screen rendering: where it cannot start a test skips, and in CI it fails."""

import os

import pytest

from planner.output.display import offscreen_problem


@pytest.fixture(scope="session")
def drawing():
    problem = offscreen_problem()
    if problem and os.environ.get("CI"):
        pytest.fail(problem)
    if problem:
        pytest.skip(problem)
