"""The interactive window: the same scene as the pictures, with layers and standard views on keys."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.errors import MissingLibrary
from planner.output import palette
from planner.output.drawing import aim, polydata, put, stage
from planner.output.legend import legend
from planner.output.marks import MARK
from planner.output.pictures import SIZE, fill, scene_of_plan
from planner.output.scene import Scene
from planner.output.views import COLUMN_VIEWS, fitted
from planner.planning import Inspection, Plan

_VIEW_KEYS = {"1": "posterior", "2": "lateral_left", "3": "lateral_right", "4": "oblique"}
_LAYER_KEYS = {
    "b": ("bone",),
    "s": ("screw", "head"),
    "o": ("rod",),
    "d": ("removed", "trough"),
    "a": ("artery", "canal"),
    "m": ("mass", "avoid"),
}
HELP = (
    "1 behind  2 left  3 right  4 oblique   t see-through bone\n"
    "show or hide: b bone  s screws  o rods  d decompression  a artery and canal  m masses   q close"
)
_SEE_THROUGH = 0.35


def show(what: Plan | Inspection | Scene) -> None:
    """Open a window on a plan, an inspection or a scene and return when it is closed.

    Raises MissingLibrary where there is no screen to open it on.
    """
    _require_screen()
    scene = what if isinstance(what, Scene) else scene_of_plan(what)
    plotter = stage(SIZE, off_screen=False)
    try:
        furnish(plotter, scene)
        plotter.show(title=f"planner: {scene.title}")
    finally:
        plotter.close()


def furnish(plotter: Any, scene: Scene) -> None:
    """Fill a plotter with the scene, its labels and its keys; works off-screen too."""
    import pyvista as pv

    actors = fill(plotter, scene)
    for item in scene.group("artery", "canal"):
        actors[item.name] = put(plotter, item, polydata(item.surface))
        actors[item.name].visibility = False
    for item in scene.group("screw"):
        place = next(h for h in scene.items if h.name == item.name.replace("screw", "head")).surface.center
        plotter.add_point_labels(
            pv.PolyData(np.array([place])),
            [item.name.removeprefix("screw ")],
            font_size=16,
            text_color=palette.INK,
            shape_color="white",
            shape_opacity=0.7,
            show_points=False,
            always_visible=True,
            reset_camera=False,
        )
    plotter.add_text(f"{scene.title}\n{_pose_words(scene)}", position="upper_left", font_size=12, color=palette.INK)
    plotter.add_text(f"{HELP}\n{MARK}", position="lower_left", font_size=9, color=palette.INK)
    entries = list(legend(scene).items())
    if entries:
        plotter.add_legend(
            entries, bcolor=None, face="rectangle", size=(0.16, 0.03 * len(entries) + 0.02), loc="upper right"
        )
    _axes(plotter)

    def turn(name: str) -> None:
        view = COLUMN_VIEWS[name]
        points = np.concatenate([i.surface.vertices[::7] for i in scene.group("bone", "head", "rod")])
        width, height = plotter.window_size
        room = (int(0.08 * width), int(0.1 * height), int(0.92 * width), int(0.92 * height))
        aim(plotter, fitted(view, scene.frame, points, (width, height), room))

    def toggle(groups: tuple[str, ...]) -> None:
        for item in scene.group(*groups):
            actors[item.name].visibility = not actors[item.name].visibility
        plotter.render()

    def see_through() -> None:
        for item in scene.group("bone"):
            opacity = actors[item.name].prop.opacity
            actors[item.name].prop.opacity = _SEE_THROUGH if opacity > _SEE_THROUGH else 1.0
        plotter.render()

    for key, name in _VIEW_KEYS.items():
        plotter.add_key_event(key, lambda name=name: turn(name))
    for key, groups in _LAYER_KEYS.items():
        plotter.add_key_event(key, lambda groups=groups: toggle(groups))
    plotter.add_key_event("t", see_through)
    turn("posterior")


def _axes(plotter: Any) -> None:
    """A small cross with the patient's directions in a corner (a window only)."""
    if not plotter.off_screen:
        plotter.add_axes(xlabel="L", ylabel="P", zlabel="S", viewport=(0.86, 0.02, 0.99, 0.16))


def _pose_words(scene: Scene) -> str:
    pose = f"planned pose: {scene.reduction}" if scene.reduction else "pose of the scan"
    return pose if scene.side_attested else f"{pose}; left and right not attested"


def _require_screen() -> None:
    import os
    import sys

    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise MissingLibrary(
            "There is no screen to open a window on.",
            "Use `planner view --screenshot FILE`, which needs none.",
        )
