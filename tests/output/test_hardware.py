"""Drawn screws, heads and rods are closed bodies of the right size."""

from __future__ import annotations

import numpy as np
import pytest

from planner.output.hardware import head, shaft, tube


def test_shaft_runs_from_entry_to_tip_within_its_diameter():
    entry, tip = np.array([3.0, 20.0, -4.0]), np.array([9.0, 9.0, 1.0])
    axis = (tip - entry) / np.linalg.norm(tip - entry)
    body = shaft(entry, tip, 3.5)
    depth = (body.vertices - entry) @ axis
    radius = np.linalg.norm(body.vertices - entry - depth[:, None] * axis, axis=1)
    assert body.is_closed
    assert body.volume_mm3 > 0
    assert depth.min() == pytest.approx(0.0, abs=1e-9)
    assert depth.max() == pytest.approx(np.linalg.norm(tip - entry), abs=1e-9)
    assert radius.max() == pytest.approx(1.75, abs=0.01)
    assert radius[depth > depth.max() - 1e-6].max() == pytest.approx(0.0, abs=1e-9)


def test_head_is_closed_and_leaves_room_for_the_rod():
    seat, axis, along = np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.2, 1.0])
    body = head(seat, axis, 9.0, along)
    assert body.is_closed
    assert body.volume_mm3 > 0
    rod = seat + np.linspace(-6, 6, 25)[:, None] * [0.0, 0.0, 1.0]
    assert not body.contains(rod).any()
    assert body.closest(rod)[0].min() > 1.7
    assert body.contains((seat + np.array([3.5, 0.0, 0.0]))[None]).all()


def test_tube_keeps_its_radius_round_a_bend():
    bend = np.linspace(0, np.pi / 2, 40)
    line = np.c_[30 * np.cos(bend), np.zeros(40), 30 * np.sin(bend)]
    body = tube(line, 1.75)
    assert body.is_closed
    assert body.volume_mm3 == pytest.approx(np.pi * 1.75**2 * 30 * np.pi / 2, rel=0.02)
