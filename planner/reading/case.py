"""What was read, before anything is understood. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.geometry.surface import Surface


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file as it was read: path as given, sha256 of its bytes, the level it holds, faces, repairs made.

    ``level`` is ``mass:NAME`` or ``avoid:NAME`` for what is not bone. A mesh of several vertebrae has one
    entry a level. ``unit_mm`` is the length of the file's unit.
    """

    path: str
    sha256: str
    level: str
    faces: int
    repairs: tuple[str, ...] = ()
    unit_mm: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bone:
    """One vertebra's surface in LPS mm, as read and repaired."""

    level: str
    surface: Surface
    source: SourceFile


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """The bones of one patient in world LPS mm, from the head down.

    ``masses`` are surfaces declared as calcification (never bone), ``avoid`` named keep-outs, ``space`` the
    axis code the files were in and ``space_source`` how it is known (``header``, ``model file``, ``format``,
    ``--space``, ``assumed``). ``side_attested`` is True only if a person vouched for left and right.
    """

    name: str
    bones: Mapping[str, Bone]
    masses: Mapping[str, Surface]
    avoid: Mapping[str, Surface]
    files: tuple[SourceFile, ...]
    space: str
    space_source: str
    side_attested: bool
    notes: tuple[str, ...]
