"""C2's own measures against the shapes that synthetic bones were built from."""

import numpy as np

from planner.anatomy.canal import canal_width, canal_width_about
from planner.anatomy.pose import find_pose
from planner.anatomy.readout import read_bone
from planner.phantom.column import column
from planner.phantom.meshing import mesh


def test_the_canals_margin_at_c2_is_not_read_where_the_arch_falls_away():
    """At the pars' own height the greatest width belongs to the funnel over the laminae in most of these persons."""
    off = []
    for seed in (1, 2, 3, 8):
        bone = column(("C2", "C3"), seed).bones["C2"]
        surface = mesh(bone.solid)
        read = read_bone(surface, find_pose(surface, "C2", None).frame, "C2")
        height = float(np.mean([cut.center[2] for cut in read.bridges.values()]))
        widths = (way(read.sounding, read.body, height) for way in (canal_width, canal_width_about))
        off.append([width - bone.shape.canal_width for width in widths])
    at_the_pars, about = np.median(off, axis=0)
    assert abs(about) < 0.6 < at_the_pars
