"""Editing in the window: the state is `planner.editing`'s; here its screws and rods are drawn and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from planner.construct.plan import RigidMotion
from planner.document.again import edits_of
from planner.document.edited import edited_document
from planner.document.fixations import fixation_block
from planner.document.operation import rod_block
from planner.editing import hand as acts
from planner.errors import PlannerError
from planner.output import palette
from planner.output.hardware import tube
from planner.output.scene import Item, head_items, rod_item, screw_items
from planner.output.window.host import Host
from planner.output.window.keys import STEP_DEG, STEP_MM

_ACTS = {
    "shift": lambda e, how, fine: acts.shifted(e, how[0] * STEP_MM * fine, how[1] * STEP_MM * fine),
    "tilt": lambda e, how, fine: acts.tilted(e, how[0] * STEP_DEG * fine, how[1] * STEP_DEG * fine),
    "length": lambda e, how, _: acts.lengthened(e, how),
    "diameter": lambda e, how, _: acts.thickened(e, how),
    "another": lambda e, *_: acts.another(e),
    "undo": lambda e, *_: acts.undone(e),
    "restore": lambda e, *_: acts.restored(e),
}
_GHOST_MM = 0.5
_SEEN_MM = 0.05  # what moves less is not drawn anew


class Hand:
    """An edit in a window: begun with the first ``e``, kept when editing is left and entered again."""

    def __init__(self, window: Host, bench: Callable[[], Any] | None) -> None:
        self.window, self._bench = window, bench
        self.editing: acts.Editing | None = None
        self.on = False
        self._saved: Any = {}
        self._blocks: dict[tuple[str, str], dict[str, Any]] = {}
        self._rods = window.seen.document.get("construct", {}).get("rods", [])

    def held(self, key: tuple[str, str] | None) -> dict[str, Any] | None:
        """A side's fixation as it is now, in the fields of the plan document; None where the plan has no such side."""
        return self._blocks.get(key) or self.window.blocks.get(key)

    def proposal(self, key: tuple[str, str] | None) -> dict[str, Any] | None:
        """What the plan proposes on a side, while it is edited or once it was moved."""
        block = self.window.blocks.get(key)
        first = (block or {}).get("proposal")
        moved = self.editing is not None and key in self.editing.edited
        return first or (block if self.on or moved else None)

    def switch(self) -> None:
        """Begin or end editing."""
        window = self.window
        if self.on:
            self.on = False
            window.smooth(True)
            window.refresh()
            return
        if self.editing is None:
            if self._bench is None:
                window.say("Only a plan's screws can be moved: run `planner plan` first, then view its folder.")
                return
            window.say("Understanding the bones for editing: some seconds ...")
            try:
                self.editing = acts.begin(self._bench(), window.chosen, edits_of(window.seen.document))
            except PlannerError as error:
                window.say(f"Editing needs the case. {error}")
                return
            self._saved = self.editing.fixations
        self.on = True
        window.smooth(False)
        self.take(window.chosen)
        window.words["notice"] = ""
        window.refresh()

    def take(self, key: tuple[str, str] | None) -> None:
        """Take a screw in hand; the fields round it are made now, so that its first move is as quick as others."""
        if self.on and self.editing is not None:
            self.editing = acts.warmed(acts.taken(self.editing, key))

    def do(self, act: str, how: Any, fine: float = 1.0) -> None:
        """One act of the hand: the numbers first, then rods and picture."""
        if not self.on:
            self.window.say("Press e to edit: the screw in hand then follows the keys.")
            return
        if act == "save":
            self._save()
            return
        before = self.editing
        self.editing = _ACTS[act](before, how, fine)
        if self.editing.word:
            self.window.say(self.editing.word[:1].upper() + self.editing.word[1:] + ".")
            return
        self.window.chosen = self.editing.at
        self._redraw(before)

    def _redraw(self, before: acts.Editing) -> None:
        window, now = self.window, self.editing
        changed = [key for key, f in now.fixations.items() if f is not before.fixations[key]]
        for key in changed:
            self._blocks[key] = fixation_block(now.fixations[key])
        sides = {side for _, side in changed}
        bent = [acts.rod_of(now, side) for side in sides]
        kept = [rod for rod in self._rods if rod["side"] not in sides]
        self._rods = kept + [rod_block(rod) for rod in bent if rod is not None]
        planned = window.motions
        for key in now.fixations:
            if key[1] not in sides:
                continue
            block = self.held(key)
            own = f"{key[0]} {key[1]}"
            if block["entry"] is None:
                window.drawn.drop([f"{part} {own}" for part in ("screw", "head", "neck")])
                window.drawn.drop([f"{part} {own} in the scan" for part in ("head", "neck")])
                continue
            still = RigidMotion.identity()
            parts = screw_items if key in changed else head_items
            self._put(parts(block, planned.get(key[0], still), self._rods), "planned", key in changed)
            if window.moves and key in changed:
                self._put(head_items(block, still, []), "scan", True)
        for side in sides:
            rod = next((r for r in self._rods if r["side"] == side), None)
            window.drawn.drop([] if rod else [f"rod {side}"])
            if rod:
                window.drawn.put(rod_item(rod), "planned" if window.moves else "both")
        self._ghosts(changed)
        window.refresh()

    def _put(self, items: list[Item], pose: str, whole: bool) -> None:
        """Draw a screw's parts; of one that was not moved only what followed the rod."""
        drawn = self.window.drawn
        for item in items:
            if item.group == "screw":
                drawn.put(item)
            elif whole or _seen_to_move(drawn.items.get(item.name), item):
                drawn.put(item, pose if self.window.moves else "both")

    def _ghosts(self, changed: list[tuple[str, str]]) -> None:
        """A thin bar where each moved screw was proposed."""
        window = self.window
        for key in changed:
            name, first = f"proposed {key[0]} {key[1]}", self.proposal(key)
            if key not in self.editing.edited or first["entry"] is None:
                window.drawn.drop([name])
            elif name not in window.drawn.items:
                motion = window.motions.get(key[0], RigidMotion.identity())
                ends = motion(np.array([first["entry"], first["tip"]]))
                window.drawn.put(
                    Item(name=name, group="screw", level=key[0], surface=tube(ends, _GHOST_MM), color=palette.FAINT_INK)
                )

    def _save(self) -> None:
        window = self.window
        if window.save is None or all(f is self._saved[key] for key, f in self.editing.fixations.items()):
            window.say("No screw was moved: there is nothing to save.")
            return
        try:
            place = window.save(edited_document(window.seen.document, self.editing))
        except PlannerError as error:
            window.say(str(error))
            return
        self._saved = self.editing.fixations
        window.say(f"Saved to {place}: the edit, with the proposal beside it.")


def _seen_to_move(old: Item | None, new: Item) -> bool:
    """True unless a part stands where it is drawn, to what an eye can see."""
    if old is None or old.color != new.color or old.surface.vertices.shape != new.surface.vertices.shape:
        return True
    return float(np.abs(old.surface.vertices - new.surface.vertices).max()) > _SEEN_MM
