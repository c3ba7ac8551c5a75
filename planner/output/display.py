"""Can this machine draw without a screen? Asked in a process of its own, because VTK crashes if not."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from functools import cache

_PROBE = """
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow
window, renderer, pixels = vtkRenderWindow(), vtkRenderer(), vtkUnsignedCharArray()
window.SetOffScreenRendering(1)
window.SetSize(16, 16)
renderer.SetBackground(1, 0, 0)
window.AddRenderer(renderer)
window.Render()
window.GetRGBACharPixelData(0, 0, 15, 15, 0, pixels, 0)
raise SystemExit(0 if pixels.GetTuple(0)[0] > 200 else 3)
"""

_PATIENCE_S = 60.0

HINT = (
    "On Debian or Ubuntu install `libegl1` and `libgl1-mesa-dri` (or `libosmesa6` alone). "
    "The plan itself needs neither: only the pictures do."
)


def ask_ahead() -> None:
    """Begin the trial of `offscreen_problem`, so that its answer is there when pictures are to be drawn."""
    with suppress(OSError):
        _trial()


@cache
def _trial() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _PROBE], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@cache
def offscreen_problem() -> str | None:
    """Return None if pictures can be drawn off-screen, else one sentence that says what to install.

    The answer is kept for the life of the process. VTK needs either EGL with a software driver or OSMesa;
    without both it ends in a segmentation fault, so a small window is tried in a subprocess first.
    """
    try:
        trial = _trial()
        _, said = trial.communicate(timeout=_PATIENCE_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        name = type(error).__name__
        return f"Pictures cannot be drawn here: the trial of off-screen rendering failed ({name}). {HINT}"
    if trial.returncode == 0:
        return None
    if b"ModuleNotFoundError" in said:
        return "Pictures cannot be drawn here: VTK is not installed. Install it with `pip install pyvista`."
    return f"Pictures cannot be drawn here: no library for off-screen rendering was found. {HINT}"
