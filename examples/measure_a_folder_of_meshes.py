"""
Measure a folder of meshes
==========================

Reads a folder with one mesh a vertebra (``C3.stl``, ``case7_C4.obj`` ...), finds its landmarks and prints its
measurements beside published norms. Meshes seldom say which way their axes point, so it is asked for:
three letters, the direction each axis grows towards, such as ``RAS`` or ``LPS``.

    python examples/measure_a_folder_of_meshes.py [FOLDER [SPACE]]

Without a folder the bundled reference column is measured.
"""

# %%
# Read and understand. Nothing is guessed: axes that contradict the bones end in an error with a question.
import sys

from planner.planning import inspect_case
from planner.reading import bundled_model, read_case

folder = sys.argv[1] if len(sys.argv) > 1 else bundled_model("reference")
case = read_case([folder], space=sys.argv[2] if len(sys.argv) > 2 else None)
inspection = inspect_case(case)

# %%
# How sure is the pose of each bone, and which landmarks were not found? An absent one is never made up.
for level, vertebra in inspection.vertebrae.items():
    absent = [mark.name for mark in vertebra.landmarks.values() if not mark.located]
    print(f"{level}: pose {vertebra.pose.confidence:.0%} sure; absent: {', '.join(absent) or 'none'}")

# %%
# A z-score stands only where a published norm measures exactly the same thing. A value that could not be
# measured is nan.
for measure in inspection.assessment.measurements:
    name, norm = measure.name.replace("_", " "), measure.norm
    line = f"{measure.level} {name} ({measure.side}): {measure.value:.1f} {measure.unit}"
    if norm is not None:
        line += f"; norm {norm.mean:.1f} +- {norm.sd:.1f}, z {measure.z:+.1f}, {norm.source}"
    print(line)

# %%
# Left and right are only as good as the file: a mirrored bone looks like a bone.
if not case.side_attested:
    print("Left and right are as the files declare, not attested.")
