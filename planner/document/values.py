"""Plain values for the document: rounded, ordered, and null where nothing was measured."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np

DECIMALS = 3
UNIT_DECIMALS = 6


def number(value: Any, decimals: int = DECIMALS) -> float | int | None:
    """A finite number rounded for the document; None for None, nan and infinity.

    Whole numbers stay whole; -0.0 becomes 0.0, so that two equal plans are equal texts.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, np.integer):
        return int(value)
    if not np.isfinite(value):
        return None
    return round(float(value), decimals) + 0.0


def point(xyz: Any, decimals: int = DECIMALS) -> list[float] | None:
    """``[x, y, z]`` in LPS mm, or None when any coordinate is not finite (an absent landmark)."""
    if xyz is None or not np.isfinite(xyz).all():
        return None
    return [number(float(c), decimals) for c in xyz]


def direction(vector: Any) -> list[float] | None:
    """A unit vector with the decimals that keep a 100 mm lever within a tenth of a micrometre."""
    return point(vector, UNIT_DECIMALS)


def points(rows: Any) -> list[list[float]]:
    """(n, 3) points as a list; rows that are not finite are left out."""
    return [p for p in map(point, np.asarray(rows, float).reshape(-1, 3)) if p is not None]


def plain(value: Any) -> Any:
    """Turn evidence and options, whatever they hold, into what JSON can say. Keys become text."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, np.bool_):
        return bool(value)
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Mapping):
        return {_key(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, set | frozenset):
        return [plain(v) for v in sorted(value, key=str)]
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, int | float | np.number):
        return number(value)
    return str(value)


def _key(key: Any) -> str:
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(plain(key))
