from dataclasses import replace

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.assessment.alignment import segment_findings
from planner.assessment.joint import facet_state
from planner.assessment.segment import motion_segment
from planner.geometry.surface import Surface


def pair(blocks, forward=0.0, up=0.0):
    column = blocks.column(("C3", "C4"), {"C3": np.array([0.0, -forward, up])})
    return column["C3"], column["C4"]


def test_an_aligned_pair_has_no_slip(blocks):
    segment = motion_segment(*pair(blocks))
    assert segment.listhesis_mm == pytest.approx(0.0, abs=0.02)
    assert segment.angle_deg == pytest.approx(0.0, abs=0.1)
    assert segment.name == "C3-C4"


@settings(max_examples=8, deadline=None)
@given(forward=st.floats(-3.0, 7.0))
def test_a_planted_slip_is_read_in_mm_and_percent(blocks, forward):
    segment = motion_segment(*pair(blocks, forward))
    assert segment.listhesis_mm == pytest.approx(forward, abs=0.05)
    assert segment.listhesis_percent == pytest.approx(100 * forward / 16.0, abs=0.5)


def test_a_slip_pinches_obliquely_but_not_axially(blocks):
    straight, slipped = motion_segment(*pair(blocks)), motion_segment(*pair(blocks, 4.0))
    assert slipped.canal_min_ap_mm == pytest.approx(straight.canal_min_ap_mm)
    assert straight.canal_min_ap_mm == pytest.approx(14.0)
    assert straight.canal_min_area_mm2 == pytest.approx(22 * 14)
    # Lower corner at p = 8, s = 6; the upper's inner lamina ends at p = 22, s = 11 seen from below.
    assert straight.pincer_mm == pytest.approx(np.hypot(14.0, 5.0), abs=0.3)
    assert slipped.pincer_mm == pytest.approx(np.hypot(10.0, 5.0), abs=0.3)


@pytest.mark.parametrize("forward", [0.0, 2.0, 5.0])
def test_facet_overlap_along_the_slope(blocks, forward):
    """Forward by d is d / sqrt(2) up the slope of a 10 mm facet; and closes the joint by as much."""
    facet = motion_segment(*pair(blocks, forward)).facets["left"]
    assert facet.overlap_percent == pytest.approx(100 - 10 * forward * np.sqrt(0.5), abs=2.0)
    assert facet.gap_mm == pytest.approx(1.5 - forward * np.sqrt(0.5), abs=0.05)


@pytest.mark.parametrize(
    ("forward", "up", "state"), [(0, 0, "normal"), (4.5, 4.5, "subluxed"), (7, 7, "perched"), (10, 5, "locked")]
)
def test_facet_states(blocks, forward, up, state):
    segment = motion_segment(*pair(blocks, forward, up))
    assert {facet.state for facet in segment.facets.values()} == {state}
    told = [f for f in segment_findings([segment]) if f.code.startswith("facet.")]
    codes = [] if state == "normal" else [f"facet.{state}"] * 2
    assert [f.code for f in told] == codes, "a state that is not normal is always told"
    assert all(("mm in front of the facet below" in f.text) == (state == "locked") for f in told)
    assert not any("gap -" in f.text for f in told if state == "locked")


def hooked(blocks, forward):
    """C3 moved forward, with bone behind C4's left superior process, as close as a joint, and a hook in front of it."""
    column = blocks.column(("C3", "C4"), {"C3": np.array([0.0, -forward, 0.0])}, C3={"missing": ("inferior_left",)})
    upper, lower = column["C3"], column["C4"]
    slope, normal, center = blocks.FACET_SLOPE, blocks.FACET_NORMAL, np.array([17.0, 16.0, 9.0])

    def bar(low, high):
        """A bar 6 mm wide between two distances along the facet's normal, 4 mm beneath its top to 4 mm over it."""
        corners = [center + [a, 0, 0] + b * slope + c * normal for a in (-3, 3) for b in (1, 9) for c in (low, high)]
        return trimesh.convex.convex_hull(np.array(corners))

    def with_parts(v, *parts):
        meshes = [trimesh.Trimesh(v.surface.vertices, v.surface.faces)]
        meshes += [trimesh.Trimesh(lower.frame.to_world(m.vertices), m.faces) for m in parts]
        whole = trimesh.util.concatenate(meshes)
        return replace(v, surface=Surface(vertices=np.asarray(whole.vertices), faces=np.asarray(whole.faces, np.int64)))

    process = [center + [a, 0, 0] + b * slope + c * normal for a in (-3, 3) for b in (-5, 5) for c in (-3, 0)]
    lower_whole = with_parts(lower, trimesh.convex.convex_hull(np.array(process)))
    return with_parts(upper, bar(1.0, 4.0), bar(-7.0, -4.0)), with_parts(upper, bar(1.0, 4.0)), lower_whole


def test_a_process_hooked_in_front_is_locked_though_bone_behind_faces_it_like_a_joint(blocks):
    hook, plain, lower = hooked(blocks, 4.0)
    assert facet_state(plain, lower, "left", 4.0).state == "normal"
    read = facet_state(hook, lower, "left", 4.0)
    assert read.state == "locked"
    assert read.gap_mm < -3.0
    assert facet_state(hook, lower, "left", 0.5).state != "locked", "nothing has moved"


