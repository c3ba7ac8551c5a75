"""What there is to see, before anything is drawn: named, coloured, grouped shapes from a plan document.

Everything a picture shows is read from the document that is also written to disk, so that number and picture
cannot differ. Nothing here needs a display.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.construct.plan import RigidMotion
from planner.geometry.axes import Frame, unit
from planner.geometry.surface import Surface
from planner.output import palette
from planner.output.hardware import head, shaft, tube
from planner.output.notes import Note, notes_of
from planner.reference.implants import head_size

ARTERY_REACH_MM = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Item:
    """One thing that is drawn. ``group`` is the layer it is switched with, ``level`` its bone.

    With ``values_mm`` (n,) its vertices have the colours of a heat map.
    """

    name: str
    group: str
    level: str
    surface: Surface
    color: str
    opacity: float = 1.0
    values_mm: np.ndarray | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """All items in one pose (``scan`` or ``planned``), the frames of the levels and the notes to place."""

    title: str
    pose: str
    levels: tuple[str, ...]
    frames: Mapping[str, Frame]
    landmarks: Mapping[str, Mapping[str, np.ndarray]]
    items: tuple[Item, ...]
    notes: tuple[Note, ...]
    side_attested: bool
    reduction: str = ""

    def group(self, *names: str) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.group in names)

    @property
    def frame(self) -> Frame:
        """The column's own axes: the mean of the levels' left and superior, about the middle of the bones."""
        frames = list(self.frames.values())
        corners = np.array([i.surface.bounds for i in self.group("bone") or self.items])
        if not len(corners):
            corners = np.array([[f.origin, f.origin] for f in frames])
        middle = (corners[:, 0].min(axis=0) + corners[:, 1].max(axis=0)) / 2
        return Frame.from_axes(
            middle, np.sum([f.left for f in frames], axis=0), np.sum([f.superior for f in frames], axis=0)
        )

    def labels(self, view: str) -> dict[str, np.ndarray]:
        """Where each level's name stands: on the body from the side, on the lamina's midline from behind."""
        if view.startswith("lateral"):
            return {level: frame.origin for level, frame in self.frames.items()}
        return {
            level: self.landmarks[level].get("spinolaminar_point", frame.origin) for level, frame in self.frames.items()
        }

    def cut_height(self, level: str) -> float:
        """Height over the frame's origin at which an axial picture cuts: where the pedicles are narrowest.

        Without pedicles the transverse foramina or the canal's centre tell, else the frame's origin.
        """
        for name in ("pedicle_isthmus", "transverse_foramen", "canal_center"):
            found = [xyz for mark, xyz in self.landmarks[level].items() if mark.startswith(name)]
            if found:
                return float(self.frames[level].to_local(np.array(found))[:, 2].mean())
        return 0.0


def motions_of(document: Mapping[str, Any]) -> dict[str, RigidMotion]:
    """The reduction's motion of each level, as the document holds it; empty for an inspection."""
    transforms = document.get("construct", {}).get("reduction", {}).get("transforms", {})
    return {
        level: RigidMotion(rotation=np.array(t["rotation"], float), translation=np.array(t["translation_mm"], float))
        for level, t in transforms.items()
    }


def reduction_words(document: Mapping[str, Any]) -> str:
    """What the planned pose changes: the segment and its slip before and after; empty without a reduction."""
    reduction = document.get("construct", {}).get("reduction", {})
    if not reduction.get("segment"):
        return ""
    slip = [(reduction.get(when) or {}).get("listhesis_mm") for when in ("before", "after")]
    change = f", slip {slip[0]:.1f} to {slip[1]:.1f} mm" if None not in slip else ""
    return f"{reduction['segment']} reduced{change}"


