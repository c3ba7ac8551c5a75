"""Levels are read from names exactly where a name says them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.reading.names import is_mass, levels_in_name
from planner.reference.levels import levels

LEVELS = list(levels())
EDGES = st.sampled_from(["", "_", "-", " ", ".", "case7_", "vertebrae_", "(", "x y "])


@given(st.sampled_from(LEVELS), EDGES, st.sampled_from(["", "_", " ", ".smooth", "-final", "_left side)"]))
def test_a_level_between_borders_is_found_in_either_case(level, before, after):
    assert levels_in_name(before + level + after) == (level,)
    assert levels_in_name(before + level.lower() + after) == (level,)


@given(st.sampled_from(LEVELS), st.sampled_from(string.ascii_letters + string.digits))
def test_a_letter_or_digit_beside_a_level_hides_it(level, neighbour):
    assert levels_in_name(neighbour + level) == ()
    assert level not in levels_in_name(level + neighbour)


@given(st.integers(0, 6), st.integers(0, 6))
def test_a_span_names_all_levels_between(a, b):
    first, last = sorted((a, b))
    expected = tuple(LEVELS[first : last + 1])
    assert levels_in_name(f"scan_{LEVELS[first]}-{LEVELS[last]}") == expected


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("vertebrae_C4", ("C4",)),
        ("case7_C4", ("C4",)),
        ("C41", ()),
        ("abc4", ()),
        ("C04", ("C4",)),
        ("T1", ("T1",)),
        ("C8", ()),
        ("T2", ()),
        ("C2_C3_C5", ("C2", "C3", "C5")),
        ("C2_to_C4", ("C2", "C3", "C4")),
        ("vertebral_artery_L", ()),
    ],
)
def test_names_of_the_field(stem, expected):
    assert levels_in_name(stem) == expected


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("mass", True),
        ("mass_C4", True),
        ("calcification-left", True),
        ("C4_calcification", True),
        ("C4", False),
        ("lateral_mass_C4", False),
        ("biomass_C4", False),
    ],
)
def test_a_mass_is_known_by_its_name(stem, expected):
    assert is_mass(stem) is expected