@pytest.mark.parametrize(("up", "state"), [(8.0, "perched"), (4.5, "subluxed")])
def test_a_facet_wholly_over_the_tip_is_perched_though_bone_goes_on_along_its_plane(blocks, up, state):
    """Behind C3's facet, whose end stands over C4's tip (or beneath it), bone reaches 4 mm further down its plane."""
    upper, lower = pair(blocks, 7.0 if state == "perched" else 4.5, up)
    center = np.array([17.0, 16.0, 9.0 - blocks.PITCH_MM]) + blocks.GAP_MM * blocks.FACET_NORMAL
    corners = [center + [a, 0, 0] + b * blocks.FACET_SLOPE + c * blocks.FACET_NORMAL
               for a in (-2, 2) for b in (-9, -3) for c in (0, 2)]  # fmt: skip
    bar = trimesh.convex.convex_hull(np.array(corners))
    parts = [trimesh.Trimesh(upper.surface.vertices, upper.surface.faces),
             trimesh.Trimesh(upper.frame.to_world(bar.vertices), bar.faces)]  # fmt: skip
    whole = trimesh.util.concatenate(parts)
    upper = replace(upper, surface=Surface(vertices=np.asarray(whole.vertices), faces=np.asarray(whole.faces)))
    read = facet_state(upper, lower, "left", 4.5)
    assert read.state == ("perched" if state == "perched" else "normal")
    assert facet_state(upper, lower, "right", 4.5).state == state


def test_an_absent_facet_is_not_assessed(blocks):
    column = blocks.column(("C3", "C4"), C3={"missing": ("inferior_left",)})
    facets = motion_segment(column["C3"], column["C4"]).facets
    assert facets["left"].state == "not assessed"
    assert np.isnan(facets["left"].overlap_percent)
    assert facets["right"].state == "normal"


def wedge_pair(blocks, forward=0.0, **levels):
    """Two levels whose masses carry real slopes: the joint's faces are where the facets say."""
    column = blocks.column(("C3", "C4"), {"C3": np.array([0.0, -forward, 0.0])}, **levels)
    surfaces = {}
    for level, kind in (("C3", "inferior"), ("C4", "superior")):
        v = column[level]
        parts = [v.surface]
        for side in ("left", "right"):
            center = np.array([17.0 if side == "left" else -17.0, 16.0, 9.0])
            normal = blocks.FACET_NORMAL
            if kind == "inferior":
                center, normal = center + blocks.GAP_MM * normal - [0, 0, blocks.PITCH_MM], -normal
            slope = blocks.FACET_SLOPE
            corners = np.array([center + a * np.array([3.0, 0, 0]) + b * 5 * slope - c * 3 * normal
                                for c in (0, 1) for a in (-1, 1) for b in (-1, 1)])  # fmt: skip
            parts.append(trimesh.convex.convex_hull(corners))
        meshes = [trimesh.Trimesh(v.frame.to_world(m.vertices) if m is not v.surface else m.vertices, m.faces)
                  for m in parts]  # fmt: skip
        whole = trimesh.util.concatenate(meshes)
        surfaces[level] = replace(
            v, surface=Surface(vertices=np.asarray(whole.vertices), faces=np.asarray(whole.faces, np.int64))
        )
    return surfaces["C3"], surfaces["C4"]


@pytest.mark.parametrize("missing", [{"C3": {"missing": ("inferior_left",)}}, {"C4": {"missing": ("superior_left",)}}])
def test_what_faces_the_other_facet_stands_in_for_one_that_is_not_measured(blocks, missing):
    facet = motion_segment(*wedge_pair(blocks, **missing)).facets["left"]
    assert facet.state == "normal"
    assert facet.gap_mm == pytest.approx(blocks.GAP_MM, abs=0.1)


def test_a_misread_facet_without_a_slip_is_read_again(blocks):
    """C3's facet put 7 mm too high up its process: it seems to cover a quarter, and nothing has moved."""
    upper, lower = wedge_pair(blocks)
    shift = 7.0 * blocks.FACET_SLOPE
    facet = upper.facets["inferior_left"]
    wrong = replace(facet, center=facet.center + shift, points=facet.points + shift)
    misread = replace(upper, facets={**upper.facets, "inferior_left": wrong})
    assert motion_segment(misread, lower).facets["left"].state == "normal"


def test_a_facet_that_looks_askew_at_the_other_is_read_again(blocks):
    """C3's facet put 8 mm too high and turned by 37 degrees, at a slip of 1.5 mm: no two sides of a joint."""
    upper, lower = wedge_pair(blocks)
    facet, turn = upper.facets["inferior_left"], np.radians(37.0)
    spin = np.array([[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]])
    center = facet.center + 8.0 * blocks.FACET_SLOPE
    points = center + (facet.points - facet.center) @ spin.T
    wrong = replace(facet, center=center, points=points, normal=spin @ facet.normal)
    misread = replace(upper, facets={**upper.facets, "inferior_left": wrong})
    assert facet_state(misread, lower, "left", 1.5).state == "normal"


@pytest.mark.parametrize(("forward", "state"), [(0.0, "normal"), (8.0, "not assessed")])
def test_a_joint_of_a_doubtful_mass_is_believed_only_close_and_without_a_slip(blocks, forward, state):
    segment = motion_segment(*pair(blocks, forward), {("C3", "left")}, ())
    assert segment.facets["left"].state == state
    assert segment.facets["right"].state == motion_segment(*pair(blocks, forward)).facets["right"].state
    assert motion_segment(*pair(blocks), (), {("C4", "left")}).facets["left"].state == "not assessed"


def test_an_endplate_that_is_not_located_gives_nan(blocks):
    column = blocks.column(("C3", "C4"), C4={"missing": ("superior_endplate_center",)})
    segment = motion_segment(column["C3"], column["C4"])
    assert np.isnan(segment.listhesis_mm)
    assert np.isnan(segment.pincer_mm)
