"""An anchor graded again in another light: it keeps its place, or gives way to the first alternative that holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from planner.fixation.acceptance import rank
from planner.fixation.anchor import AnchorStatus, Candidate, Fixation
from planner.fixation.grade import unseen


def graded_again(fixation: Fixation, grade: Callable[[Candidate], Candidate]) -> Fixation:
    """Return the fixation with ``grade`` applied to the chosen anchor and to each alternative.

    Where the chosen one is no longer acceptable the best alternative that is takes its place; where there is none
    the side is skipped, or rejected if the user named the technique (it then has no alternatives).
    """
    chosen = grade(fixation.chosen)
    others = [grade(a) if isinstance(a, Candidate) else a for a in fixation.alternatives]
    if rank(chosen.status) < rank(AnchorStatus.REJECTED):
        return replace(fixation, status=chosen.status, reason=chosen.reason, chosen=chosen, alternatives=tuple(others))
    fit = [a for a in others if isinstance(a, Candidate) and a.status is not AnchorStatus.REJECTED]
    if fit:
        best = min(fit, key=lambda a: rank(a.status))
        rest = (*(a for a in others if a is not best), chosen)
        return replace(fixation, status=best.status, reason=best.reason, chosen=best, alternatives=rest)
    named = not fixation.alternatives
    return replace(
        fixation, status=AnchorStatus.REJECTED if named else AnchorStatus.SKIPPED, reason=chosen.reason,
        chosen=None, alternatives=(chosen, *others), unseen=unseen("none"),
    )  # fmt: skip
