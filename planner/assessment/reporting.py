"""Findings put into words: one place for how a sentence names a level, a side and a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.assessment.finding import Finding, Severity
from planner.assessment.grading import severity


def finding(
    code: str,
    level: str,
    side: str,
    text: str,
    evidence: Mapping[str, Any],
    values: Mapping[str, float] | None = None,
) -> Finding | None:
    """Return a finding with the severity its values reach by the grading table, or None if they reach none."""
    grade = severity(code, {k: v for k, v in (values or evidence).items() if isinstance(v, (int, float))})
    if grade is None:
        return None
    return stated(code, level, side, grade, text, evidence)


def stated(code: str, level: str, side: str, grade: Severity, text: str, evidence: Mapping[str, Any]) -> Finding:
    """Return a finding whose severity is given, its numbers rounded to what the method can tell."""
    rounded = {k: round(float(v), 3) if isinstance(v, float) else v for k, v in evidence.items()}
    return Finding(code=code, level=level, side=side, severity=grade, text=text, evidence=rounded)


def whose(level: str, side: str) -> str:
    """``C4 left``, or just the level on the midline."""
    return level if side == "midline" else f"{level} {side}"


def percent(fraction: float) -> str:
    return "not measurable" if fraction != fraction else f"{100 * fraction:.0f} %"


def point(xyz) -> list[float]:
    """A world point rounded for a reader."""
    return [round(float(v), 1) for v in xyz]
