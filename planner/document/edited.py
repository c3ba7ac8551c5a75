"""A plan document after a hand moved its screws: what is held now, with what was proposed beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.document.fixations import fixation_block
from planner.document.operation import construct_block
from planner.editing.hand import Editing, construct_of


def edited_document(document: Mapping[str, Any], editing: Editing) -> dict[str, Any]:
    """Return a plan document with the screws as they are held.

    Each fixation says ``edited``. One that was moved holds its new numbers in the usual fields and the block it was
    proposed as under ``proposal``; its certificate is empty, because nobody searched there. The construct is made
    anew for the screws as held. Everything else stays, the decompression too: it was planned for the proposal, and a
    warning says so. A plan edited twice keeps the first proposal.
    """
    blocks, told = [], []
    for old in document["fixations"]:
        key = (old["level"], old["side"])
        if key in editing.edited:
            new = fixation_block(editing.fixations[key])
            first = old.get("proposal") or {k: v for k, v in old.items() if k != "edited"}
            blocks.append({**new, "alternatives": old["alternatives"], "edited": True, "proposal": first})
            told.append(f"{key[0]} {key[1]}")
        else:
            blocks.append({**(old.get("proposal") or old), "edited": False})
    construct = construct_block(construct_of(editing))
    # The rod of a side that was not touched stays to the last digit.
    touched = {side for _, side in editing.edited} | {f["side"] for f in document["fixations"] if f.get("proposal")}
    kept = {rod["side"]: rod for rod in document["construct"]["rods"] if rod["side"] not in touched}
    construct["rods"] = [kept.get(rod["side"], rod) for rod in construct["rods"]]
    old = document["construct"]
    construct["reduction"] = old["reduction"]
    # What the walk found between cuts and anchors, or changed for the rods, still holds for sides nobody touched.
    cuts = [c for c in old["conflicts"] if c["code"].startswith("cut.")]
    stepped_on = [c for c in cuts if (c["levels"][0], c["side"]) not in editing.edited]
    construct["conflicts"] = stepped_on + construct["conflicts"]
    construct |= {key: old[key] for key in ("changes",) if key in old}
    warnings = [w for w in document["warnings"] if not w.startswith(_MARK)]
    if told:
        words = "Decompression is as planned for the proposal; options are not compared."
        warnings.append(f"{_MARK}: {', '.join(told)}. {words}")
    options = document.get("options_of_proposal", document.get("options_compared", []))
    document = {key: value for key, value in document.items() if key != "options_of_proposal"}
    if told:
        document["options_of_proposal"] = options
    return {
        **document,
        "fixations": blocks,
        "construct": construct,
        "warnings": warnings,
        # They were compared with the proposal among them, and come back with it.
        "options_compared": [] if told else options,
    }


_MARK = "Screws moved by hand"
