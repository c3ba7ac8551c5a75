"""The measures of one synthetic vertebra and the points that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any
from zlib import crc32

import numpy as np

from planner.errors import LevelError
from planner.phantom.pose import Pose, tilt
from planner.reference.tables import rows

LEVELS = ("C2", "C3", "C4", "C5", "C6", "C7")
SHEAR_MM = 0.5
"""The body leans: its upper endplate lies this far behind the body's middle, its lower one in front (proposal)."""
_USUAL_SEX = 0.04
"""Men less women, as a share of the mean, where a row does not say (proposal)."""
_USUAL_SIZE = 0.5
_SHARED, _OWN = 0.85, 0.527
"""How much of what size leaves is shared by a person's levels, and how much is a level's own (proposal)."""
_LEAST_WITHIN = 0.5


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
        return np.array([0.0, SHEAR_MM, self.body_height / 2])

    @cached_property
    def lower_endplate(self) -> np.ndarray:
        if self.level == "C2":
            return np.array([0.0, -0.5, -self.body_drop])
        return np.array([0.0, -SHEAR_MM, -self.body_height / 2])

    @property
    def upper_rear_corner(self) -> np.ndarray:
        """Where rear wall and upper endplate meet, in the midline."""
        return self.upper_endplate + [0.0, self.posterior_wall, 0.0]

    @property
    def lower_rear_corner(self) -> np.ndarray:
        return self.lower_endplate + [0.0, self.posterior_wall, 0.0]

    @cached_property
    def mass_center(self) -> np.ndarray:
        """On the posterior face of the left lateral mass, at half its height."""
        if self.level == "C2":
            return np.array([self.canal_width / 2 + 6.4, self.posterior_wall + self.mass_behind, -self.mass_drop])
        rear_wall = self.foramen[1] + self.foramen_diameter / 2
        return np.array([
            self.foramen[0] + self.foramen_diameter / 2 + self.mass_out, rear_wall + self.foramen_forward,
            -self.mass_drop,
        ])  # fmt: skip

    @cached_property
    def superior_facet(self) -> FacetShape:
        a, inward = np.radians(self.facet_angle), np.radians(self.facet_inward)
        up = np.array([0.0, -np.cos(a), np.sin(a)])
        normal = np.array([-np.sin(a) * np.sin(inward), np.sin(a) * np.cos(inward), np.cos(a)])
        up -= (up @ normal) * normal
        rim = self.mass_center + [0.0, 0.0, self.mass_height / 2 + 0.8]
        return FacetShape(
            center=rim + up * self.facet_height / 2, normal=normal, width=self.facet_width, height=self.facet_height
        )

    @cached_property
    def inferior_tip_height(self) -> float:
        return float(self.mass_center[2] - (4.8 if self.level == "C2" else self.mass_height / 2 + 0.45))

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
    def pedicle_axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The canal's front outer corner at the left pedicle, and the directions across and along the pedicle."""
        yaw = np.radians(self.pedicle_yaw)
        across, along = np.array([np.cos(yaw), -np.sin(yaw), 0.0]), np.array([np.sin(yaw), np.cos(yaw), 0.0])
        middle = self.body_height / 2 - self.pedicle_below
        return np.array([self.canal_width / 2 - 0.4, self.posterior_wall + 1.5, middle]), across, along

    @cached_property
    def foramen(self) -> np.ndarray:
        """Middle of the left transverse foramen (C2: its lower, vertical part)."""
        if self.level == "C2":
            inner = self.canal_width / 2
            return np.array([inner + self.foramen_out + 0.5 * self.pars_width, self.foramen_behind, -1.5])
        corner, across, along = self.pedicle_axes
        out = self.pedicle_width + self.foramen_gap + self.foramen_diameter / 2
        return corner + out * across + self.foramen_along * along

    @cached_property
    def spinolaminar(self) -> np.ndarray:
        """Inner surface of the arch in the midline, at half the lamina's height."""
        return np.array([0.0, self.posterior_wall + self.canal_ap, -self.lamina_drop])

    @cached_property
    def lamina_ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the straight inner wall of the left lamina begins beside the midline, and where it ends outside."""
        mid, c = self.spinolaminar, self.mass_center
        if self.level == "C2":
            return mid, c - [0.0, 2.2, 0.0]
        corner = np.array([self.canal_width / 2 - 2.0, self.posterior_wall + 7.0, c[2] + 0.4])
        return np.array([2.0, mid[1] - 0.8, mid[2]]), corner

    @cached_property
    def lamina_out(self) -> np.ndarray:
        """Outward normal of the left lamina, leaning with it."""
        apex, corner = self.lamina_ends
        lean = np.radians(self.lamina_lean)
        slope = np.arctan2(apex[1] - corner[1], corner[0] - apex[0])
        return np.array([np.sin(slope) * np.cos(lean), np.cos(slope) * np.cos(lean), np.sin(lean)])

    @cached_property
    def spinous_tip(self) -> np.ndarray:
        return self.spinolaminar + [self.spinous_sway, self.spinous_reach, -self.spinous_fall]


@cache
def _table() -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in rows("morphometry", "measure")}


def measures(level: str, seed: int | None = None, sex: str | None = None, spread: float = 1.0) -> dict[str, float]:
    """Measures of one level: the table's means, or a person drawn by `seed`.

    A person has a sex (drawn evenly unless given) and a size. A measure's deviation is made of the size's part
    (`size` of its row, a correlation), a part shared by all levels and one of its own, so that the levels of a
    person resemble one another; over persons of both sexes it has the mean and the `sd` of its row. `spread`
    draws that much of every deviation: under 1 for a person nearer to the mean.
    """
    _known(level)
    table = {name: row for name, row in _table().items() if level in row}
    found = {name: float(row[level]) for name, row in table.items()}
    if seed is None:
        half = {None: 0.0, "male": 0.5, "female": -0.5}[sex]
        return {name: value + half * _between_sexes(table[name], value) for name, value in found.items()}
    drawn = _person(seed)
    male = (sex or drawn.sex) == "male"
    for name, row in table.items():
        between = _between_sexes(row, found[name])
        # The row's spread is that of both sexes together: what the sexes explain is taken off.
        within = np.sqrt(max(row["sd"] ** 2 - (between / 2) ** 2, (_LEAST_WITHIN * row["sd"]) ** 2))
        size = row.get("size", _USUAL_SIZE)
        rest = np.sqrt(1.0 - size**2)
        deviation = size * drawn.size + rest * (_SHARED * drawn.shared[name] + _OWN * drawn.own[name, level])
        found[name] += spread * ((0.5 if male else -0.5) * between + within * deviation)
    return found


def _between_sexes(row: dict[str, Any], mean: float) -> float:
    return float(row.get("sex", _USUAL_SEX * mean))


def _known(*levels: str) -> None:
    for level in levels:
        if level not in LEVELS:
            raise LevelError(f"There is no synthetic '{level}'.", f"Choose from {', '.join(LEVELS)}.")


@dataclass(frozen=True, kw_only=True, eq=False)
class _Person:
    """One draw: every number has mean 0 and spread 1, and none lies beyond 2.2."""

    sex: str
    size: float
    shared: dict[str, float]
    own: dict[tuple[str, str], float]


@cache
def _person(seed: int) -> _Person:
    def drawn(*key: int) -> float:
        return float(np.clip(np.random.default_rng([seed, 1, *key]).standard_normal(), -2.2, 2.2))

    # Each number has a stream of its own, so that a new row of the table leaves every person as they were.
    keys = {name: crc32(name.encode()) for name in _table()}
    return _Person(
        sex=("female", "male")[int(np.random.default_rng([seed, 1]).integers(2))],
        size=drawn(0),
        shared={name: drawn(1, key) for name, key in keys.items()},
        own={(name, level): drawn(2, key, int(level[1:])) for name, key in keys.items() for level in LEVELS},
    )


def seat(upper: Shape, lower: Shape) -> Pose:
    """Pose of the upper level in the lower level's coordinates: across the disc, turned by the lordosis.

    The rear walls of the two bodies meet the disc in line: a healthy segment has no slip.
    """
    angle = lower.lordosis
    turn = tilt(-angle)
    disc = tilt(-angle / 2) @ np.array([0.0, 0.0, lower.disc_height])
    return Pose(rotation=turn, offset=lower.upper_rear_corner + disc - turn @ upper.lower_rear_corner)


def shapes(
    levels: tuple[str, ...] = LEVELS, seed: int | None = None, sex: str | None = None, spread: float = 1.0,
    changes: Mapping[str, Mapping[str, float]] | None = None,
) -> dict[str, Shape]:  # fmt: skip
    """Shapes of neighbouring levels whose inferior facets fit the superior facets below them.

    `changes` sets measures by level and name instead of what is drawn.
    """
    _known(*levels)
    order = LEVELS[LEVELS.index(levels[0]) : LEVELS.index(levels[-1]) + 2]
    given = changes or {}
    plain = {
        level: Shape(level=level, measures={**measures(level, seed, sex, spread), **given.get(level, {})})
        for level in order
    }
    for upper, lower in zip(order[:-1], order[1:], strict=True):
        to_upper = seat(plain[upper], plain[lower]).inverse
        facet = plain[lower].superior_facet
        below = replace(facet, center=to_upper(facet.center), normal=to_upper.rotation @ facet.normal)
        plain[upper] = replace(plain[upper], below=below)
    return {level: plain[level] for level in levels}
