"""The bundled reference column, understood once."""

import pytest

from planner.anatomy import understand
from planner.reading import bundled_model, read_case


@pytest.fixture(scope="session")
def reference_surfaces():
    case = read_case([bundled_model("reference")])
    return {level: bone.surface for level, bone in case.bones.items() if level != "C1"}


@pytest.fixture(scope="session")
def reference(reference_surfaces):
    return understand(reference_surfaces)
