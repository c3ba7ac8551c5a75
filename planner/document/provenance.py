"""What a result came from: versions, inputs, tables, seed and options. No clock, no machine name."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import planner
from planner.document.values import plain
from planner.planning import PlanOptions
from planner.reading.case import Case
from planner.reference.tables import digests

PACKAGES = ("numpy", "scipy", "trimesh", "libigl", "manifold3d", "pyvista", "vtk")


def provenance_block(case: Case, options: PlanOptions | None) -> dict[str, Any]:
    """``seed`` and ``options`` are None for an inspection, which draws nothing at random; ``implants`` is the sha256 of
    a user's own catalogue."""
    return {
        "planner": planner.__version__,
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "inputs": {f.path: f.sha256 for f in case.files},
        "tables": digests(),
        "implants": _sha256(options.implants) if options and options.implants else None,
        "seed": options.seed if options else None,
        "options": {f.name: plain(getattr(options, f.name)) for f in fields(options)} if options else None,
    }


def _sha256(path: str) -> str | None:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
