"""Work on the levels of a column side by side, on as many processors as there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T, R = TypeVar("T"), TypeVar("R")


def on_threads(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """``list(map(work, items))``, in threads: the fields' numpy calls run without the interpreter's lock."""
    items = list(items)
    with ThreadPoolExecutor(max_workers=max(1, min(len(items), os.cpu_count() or 1))) as pool:
        return list(pool.map(work, items))
