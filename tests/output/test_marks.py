"""Text beside the bones is moved as little as needed and never overlaps."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner.output.marks import spread, text_size, wrapped


@given(st.lists(st.tuples(st.floats(-200, 1400), st.floats(20, 90)), min_size=1, max_size=9))
def test_blocks_never_overlap_nor_leave_their_room(blocks):
    blocks = sorted(blocks, reverse=True)
    centers, heights = [b[0] for b in blocks], np.array([b[1] for b in blocks])
    placed = spread(centers, heights, 100.0, 1000.0, 10.0)
    tops, feet = placed + heights / 2, placed - heights / 2
    assert tops.max() <= 1000.0 + 1e-6
    assert feet.min() >= 100.0 - 1e-6
    assert (feet[:-1] - tops[1:] >= -1e-6).all()


def test_blocks_with_room_stay_where_they_are():
    np.testing.assert_allclose(spread([800, 500, 200], [50, 50, 50], 100, 1000, 10), [800, 500, 200])


def test_lines_fit_their_width_and_keep_every_word():
    words = "the lateral mass is destroyed and 28 % of the right side's volume is left"
    lines = wrapped(words, 260, 20)
    assert " ".join(lines) == words
    assert all(text_size(line, 20)[0] <= 260 for line in lines)
    assert len(lines) > 1


def test_long_text_ends_in_an_ellipsis():
    lines = wrapped("word " * 60, 200, 20, most=3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
