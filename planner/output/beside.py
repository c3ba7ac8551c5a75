"""Work in a process of its own, while this one does something else; for commands, on machines with two cores or more.

A process and no thread: drawing and thinning keep Python's interpreter to themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def beside(work: Callable[..., T], *arguments: object) -> Iterator[Callable[[], T]]:
    """Begin ``work(*arguments)`` and yield what waits for its result, or does the work then where no process can.

    The work is a function of a module, and it, its arguments and its result can be pickled; what it raises is raised
    where its result is asked for. The program's own main module is imported again: it needs the usual guard.
    """
    if _cores() < 2:
        yield lambda: work(*arguments)
        return
    import signal
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    # Not forked: what this process has drawn with does not survive that. An interrupt is this process's to answer.
    pool = ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
    )
    try:
        begun = pool.submit(work, *arguments)
    except OSError:
        begun = None

    def result() -> T:
        try:
            return begun.result() if begun else work(*arguments)
        except BrokenProcessPool:
            return work(*arguments)
        finally:
            pool.shutdown(wait=False)

    try:
        yield result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
