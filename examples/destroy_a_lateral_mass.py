"""
Destroy a lateral mass and see it found
=======================================

A phantom has what a patient has not: the truth. This script makes three synthetic vertebrae, bites away the
left lateral mass of the middle one, and asks the program what it sees. A phantom develops, tests and teaches;
it validates nothing about patients.

    python examples/destroy_a_lateral_mass.py
"""

# %%
# Make the column and destroy one mass. The log says what was really done.
import tempfile
from pathlib import Path

from planner.phantom import column, destroy_lateral_mass
from planner.planning import inspect_case
from planner.reading import read_case

healthy = column(("C3", "C4", "C5"), seed=3)
ill = destroy_lateral_mass(healthy, "C4", "left", seed=3)
print(f"done to the phantom: {ill.log[-1]}")


# %%
# Write the bones as a scanner's segmentation would give them, and read them back. OBJ knows nothing of axes
# or millimetres, so both are stated.
def write_obj(path, surface):
    vertices = "".join(f"v {x:.4f} {y:.4f} {z:.4f}\n" for x, y, z in surface.vertices)
    faces = "".join(f"f {a} {b} {c}\n" for a, b, c in surface.faces + 1)
    path.write_text(vertices + faces)


with tempfile.TemporaryDirectory() as folder:
    for level, surface in ill.surfaces(step_mm=0.7).items():
        write_obj(Path(folder) / f"{level}.obj", surface)
    case = read_case([folder], space="LPS", units="mm")

# %%
# What is found, and how much is said to be left. The other side is the reference.
found = inspect_case(case).assessment.findings
for finding in found:
    print(f"{finding.severity.value}: {finding.text}")

# %%
# The finding to look for:
seen = [f for f in found if f.code == "lateral_mass.destroyed"]
places = [f"{f.level} {f.side}" for f in seen]
print(f"destroyed masses found: {', '.join(places) or 'none'}")
