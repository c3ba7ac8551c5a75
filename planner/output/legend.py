"""What the colours in a scene mean, only those that occur."""

from __future__ import annotations

from planner.output import palette
from planner.output.scene import Scene

_GROUPS = (
    ("rod", "rod", palette.ROD),
    ("removed", "bone removed", palette.REMOVED),
    ("trough", "trough", palette.TROUGH),
    ("mass", "excess bone or calcification", palette.MASS),
    ("avoid", "keep-out", palette.AVOID),
)
_GROUPS_OF_A_LEVEL = (
    ("artery", "transverse foramen as measured", palette.ARTERY),
    ("canal", "spinal canal at the cut", palette.CANAL),
    *_GROUPS[1:4],
)


def legend(scene: Scene, level: str | None = None) -> dict[str, str]:
    """Words to colours: of the whole column, or of one level's axial picture."""
    shown = [item for item in scene.items if level is None or item.level == level]
    colors = {item.color for item in shown if item.group == "screw"}
    words = {f"screw {status}": color for status, color in palette.STATUS.items() if color in colors}
    present = {item.group for item in shown}
    groups = _GROUPS if level is None else _GROUPS_OF_A_LEVEL
    return words | {name: color for group, name, color in groups if group in present}
