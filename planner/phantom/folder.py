"""A phantom as a folder: a mesh a level, ``truth.json`` beside them, and a card that says how it was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.geometry.surface import Surface

CARD = "model.toml"
TRUTH = "truth.json"
FORMATS = ("ply", "stl", "obj")
_PLY_FORMAT = b"format binary_little_endian 1.0\n"
_PLY_STATED = b"comment SPACE=LPS\ncomment units mm\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What ``model.toml`` says of a phantom; `made` are the lines of how it is made again."""

    name: str
    title: str
    description: str
    masses: str
    made: Mapping[str, str | int | float]


def write_mesh(path: Path, surface: Surface) -> None:
    """Write a mesh in the format of the suffix, LPS mm; a PLY says so in its header, an STL cannot."""
    import trimesh

    solid = trimesh.Trimesh(surface.vertices, surface.faces, process=False)
    data = solid.export(file_type=path.suffix[1:])
    if isinstance(data, str):
        data = data.encode()
    path.write_bytes(data.replace(_PLY_FORMAT, _PLY_FORMAT + _PLY_STATED, 1) if path.suffix == ".ply" else data)


def write_folder(
    folder: Path, card: Card, surfaces: Mapping[str, Surface], truth: Mapping[str, Any], suffix: str = "ply"
) -> None:
    """Write the meshes, the truth and the card with the digest of every file; the folder exists.

    The same surfaces give the same bytes on one machine.
    """
    for name, surface in surfaces.items():
        write_mesh(folder / f"{name}.{suffix}", surface)
    (folder / TRUTH).write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    (folder / CARD).write_text(_text(folder, card), encoding="utf-8")


def _text(folder: Path, card: Card) -> str:
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != CARD)
    lines = [
        f"name = {json.dumps(card.name)}",
        f"title = {json.dumps(card.title)}",
        f"description = {json.dumps(card.description)}",
        'space = "LPS"',
        'units = "mm"',
        f"masses = {json.dumps(card.masses)}",
        'licence = "MIT"',
        'origin = "synthetic: implicit surfaces from the measures in planner/reference/data/morphometry.toml"',
        f"truth = {json.dumps(TRUTH)}",
        "",
        "[made]",
        *(f"{key} = {json.dumps(value)}" for key, value in card.made.items()),
        "",
        "[sha256]",
        *(f'"{path.name}" = "{hashlib.sha256(path.read_bytes()).hexdigest()}"' for path in files),
    ]
    return "\n".join(lines) + "\n"
