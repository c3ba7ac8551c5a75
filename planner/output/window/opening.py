"""Opening a window, where there is a screen to open it on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from planner.errors import MissingLibrary
from planner.output.report import Seen
from planner.output.window.window import Window


def show(seen: Seen, *, bench: Callable[[], Any] | None = None, save: Callable[[dict], Path] | None = None) -> None:
    """Open a window on a plan or an inspection and return when it is closed; arguments as in `Window`.

    Raises MissingLibrary where there is no screen to open it on.
    """
    require_screen()
    window = Window(seen, bench=bench, save=save)
    try:
        window.plotter.show(title=f"planner: {seen.document['case']['name']}", auto_close=False)
    finally:
        window.plotter.close()


def require_screen() -> None:
    """Raise MissingLibrary where no window can be opened."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise MissingLibrary(
            "There is no screen to open a window on.",
            "Use `planner view --screenshot FILE` or `--movie FILE`, which need none, or `planner view --web`.",
        )
