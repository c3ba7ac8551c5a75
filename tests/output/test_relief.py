"""Hollows are darkened, flat bone and background are not."""

from __future__ import annotations

import numpy as np

from planner.output.relief import shaded


def test_only_the_hollow_is_darkened():
    depth = np.full((200, 300), 400.0)
    depth[80:120, 80:120] += 4.0
    depth[:20] = np.nan
    picture = np.full((200, 300, 3), 200, np.uint8)
    out = shaded(picture, depth, 0.1)
    assert out[100, 100].max() < 190
    assert out[100, 220].min() >= 198
    assert (out[180, 30] == 200).all()
    assert (out[:10] == 200).all()
