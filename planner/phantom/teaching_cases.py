"""The columns of the teaching models; every figure of them is in their logs."""

from __future__ import annotations

from planner.phantom.arch_loss import laminectomy
from planner.phantom.artery import high_riding_artery
from planner.phantom.column import Column, column
from planner.phantom.displacement import lock
from planner.phantom.reshaping import congenital_stenosis
from planner.phantom.source_case import SPREAD

INTERNAL_HEIGHT_MM = 1.7
CANAL_MM = 9.4
SLIP_MM = 4.2
KYPHOSIS_DEG = -10.0


def high_riding(seed: int) -> Column:
    """C2 whose right artery leaves an internal height under 2 mm."""
    return high_riding_artery(column(seed=seed, spread=SPREAD), "right", INTERNAL_HEIGHT_MM)


def congenitally_narrow(seed: int) -> Column:
    """C3 to C6 with a canal of under 10 mm."""
    return congenital_stenosis(column(seed=seed, spread=SPREAD), "C3", CANAL_MM, "C6")


def dislocated(seed: int) -> Column:
    """C5 locked on C6 on the left."""
    return lock(column(seed=seed, spread=SPREAD), "C5", "left", SLIP_MM)


def after_laminectomy(seed: int) -> Column:
    """C3 to C6 without arches, in kyphosis."""
    return laminectomy(column(seed=seed, spread=SPREAD, lordosis_deg=KYPHOSIS_DEG), "C3", "C6")
