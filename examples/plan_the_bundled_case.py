"""
Plan the bundled case
=====================

The model ``ssc-c3-c4`` is a synthetic column after a published case: C3 has slipped on C4, and on the left
calcification stands where two lateral masses were. This script plans its fixation from C2 to C6 and prints
one line for every level and side. Name a folder to keep the plan and, where pictures can be drawn, a view:

    python examples/plan_the_bundled_case.py [FOLDER]
"""

# %%
# Read the case. A model says itself which way its axes point; for your own files see the next example.
import sys
from pathlib import Path

from planner.document import plan_document, write_json
from planner.planning import PlanOptions, make_plan
from planner.reading import bundled_model, read_case

case = read_case([bundled_model("ssc-c3-c4")])
print(f"{case.name}: {', '.join(case.bones)}, axes {case.space} ({case.space_source})")

# %%
# Plan it. ``auto`` chooses among the techniques that the acceptance table allows, and skips with a reason.
plan = make_plan(case, PlanOptions(levels=("C2", "C3", "C4", "C5", "C6")))

# %%
# One entry a level and side: a screw with its numbers, or the reason why there is none.
for fixation in plan.fixations:
    place = f"{fixation.level} {fixation.side:5}"
    if fixation.chosen is None:
        print(f"{place}  {fixation.status.value:8} no screw")
        continue
    screw, hold = fixation.chosen.screw, fixation.chosen.purchase_mm
    print(
        f"{place}  {fixation.status.value:8} {fixation.chosen.anchor.replace('_', ' '):13}"
        f"{screw.diameter_mm:g} x {screw.length_mm:g} mm, {hold:.1f} mm of thread in bone"
    )

# %%
# What was found decides. The worst findings are those that take an anchor away.
for finding in plan.assessment.findings:
    if finding.severity == "critical":
        print(f"critical: {finding.text}")

# %%
# Keep the plan if a folder was named. The document needs no display; the picture does.
if len(sys.argv) > 1:
    from planner.errors import MissingLibrary
    from planner.output.pictures import screenshot

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    print(f"Written: {write_json(plan_document(plan), folder / 'plan.json')}")
    try:
        print(f"Written: {screenshot(plan, folder / 'posterior.png')}")
    except MissingLibrary as problem:
        print(f"No picture: {problem}")
