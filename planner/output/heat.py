"""Heat maps: how thick a bone is, and what a lateral mass lacks against the mirrored other side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.assessment.mirror import own_mirror
from planner.geometry.axes import OPPOSITE, SIGN, Frame
from planner.geometry.surface import Surface
from planner.output.scene import Item, Scene

_SKIN_MM = 0.05
_LEAST_MM = 0.5  # less is within what two sides of a healthy bone differ by
_REACH_MM = 13.0  # of a lateral mass from its centre


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """A map from ``low`` to ``high`` mm with the words at both ends of its key.

    ``colors`` is a colour map of matplotlib's that runs in lightness: colour-blind eyes and grey prints can read it.
    """

    name: str
    words: str
    low: float
    high: float
    colors: str
    at_low: str
    at_high: str

    def rgba(self, values_mm: np.ndarray) -> np.ndarray:
        """(n, 4) colours of values, each 0 to 1."""
        from matplotlib import colormaps

        return colormaps[self.colors](np.clip((values_mm - self.low) / (self.high - self.low), 0.0, 1.0))

    def key(self, steps: int = 7) -> list[str]:
        """Its colours from low to high, as a page writes them."""
        from matplotlib.colors import to_hex

        return [to_hex(color) for color in self.rgba(np.linspace(self.low, self.high, steps))]


THICKNESS = Heat(
    name="thickness",
    words="thickness of bone",
    low=0.0,
    high=5.0,
    colors="viridis",
    at_low="0",
    at_high="5 mm and more",
)
LACKING = Heat(
    name="lacking", words="bone lacking", low=0.0, high=5.0, colors="magma_r", at_low="0", at_high="5 mm and more"
)
LOST_COLOR = "#b73779"


def lost_bone(document: Mapping[str, Any], scene: Scene, drawn: Mapping[str, Surface]) -> list[Item]:
    """What each deficient lateral mass lacks: the mirrored other side where it stands out of the bone, in mm.

    One item for every finding of a lateral mass that was held against its mirrored other side; its ``values_mm`` tell
    how far the mirror image stands out. ``drawn`` are the bones by level in the scene's pose, thinned or whole.
    """
    items: dict[tuple[str, str], Item] = {}
    for finding in document["findings"]:
        level, side = finding["level"], finding["side"]
        held = finding["code"].startswith("lateral_mass.") and "mirrored" in str(finding["evidence"].get("reference"))
        center = scene.landmarks.get(level, {}).get(f"lateral_mass_center_{OPPOSITE.get(side, '')}")
        if held and center is not None and level in drawn and finding["severity"] != "info":
            found = _lacking(drawn[level], scene.frames[level], side, center)
            if found is not None:
                items[level, side] = Item(
                    name=f"{level} {side} bone lacking", group="lost", level=level, surface=found[0], color=LOST_COLOR,
                    values_mm=found[1],
                )  # fmt: skip
    return list(items.values())


def _lacking(bone: Surface, frame: Frame, side: str, opposite_center: np.ndarray) -> tuple[Surface, np.ndarray] | None:
    """The open part of a bone's mirror image that stands out of it about one lateral mass, with how far, in mm."""
    mirror = own_mirror(bone, frame)
    local = mirror(frame.to_local(bone.vertices))
    place = mirror(frame.to_local(opposite_center))
    near = (np.linalg.norm(local - place, axis=1) < _REACH_MM) & (SIGN[side] * local[:, 0] > 0)
    image = frame.to_world(local)
    out = np.zeros(len(image))
    out[near] = beyond(Surface(vertices=image[near], faces=np.empty((0, 3), int)), bone)
    met = bone.faces[near[bone.faces].all(axis=1) & (out[bone.faces].max(axis=1) > _LEAST_MM)]
    if not len(met):
        return None
    used, faces = np.unique(met[:, ::-1], return_inverse=True)  # a mirror image winds the other way
    return Surface(vertices=image[used], faces=faces.reshape(-1, 3)), out[used]


def thickness(surface: Surface, most_mm: float) -> np.ndarray:
    """Bone under each vertex along its inward normal, mm, no more than ``most_mm``."""
    normals = np.zeros_like(surface.vertices)
    for k in range(3):
        np.add.at(normals, surface.faces[:, k], surface.face_normals * surface.face_areas_mm2[:, None])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.divide(normals, length, out=np.zeros_like(normals), where=length > 0)
    start = surface.vertices - _SKIN_MM * normals
    hits, _ = surface.first_hit(start, -normals)
    deep = np.linalg.norm(hits - start, axis=1) + _SKIN_MM
    return np.where(np.isfinite(deep), np.minimum(deep, most_mm), most_mm)


def beyond(surface: Surface, other: Surface) -> np.ndarray:
    """How far each vertex of a surface lies outside another one, mm; 0 within it."""
    distance = other.closest(surface.vertices)[0]
    return np.where(other.contains(surface.vertices), 0.0, distance)


WHOSE = "Where one side lacks bone the other one stands out: the findings say which is ill."
