"""What the mouse and the hand that moves a screw need of the window they work in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from planner.construct.plan import RigidMotion
from planner.output.window.drawn import Drawn

Side = tuple[str, str]
"""Level and side of a screw."""


class Host(Protocol):
    """A window: what it shows, which screw is chosen, and how it is told of a change."""

    plotter: Any
    seen: Any
    drawn: Drawn
    words: Any
    save: Callable[..., Any] | None
    moves: bool
    motions: Mapping[str, RigidMotion]
    blocks: dict[Side, Any]
    chosen: Side | None

    def refresh(self, render: bool = True) -> None:
        """Draw what has changed."""

    def choose(self, key: Side | None) -> None:
        """Choose a screw, or none."""

    def hover(self, key: Side | None) -> None:
        """Tell of the screw under the mouse."""

    def say(self, words: str) -> None:
        """Tell a sentence."""

    def smooth(self, yes: bool) -> None:
        """Draw with or without what takes time."""
