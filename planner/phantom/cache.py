"""Meshes and truths of phantoms kept between runs, by what they were made from.

A folder of the user's cache (``PLANNER_CACHE``, else ``$XDG_CACHE_HOME/cervical-planner`` or
``~/.cache/cervical-planner``) holds one file a phantom. Anything that goes wrong with it only costs time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from planner.geometry.surface import Surface

Made = tuple[dict[str, Surface], dict[str, Any]]
"""Surfaces by name, and the truth as plain data."""


def folder() -> Path:
    """Where phantoms are kept."""
    named = os.environ.get("PLANNER_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cervical-planner"
    return (Path(named) if named else base) / "phantoms"


def kept(key: str, make: Callable[[], Made]) -> Made:
    """Return what is kept under `key`, or make and keep it."""
    path = folder() / f"{key}.npz"
    found = _read(path)
    if found is None:
        found = make()
        _write(path, found)
    return found


def _read(path: Path) -> Made | None:
    try:
        with np.load(path) as arrays:
            truth = json.loads(str(arrays["truth"]))
            names = [name[2:] for name in arrays.files if name.startswith("v_")]
            return {n: Surface(vertices=arrays[f"v_{n}"], faces=arrays[f"f_{n}"]) for n in names}, truth
    except (OSError, ValueError, KeyError, EOFError):
        return None


def _write(path: Path, made: Made) -> None:
    surfaces, truth = made
    arrays: dict[str, np.ndarray] = {"truth": np.array(json.dumps(truth))}
    for name, surface in surfaces.items():
        arrays[f"v_{name}"], arrays[f"f_{name}"] = surface.vertices, surface.faces
    half = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with half.open("wb") as stream:
            np.savez_compressed(stream, **arrays)
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
