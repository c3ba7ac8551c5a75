"""Block columns of known numbers, and the real columns of PLANNER_REAL_DATA."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def blocks():
    """The module ``tests/assessment/block_column.py``."""
    path = Path(__file__).parents[1] / "assessment" / "block_column.py"
    spec = spec_from_file_location("block_column", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
