"""Fixations, reduction and options of a plan document, as the values they were written from.

Numbers are those of the document, to its three decimals; null becomes nan.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from planner.construct.plan import Reduction, RigidMotion
from planner.fixation.anchor import (
    AnchorStatus,
    Angles,
    Breach,
    BreachProbability,
    Candidate,
    Certificate,
    EntryOffset,
    Fixation,
    Refusal,
    Screw,
)
from planner.geometry.axes import unit
from planner.geometry.trajectory import Trajectory

_NAN = float("nan")
_OF_THE_SIMULATION = ("profile", "samples", "seed")


def fixations_of(document: Mapping[str, Any]) -> tuple[Fixation, ...]:
    """Return the fixations of a plan document; an edited one as it is held, not as it was proposed."""
    return tuple(_fixation(block) for block in document["fixations"])


def proposals_of(document: Mapping[str, Any]) -> tuple[Fixation, ...]:
    """Return the fixations as they were proposed, whatever a hand did to them since."""
    return tuple(_fixation(block.get("proposal") or block) for block in document["fixations"])


def edits_of(document: Mapping[str, Any]) -> tuple[Fixation, ...]:
    """Return the fixations that a hand has changed, as they are held."""
    return tuple(_fixation(block) for block in document["fixations"] if block.get("proposal"))


def reduction_of(document: Mapping[str, Any]) -> Reduction:
    """Return the reduction of a plan document; levels it does not name do not move."""
    block = document["construct"]["reduction"]
    motions = {
        level: RigidMotion(rotation=np.array(t["rotation"], float), translation=np.array(t["translation_mm"], float))
        for level, t in block["transforms"].items()
    }
    return Reduction(
        segment=block["segment"], reason=block["reason"], motions=motions,
        before={name: _number(value) for name, value in block["before"].items()},
        after={name: _number(value) for name, value in block["after"].items()},
    )  # fmt: skip


def _fixation(block: Mapping[str, Any]) -> Fixation:
    return Fixation(
        level=block["level"], side=block["side"], status=AnchorStatus(block["status"]), reason=block["reason"],
        chosen=_candidate(block) if block["entry"] is not None else None,
        alternatives=tuple(
            _candidate(one) if one["entry"] is not None
            else Refusal(anchor=one["anchor"], technique=one["technique"], reason=one["reason"])
            for one in block["alternatives"]
        ),
        unseen=tuple(block["unseen"]),
    )  # fmt: skip


def _candidate(block: Mapping[str, Any]) -> Candidate:
    entry, tip = np.array(block["entry"], float), np.array(block["tip"], float)
    angles, offset, screw = block["angles"], block["entry_offset_mm"], block["screw"]
    breach, certificate = block["breach_probability"], block["certificate"]
    return Candidate(
        anchor=block["anchor"], technique=block["technique"], status=AnchorStatus(block["status"]),
        reason=block["reason"],
        trajectory=Trajectory(entry=entry, direction=unit(tip - entry), length_mm=screw["length_mm"]),
        angles=Angles(**{key: v if isinstance(v, str) else _number(v) for key, v in angles.items()}),
        entry_offset=EntryOffset(
            medial=_number(offset["medial"]), cranial=_number(offset["cranial"]), origin=offset["from"]
        ),
        screw=Screw(**screw),
        purchase_mm=_number(block["purchase_mm"]), cortex=block["cortex"],
        clearance_mm={name: _number(mm) for name, mm in block["clearance_mm"].items()},
        breach=BreachProbability(
            **{key: breach[key] for key in _OF_THE_SIMULATION},
            hazards={
                name: Breach(any=_number(b["any"]), over_2mm=_number(b["over_2mm"]))
                for name, b in breach.items() if name not in _OF_THE_SIMULATION
            },
        ),
        grade=block["grade"],
        certificate=Certificate(
            bound_mm=_number(certificate["bound_mm"]), evaluations=certificate["evaluations"],
            grid_mm=_number(certificate["grid_mm"]),
        ),
        tip_to_far_cortex_mm=_number(block["tip_to_far_cortex_mm"]), lamina_side=block["lamina_side"],
    )  # fmt: skip


def _number(value: float | None) -> float:
    return _NAN if value is None else value
