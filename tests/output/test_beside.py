"""Work beside: the same result and the same errors from another process, and here where there is none to be had."""

from __future__ import annotations

import os
from functools import partial

import pytest

from planner.output import beside as room
from planner.output.beside import beside

# In the other process it ends that process, as a killed one ends; here it gives an answer.
_DIES = partial(eval, "__import__('os')._exit(3) if __import__('multiprocessing').parent_process() else 'here'")


@pytest.fixture
def _two_cores(monkeypatch):
    monkeypatch.setattr(room, "_cores", lambda: 2)


@pytest.mark.usefixtures("_two_cores")
def test_another_process_works_and_what_it_raises_is_raised_here():
    with beside(os.getpid) as pid, beside(int, "no number") as number:
        assert pid() != os.getpid()
        with pytest.raises(ValueError, match="no number"):
            number()


@pytest.mark.usefixtures("_two_cores")
def test_a_process_that_dies_leaves_the_work_to_this_one():
    with beside(_DIES) as answer:
        assert answer() == "here"


def test_on_one_core_it_is_done_here(monkeypatch):
    monkeypatch.setattr(room, "_cores", lambda: 1)
    with beside(os.getpid) as pid:
        assert pid() == os.getpid()
