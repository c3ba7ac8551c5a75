"""Imports only go down: the rooms' order, and where the heavy libraries may be."""

import ast
from pathlib import Path

import pytest

import planner

ROOT = Path(planner.__file__).parent
MODULES = sorted(p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.py"))
GROUND = {"errors", "geometry", "reference"}
ANATOMY = GROUND | {"anatomy"}
ASSESSMENT = ANATOMY | {"assessment"}
PLANNING = ASSESSMENT | {"reading", "fixation", "construct", "decompression"}
MAY_IMPORT = {
    "": set(),
    "errors": set(),
    "geometry": {"errors"},
    "reference": {"errors"},
    "reading": GROUND,
    "anatomy": GROUND,
    "assessment": ANATOMY,
    "fixation": ASSESSMENT,
    "construct": ASSESSMENT | {"fixation"},
    # A lamina that a chosen screw needs must stay; a cut that steps onto one is a conflict of the construct.
    "decompression": ASSESSMENT | {"fixation", "construct"},
    "consequences": PLANNING,
    "planning": PLANNING | {"consequences"},
    "editing": PLANNING | {"consequences", "planning"},
    "document": PLANNING | {"consequences", "planning", "editing"},
    "output": PLANNING | {"consequences", "planning", "editing", "document"},
    "phantom": GROUND,
    "validation": PLANNING | {"planning", "document", "phantom"},
    "teaching": PLANNING | {"planning"},
    "cohort": PLANNING | {"planning", "document"},
    "cli": PLANNING | {"planning", "editing", "document", "output", "phantom", "teaching", "cohort", "validation"},
}


def room(path: str) -> str:
    first = path.split("/")[0].removesuffix(".py")
    return {"__init__": "", "__main__": "cli"}.get(first, first)


def imports(path: str) -> list[tuple[str, bool]]:
    """Every module imported in a file, and whether that happens only when a function runs."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    later = {n for f in ast.walk(tree) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef) for n in ast.walk(f)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node in later) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found += [(f"{node.module}.{alias.name}", node in later) for alias in node.names]
    return found


@pytest.mark.parametrize("path", MODULES)
def test_imports_go_down(path):
    for module, _ in imports(path):
        names = module.split(".")
        if names[0] == "planner" and names[1:] not in ([], ["__version__"]):
            assert names[1] in MAY_IMPORT[room(path)] | {room(path)}, f"{path} imports {module}"


@pytest.mark.parametrize("path", MODULES)
def test_pyvista_stays_in_output_and_inside_functions(path):
    for module, later in imports(path):
        if module.split(".")[0] == "pyvista":
            assert room(path) == "output", f"{path} imports pyvista"
            assert later, f"{path} imports pyvista at its top"


@pytest.mark.parametrize("path", [p for p in MODULES if room(p) == "cli"])
def test_the_command_line_imports_only_click_and_light_rooms_at_its_top(path):
    """Type-checking imports do not count: they never run."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    light = {
        "planner.cli",
        "planner.errors",
        "planner.reference.levels",
        "planner.reference.tables",
        "planner",
    }
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module.startswith("planner"):
            assert node.module in light or node.module.startswith("planner.cli."), f"{path}: {node.module}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            assert not {n.split(".")[0] for n in names} & {"numpy", "scipy", "trimesh", "rich", "pyvista"}, path
