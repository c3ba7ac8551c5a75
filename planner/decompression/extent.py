"""What the decompression consists of. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.geometry.surface import Surface


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Undercut:
    """A dome cut into the inner half of a lamina that stays, at the ``caudal`` or ``cranial`` edge; scan pose.

    ``depth_mm`` is how far it reaches from the edge along the inner wall, ``lamina_left_mm`` the median of the
    bone behind it (nan where it is not measured). The areas are those of the canal half a millimetre inside the edge.
    ``conflict`` says what stands in its way, "" if nothing does.
    """

    level: str
    edge: str
    depth_mm: float
    removed: Surface
    removed_volume_mm3: float
    lamina_left_mm: float
    canal_area_before_mm2: float
    canal_area_after_mm2: float
    conflict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Laminoplasty:
    """An open door at one level, in place of the laminectomy: the lamina swung about its hinge, scan pose.

    ``offered`` is False where it is not to be considered; ``reason`` says why, or what to look at. ``hinge`` is
    the side that stays attached; the other is cut through and opened by ``opening_mm`` (chord of the free edge),
    which takes ``opening_deg``. ``lamina`` is what swings, where it comes to stand; ``gutters`` what the burr
    takes. ``contact_mm3`` is how much of the swung lamina would lie in the bone it hinges on.
    """

    level: str
    offered: bool
    reason: str
    hinge: str = ""
    opening_mm: float = float("nan")
    opening_deg: float = float("nan")
    lamina: Surface | None = None
    gutters: Surface | None = None
    gutter_volume_mm3: float = float("nan")
    canal_area_before_mm2: float = float("nan")
    canal_area_after_mm2: float = float("nan")
    contact_mm3: float = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decompression:
    """Bone removal at one level, in scan pose.

    ``trough`` maps a side to the (n, 3) line of the trough on the dorsal surface, from above downwards;
    ``removed`` is the bone that comes off, ``left`` the bone that stays. ``facet_preserved_percent`` by side.
    ``width_mm`` lies between the troughs. ``pincer_before_mm`` is the oblique room between the body below and this
    lamina, ``pincer_after_mm`` that to the next lamina above (nan where that goes too), in scan pose.
    ``unprotected`` are sentences where no bone lies over the dura, ``residual`` sentences on excess bone in the canal
    that the cut does not reach. ``undercuts`` are offered at the laminae above and below that stay, ``laminoplasty``
    is the alternative at this level.
    """

    level: str
    procedure: str
    trough: Mapping[str, np.ndarray]
    removed: Surface
    removed_volume_mm3: float
    facet_preserved_percent: Mapping[str, float]
    canal_area_before_mm2: float
    canal_area_after_mm2: float
    unprotected: tuple[str, ...]
    reason: str
    width_mm: float = float("nan")
    pincer_before_mm: float = float("nan")
    pincer_after_mm: float = float("nan")
    left: Surface | None = None
    residual: tuple[str, ...] = ()
    undercuts: tuple[Undercut, ...] = ()
    laminoplasty: Laminoplasty | None = None
