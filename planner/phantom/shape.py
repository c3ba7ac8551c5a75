"""The measures of one synthetic vertebra and the points that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from planner.errors import LevelError
from planner.phantom.pose import Pose, tilt
from planner.reference.tables import rows

LEVELS = ("C2", "C3", "C4", "C5", "C6", "C7")
_SHEAR_MM = 0.9
"""Upper endplate centres lie this far behind the body's middle, lower ones in front."""
_C2_HALF_BODY_MM = 6.0
_TYPICAL_SIZE_SPREAD = 0.035
_SHARE_OF_SPREAD = 0.6


@dataclass(frozen=True, kw_only=True, eq=False)
class FacetShape:
    """Left articular surface: centre, outward normal, width (l) and height (along the facet)."""

    center: np.ndarray
    normal: np.ndarray
    width: float
    height: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Shape:
    """Measures of one level, by the names of ``morphometry.toml``, and the joint with the level below.

    `below` is the superior facet of the next level in this level's own coordinates; the inferior facet is
    fitted to it across `facet_gap`. None for the last level, whose inferior facet follows its own angle.
    """

    level: str
    measures: dict[str, float]
    below: FacetShape | None = None

    def __getattr__(self, name: str) -> Any:
        try:
            return self.measures[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def bifid(self) -> bool:
        return "bifid_spread" in self.measures

    @property
    def posterior_wall(self) -> float:
        return self.body_depth / 2 - 0.5

    @cached_property
    def upper_endplate(self) -> np.ndarray:
        return np.array([0.0, _SHEAR_MM, self.body_height / 2])

    @cached_property
    def lower_endplate(self) -> np.ndarray:
        if self.level == "C2":
            return np.array([0.0, -0.5, -_C2_HALF_BODY_MM])
        return np.array([0.0, -_SHEAR_MM, -self.body_height / 2])

    @cached_property
    def mass_center(self) -> np.ndarray:
        """On the posterior face of the left lateral mass, at half its height."""
        if self.level == "C2":
            return np.array([self.canal_width / 2 + 6.0, self.posterior_wall + 8.6, -6.8])
        return np.array([
            self.canal_width / 2 + 0.2 + self.mass_width / 2, self.posterior_wall + 9.2, -0.26 * self.body_height,
        ])  # fmt: skip

    @cached_property
    def superior_facet(self) -> FacetShape:
        a, inward = np.radians(self.facet_angle), np.radians(self.facet_inward)
        up = np.array([0.0, -np.cos(a), np.sin(a)])
        normal = np.array([-np.sin(a) * np.sin(inward), np.sin(a) * np.cos(inward), np.cos(a)])
        up -= (up @ normal) * normal
        rim = self.mass_center + [0.0, 0.0, self.mass_height / 2]
        return FacetShape(
            center=rim + up * self.facet_height / 2, normal=normal, width=self.facet_width, height=self.facet_height
        )

    @cached_property
    def inferior_tip_height(self) -> float:
        return float(self.mass_center[2] - (4.8 if self.level == "C2" else self.mass_height / 2))

    @cached_property
    def inferior_facet(self) -> FacetShape:
        c = self.mass_center
        if self.below is None:
            twin = self.superior_facet
            point, normal, width, height = c + [0, -2.0, -self.mass_height / 2], twin.normal, twin.width, twin.height
        else:
            normal, width, height = self.below.normal, self.below.width, self.below.height
            point = self.below.center + self.facet_gap * normal
        # The tip: on that plane, in the middle of the mass, at the tip's height.
        behind = (normal @ point - normal[0] * c[0] - normal[2] * self.inferior_tip_height) / normal[1]
        tip = np.array([c[0], behind, self.inferior_tip_height])
        up = np.array([0.0, -normal[2], normal[1]])
        up = up - (up @ normal) * normal
        up /= np.linalg.norm(up)
        return FacetShape(center=tip + up * (height - 1.4) / 2, normal=-normal, width=width, height=height)

    @cached_property
    def foramen(self) -> np.ndarray:
        """Middle of the left transverse foramen (C2: its lower, vertical part)."""
        if self.level == "C2":
            return np.array([17.0, 6.2, -1.5])
        c = self.mass_center
        return np.array([c[0] - 2.3, c[1] - self.foramen_forward - self.foramen_diameter / 2, 1.6])

    @cached_property
    def spinolaminar(self) -> np.ndarray:
        """Inner surface of the arch in the midline, at half the lamina's height."""
        return np.array([0.0, self.posterior_wall + self.canal_ap, -8.4 if self.level == "C2" else -6.2])

    @cached_property
    def spinous_tip(self) -> np.ndarray:
        return self.spinolaminar + [0.0, self.spinous_reach, -self.spinous_fall]


@cache
def _table() -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in rows("morphometry", "measure")}


def measures(level: str, seed: int | None = None, sex: str | None = None) -> dict[str, float]:
    """Measures of one level: the table's means, or a person drawn by `seed`.

    A person has one size for all levels, with a spread of 3.5 % (proposal), and each measure its own
    deviation, 0.6 of the table's spread, two thirds of it shared by all levels.
    """
    _known(level)
    found = {name: float(row[level]) for name, row in _table().items() if level in row}
    if seed is None:
        return found
    size, shared, own = _person(seed)
    angles = ("facet_angle", "facet_inward", "lamina_lean", "lordosis")
    for name, row in _table().items():
        if name in found:
            deviation = 0.8 * shared[name] + 0.6 * own[name, level]
            scale = 1.0 if name in (*angles, "facet_gap") else size
            found[name] = found[name] * scale + _SHARE_OF_SPREAD * row["sd"] * deviation
    return found


def _known(*levels: str) -> None:
    for level in levels:
        if level not in LEVELS:
            raise LevelError(f"There is no synthetic '{level}'.", f"Choose from {', '.join(LEVELS)}.")


@cache
def _person(seed: int) -> tuple[float, dict[str, float], dict[tuple[str, str], float]]:
    rng = np.random.default_rng([seed, 1])
    size = 1.0 + _TYPICAL_SIZE_SPREAD * float(np.clip(rng.standard_normal(), -2, 2))
    clipped = lambda: float(np.clip(rng.standard_normal(), -2, 2))  # noqa: E731
    shared = {name: clipped() for name in _table()}
    return size, shared, {(name, level): clipped() for name in _table() for level in LEVELS}


def seat(upper: Shape, lower: Shape) -> Pose:
    """Pose of the upper level in the lower level's coordinates: across the disc, turned by the lordosis."""
    angle = lower.lordosis
    turn = tilt(-angle)
    disc = tilt(-angle / 2) @ np.array([0.0, 0.0, lower.disc_height])
    return Pose(rotation=turn, offset=lower.upper_endplate + disc - turn @ upper.lower_endplate)


def shapes(
    levels: tuple[str, ...] = LEVELS, seed: int | None = None, sex: str | None = None
) -> dict[str, Shape]:
    """Shapes of neighbouring levels whose inferior facets fit the superior facets below them."""
    _known(*levels)
    order = LEVELS[LEVELS.index(levels[0]) : LEVELS.index(levels[-1]) + 2]
    plain = {level: Shape(level=level, measures=measures(level, seed, sex)) for level in order}
    for upper, lower in zip(order[:-1], order[1:], strict=True):
        to_upper = seat(plain[upper], plain[lower]).inverse
        facet = plain[lower].superior_facet
        below = replace(facet, center=to_upper(facet.center), normal=to_upper.rotation @ facet.normal)
        plain[upper] = replace(plain[upper], below=below)
    return {level: plain[level] for level in levels}