def scene_of(
    document: Mapping[str, Any],
    bones: Mapping[str, Surface],
    removed: Mapping[str, Surface] | None = None,
    extras: Mapping[str, Surface] | None = None,
    pose: str | None = None,
    excess: Mapping[str, Surface] | None = None,
) -> Scene:
    """Gather what a plan or inspection document shows.

    ``bones``, ``removed`` (bone taken by the decompression) and ``excess`` (what of a bone is told as excess) are by
    level in scan pose, ``extras`` are masses and keep-outs by name. ``pose`` is ``planned`` unless ``scan`` is asked
    for; rods are drawn in the planned pose only, because they are bent for it. Without a reduction the two poses are
    one.
    """
    pose = pose or "planned"
    motions = motions_of(document) if pose == "planned" else {}
    still = RigidMotion.identity()

    def moved(level: str, surface: Surface) -> Surface:
        motion = motions.get(level, still)
        return surface.mapped(motion.rotation, motion.translation)

    items, frames, landmarks = [], {}, {}
    for level, block in document["anatomy"].items():
        frames[level] = _frame(block["frame"], motions.get(level, still))
        landmarks[level] = {
            name: motions.get(level, still)(np.array(mark["xyz"], float))
            for name, mark in block["landmarks"].items()
            if mark["xyz"] is not None
        }
        if level in bones:
            items.append(
                Item(
                    name=level,
                    group="bone",
                    level=level,
                    surface=moved(level, bones[level]),
                    color=palette.BONE if level in document["levels"] else palette.BONE_CONTEXT,
                )
            )
        for name, surface in _passages(block):
            color = palette.ARTERY if name.startswith("artery") else palette.CANAL
            items.append(
                Item(
                    name=f"{level} {name}",
                    group=name.split()[0],
                    level=level,
                    surface=moved(level, surface),
                    color=color,
                    opacity=0.7,
                )
            )
    parts = (
        (excess, "mass", "excess bone or calcification", palette.MASS, 0.6),
        (removed, "removed", "removed bone", palette.REMOVED, 0.55),
    )
    for by_level, group, words, color, opacity in parts:
        for level, surface in (by_level or {}).items():
            if level in document["anatomy"] and len(surface.faces):
                items.append(
                    Item(
                        name=f"{level} {words}", group=group, level=level, surface=moved(level, surface), color=color,
                        opacity=opacity,
                    )
                )  # fmt: skip
    for block in document.get("decompression", []):
        for side, line in block["trough"].items():
            if len(line) > 1:
                items.append(
                    Item(
                        name=f"{block['level']} trough {side}",
                        group="trough",
                        level=block["level"],
                        surface=moved(block["level"], tube(np.array(line, float), 0.45, around=10)),
                        color=palette.TROUGH,
                    )
                )
    for name, surface in (extras or {}).items():
        mass = name.lower().startswith(("mass", "calcification"))
        items.append(
            Item(
                name=name,
                group="mass" if mass else "avoid",
                level="",
                surface=surface,
                color=palette.MASS if mass else palette.AVOID,
                opacity=0.6,
            )
        )
    rods = document.get("construct", {}).get("rods", []) if pose == "planned" else []
    for fixation in document.get("fixations", []):
        if fixation["entry"] is not None:
            items.extend(screw_items(fixation, motions.get(fixation["level"], still), rods))
    for rod in rods:
        if len(rod["points"]) > 1:
            items.append(rod_item(rod))
    return Scene(
        title=document["case"]["name"],
        pose=pose,
        levels=tuple(level for level in document["levels"] if level in frames),
        frames=frames,
        landmarks=landmarks,
        items=tuple(items),
        notes=tuple(notes_of(document, motions)),
        side_attested=document["case"]["side_attested"],
        reduction=reduction_words(document) if pose == "planned" else "",
    )


def _frame(block: Mapping[str, Any], motion: RigidMotion) -> Frame:
    return Frame.from_axes(
        motion(np.array(block["origin"], float)),
        motion.rotation @ np.array(block["left"], float),
        motion.rotation @ np.array(block["superior"], float),
    )


def _passages(block: Mapping[str, Any]) -> list[tuple[str, Surface]]:
    """Each artery's space as a tube along its foramen, and the canal's outline where an axial picture cuts."""
    shapes = []
    for side, hole in block.get("foramina", {}).items():
        if hole["center"] is not None and hole["axis"] is not None and (hole["diameter_mm"] or 0) > 0:
            reach = np.linspace(-ARTERY_REACH_MM, ARTERY_REACH_MM, 9)[:, None]
            line = np.array(hole["center"]) + reach * np.array(hole["axis"])
            shapes.append((f"artery {side}", tube(line, hole["diameter_mm"] / 2)))
    outline = np.array(block.get("canal", {}).get("outline", []), float)
    if len(outline) > 2:
        shapes.append(("canal", tube(np.vstack([outline, outline[:1]]), 0.22, around=8)))
    return shapes


def rod_item(rod: Mapping[str, Any]) -> Item:
    """A rod of a plan document, in the planned pose."""
    return Item(
        name=f"rod {rod['side']}",
        group="rod",
        level="",
        surface=tube(np.array(rod["points"], float), rod["diameter_mm"] / 2),
        color=palette.ROD,
    )


def screw_items(fixation: Mapping[str, Any], motion: RigidMotion, rods: list[Any]) -> list[Item]:
    """The shaft exactly from entry to tip, and its head."""
    entry, tip = motion(np.array(fixation["entry"])), motion(np.array(fixation["tip"]))
    level, side = fixation["level"], fixation["side"]
    body = Item(
        name=f"screw {level} {side}",
        group="screw",
        level=level,
        surface=shaft(entry, tip, fixation["screw"]["diameter_mm"]),
        color=palette.STATUS[fixation["status"]],
    )
    return [body, *head_items(fixation, motion, rods)]


def head_items(fixation: Mapping[str, Any], motion: RigidMotion, rods: list[Any]) -> list[Item]:
    """A screw's head where the rod wants it, else behind the entry, and the neck between them."""
    entry, tip = motion(np.array(fixation["entry"])), motion(np.array(fixation["tip"]))
    axis = unit(entry - tip)
    level, side = fixation["level"], fixation["side"]
    size = head_size()
    seat, along, opens = entry + size.offset_mm * axis, None, axis
    for rod in rods:
        for at in rod["heads"]:
            if rod["side"] == side and at["level"] == level and at["center"] is not None:
                seat = np.array(at["center"])
                along = _direction_at(np.array(rod["points"], float), seat)
                opens = unit(axis - (axis @ along) * along)
    color = palette.STATUS[fixation["status"]]
    tulip = head(seat, opens, size.outer_diameter_mm, along)
    return [
        Item(name=f"head {level} {side}", group="head", level=level, surface=tulip, color=color),
        Item(
            name=f"neck {level} {side}",
            group="head",
            level=level,
            surface=tube(np.array([entry, entry + 0.5 * (seat - entry), seat]), 1.3),
            color=color,
        ),
    ]


def _direction_at(points: np.ndarray, place: np.ndarray) -> np.ndarray:
    nearest = int(np.argmin(np.linalg.norm(points - place, axis=1)))
    low, high = max(nearest - 1, 0), min(nearest + 1, len(points) - 1)
    return unit(points[low] - points[high])
