"""How much of a lateral mass is left, judged against the other side and the neighbouring levels.

Calcification and bone come as one surface from a thresholded scan, so a mass that took the place of a lateral
mass fills the volume. Where there is excess at the mass, only bone under a surface that matches the mirrored
one counts as residual.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.anatomy.vertebra import Status, Vertebra
from planner.assessment.grading import comparison
from planner.assessment.mirror import Mirror
from planner.assessment.occupancy import centers, cropped
from planner.geometry.axes import OPPOSITE, SIGN
from planner.geometry.crossings import Solid

# A column of fewer voxels is the rim of a surface.
_COLUMN_VOXELS = 2
_BORDERS = ("medial", "lateral", "superior", "inferior")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Box:
    """The room of one lateral mass in local (l, p, s) mm, least and greatest corner."""

    low: np.ndarray
    high: np.ndarray

    def holds(self, points: np.ndarray) -> np.ndarray:
        return ((points >= self.low) & (points <= self.high)).all(axis=-1)

    @property
    def center(self) -> np.ndarray:
        return (self.low + self.high) / 2

    @property
    def corners(self) -> np.ndarray:
        """(8, 3) corner points."""
        return np.stack(np.meshgrid(*zip(self.low, self.high, strict=True), indexing="ij"), axis=-1).reshape(-1, 3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """What a bone shows of a reference's surface: samples (n, 3), local mm, and which are found again or hidden."""

    samples: np.ndarray
    matched: np.ndarray
    hidden: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class MassComparison:
    """One lateral mass against the mirrored other one, or another laid over it. nan where that gives no answer.

    ``filled_fraction`` is plain volume in the mirrored room, mass or bone; ``matched_share`` the part of the
    mirrored surface that is found again within tolerance;
    ``height_fraction`` the rostrocaudal height of what fills it against the mirrored mass (median of its columns),
    ``free_columns_fraction`` that of its lower columns, which no lump fills;
    ``rear_offset_mm`` how far the rear face stands behind (+) or before (-) the mirrored one;
    ``core_share`` how much of the surface is found again over that quarter of the height where it is most (0: no core
    is left, or none is seen); ``absent_facets`` how many of the mirrored side's facets this side lacks; ``bone`` and
    ``envelope`` what fills it and what the reference fills. Which bone is credible, that under a surface found again,
    is asked only where volume proves nothing; it is worked out then.
    """

    side: str
    reference_mm3: float
    filled_fraction: float
    matched_share: float
    height_fraction: float
    free_columns_fraction: float
    rear_offset_mm: float
    core_share: float
    absent_facets: int
    box: Box
    bone: Solid
    envelope: np.ndarray
    shown: Shown

    @cached_property
    def _credible(self) -> np.ndarray:
        """Voxels of bone under a surface that is found again; what a lump hides is neither found nor missing."""
        seen = ~self.shown.hidden
        return _under_matched(self.bone, self.shown.samples[seen], self.shown.matched[seen])

    @cached_property
    def credible_fraction(self) -> float:
        """The volume of credible bone over the reference's."""
        return float(self._credible.sum() / self.envelope.sum())

    @cached_property
    def credible_height_fraction(self) -> float:
        """The height of credible bone over the reference's."""
        return _height(self._credible, self.envelope)

    @cached_property
    def filling(self) -> np.ndarray:
        """(n, 3) the voxels of bone there that lie under no matched surface."""
        return centers(self.bone, self.bone.filled & ~self._credible)


def room_of(vertebra: Vertebra, side: str) -> Box | None:
    """Return the box round a lateral mass, or None where its borders are not located.

    Medially it ends at the medial border, in front at the rear wall of the transverse foramen, above at the
    top of the superior facet and below at the inferior border.
    """
    names = [f"lateral_mass_{border}_border_{side}" for border in _BORDERS]
    if any(name not in vertebra.landmarks or not vertebra.landmarks[name].measured for name in names):
        return None
    medial, lateral, superior, inferior = (vertebra.local(name) for name in names)
    center = vertebra.local(f"lateral_mass_center_{side}")
    foramen = vertebra.foramina[side]
    front = vertebra.local("posterior_body_wall")[1] + 2.0
    if foramen.status is Status.MEASURED:
        front = vertebra.frame.to_local(foramen.center)[1] + foramen.diameter_mm / 2 + 1.0
    facet = vertebra.facets[f"superior_{side}"]
    top = superior[2] + 1.0
    if facet.status is Status.MEASURED and len(facet.points):
        top = max(top, float(vertebra.frame.to_local(facet.points)[:, 2].max()) + 0.5)
    across = np.sort(SIGN[side] * np.array([abs(medial[0]), abs(lateral[0]) + 3.0]))
    rear = max(center[1], medial[1], inferior[1]) + 3.0
    return Box(
        low=np.array([across[0], min(front, center[1] - 4.0), inferior[2] - 0.5]),
        high=np.array([across[1], rear, top]),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """A lateral mass laid over another: whose it is, its room there, and the map of local coordinates that lays it."""

    vertebra: Vertebra
    side: str
    room: Box
    lay: Mirror


def mirrored_reference(vertebra: Vertebra, side: str, mirror: Mirror) -> Reference | None:
    """Return the other side's mass laid over this one; None where its borders are not measured."""
    other = room_of(vertebra, OPPOSITE[side])
    return None if other is None else Reference(vertebra=vertebra, side=OPPOSITE[side], room=other, lay=mirror)


def compare(
    vertebra: Vertebra, side: str, bone: Solid, image: Solid, reference: Reference
) -> MassComparison | None:
    """Compare a lateral mass with one laid over it; None where hardly anything of that is in its room.

    ``bone`` and ``image`` are solids of the vertebra and of the reference as it lies there, on one grid.
    """
    whole = bone
    inside = _in_the_room(bone, image, reference)
    if inside is None:
        return None
    bone, envelope, wide = inside
    other, lay = reference.room, reference.lay
    found = bone.filled & wide
    corners = lay(np.array([other.low, other.high]))
    box = Box(low=corners.min(axis=0), high=corners.max(axis=0))
    shown, rear, core = _surface_match(vertebra, reference, whole)
    return MassComparison(
        side=side,
        reference_mm3=float(envelope.sum() * bone.spacing_mm**3),
        filled_fraction=_filled(found, envelope),
        matched_share=float(shown.matched.mean()),
        height_fraction=_height(found, envelope),
        free_columns_fraction=_height(found, envelope, comparison("free_columns_share")),
        rear_offset_mm=rear,
        core_share=core,
        absent_facets=_absent_facets(vertebra, side, reference),
        box=box,
        bone=Solid(low=bone.low, spacing_mm=bone.spacing_mm, filled=found),
        envelope=envelope,
        shown=shown,
    )


def filled_fraction(bone: Solid, image: Solid, reference: Reference) -> float | None:
    """Plain volume in the reference's room over the reference's, as `compare` gives it, without the rest of that."""
    inside = _in_the_room(bone, image, reference)
    return None if inside is None else _filled(inside[0].filled & inside[2], inside[1])


def _in_the_room(bone: Solid, image: Solid, reference: Reference) -> tuple[Solid, np.ndarray, np.ndarray] | None:
    """The bone about a reference's room, where the reference has bone in it, and that with a voxel round about."""
    from scipy.ndimage import binary_dilation

    other, lay = reference.room, reference.lay
    corners = lay(other.corners)
    bone, image = _on_one_grid(bone, image, corners.min(axis=0), corners.max(axis=0))
    nodes = np.stack(np.meshgrid(*(bone.coordinates(k) for k in range(3)), indexing="ij"), axis=-1)
    room = other.holds(lay.back(nodes))
    envelope = image.filled & room
    if envelope.sum() < 50:
        return None
    return bone, envelope, binary_dilation(envelope, iterations=1) & room


def _on_one_grid(bone: Solid, image: Solid, low: np.ndarray, high: np.ndarray) -> tuple[Solid, Solid]:
    """The parts of two solids between two corners; their grids share nodes, but not their bounds."""
    ends = image.low + image.spacing_mm * np.array(image.filled.shape)
    low, high = np.maximum(low, image.low), np.minimum(high, ends)
    part = cropped(bone, low, high)
    shift = np.rint((part.low - image.low) / image.spacing_mm).astype(int)
    filled = np.zeros(part.filled.shape, bool)
    first, last = np.maximum(shift, 0), np.minimum(shift + np.array(filled.shape), image.filled.shape)
    target = tuple(slice(a - o, b - o) for a, b, o in zip(first, last, shift, strict=True))
    filled[target] = image.filled[tuple(slice(a, b) for a, b in zip(first, last, strict=True))]
    return part, Solid(low=part.low, spacing_mm=part.spacing_mm, filled=filled)


def _surface_match(
    vertebra: Vertebra, reference: Reference, bone: Solid
) -> tuple[Shown, float, float]:
    """What the bone shows of the reference's surface, the rear face's offset, the core's share."""
    frame, own = vertebra.frame, reference.vertebra.frame
    points, normals = reference.vertebra.surface.sampled(15000, seed=1)
    points, normals = own.to_local(points), own.direction_to_local(normals)
    inside = reference.room.holds(points)
    points, normals = points[inside][:1500], normals[inside][:1500]
    image, image_normals = reference.lay(points), normals @ reference.lay.matrix.T
    distance, _, face = vertebra.surface.closest(frame.to_world(image))
    across = frame.direction_to_local(vertebra.surface.face_normals[face])
    aligned = np.einsum("ij,ij->i", image_normals, across) > np.cos(np.radians(comparison("surface_match_deg")))
    rear = np.flatnonzero(image_normals[:, 1] > 0.6)
    offset = float("nan")
    if len(rear):
        behind = image[rear] + [0.0, 25.0, 0.0]
        ahead = np.tile(-frame.posterior, (len(rear), 1))
        hits, _ = vertebra.surface.first_hit(frame.to_world(behind), ahead)
        offset = (
            float(np.nanmedian(frame.to_local(hits)[:, 1] - image[rear, 1])) if np.isfinite(hits).any() else -np.inf
        )
    matched = (distance < comparison("surface_match_mm")) & aligned
    # The front is the pedicle's root and the artery's ring, which outlast the mass; a buried sample shows nothing.
    buried = bone.at(image) & (distance > comparison("buried_mm"))
    rest = (image_normals[:, 1] > -0.6) & (points[:, 1] > reference.vertebra.local("posterior_body_wall")[1] + 2.0)
    shown = Shown(samples=image, matched=matched, hidden=buried & ~matched)
    return shown, offset, _core(image[rest, 2], (matched & ~buried)[rest])


def _core(heights: np.ndarray, found: np.ndarray) -> float:
    """Greatest share of samples found again over two adjacent eighths of the height."""
    low, high = heights.min(initial=np.inf), heights.max(initial=-np.inf)
    band = np.clip((8 * (heights - low) / max(high - low, 1e-9)).astype(int), 0, 7)
    count = np.bincount(band, minlength=8)
    again = np.bincount(band, weights=found, minlength=8)
    pairs, of = again[:-1] + again[1:], count[:-1] + count[1:]
    return float((pairs[of >= 40] / of[of >= 40]).max(initial=0.0))


def _under_matched(bone: Solid, samples: np.ndarray, matched: np.ndarray) -> np.ndarray:
    """Voxels of bone whose nearest mirrored surface was mostly found again."""
    from scipy.spatial import cKDTree

    out = np.zeros_like(bone.filled)
    if len(samples) < 5:
        return out
    _, nearest = cKDTree(samples).query(centers(bone), k=9)
    out[bone.filled] = matched[nearest].mean(axis=1) > 0.5
    return out


def _filled(found: np.ndarray, envelope: np.ndarray) -> float:
    """Volume found over volume expected, over the columns that both have as long as the outline is kept.

    Two healthy sides differ in outline by as much as a tenth of its area. Of that no more than twice is gone where the
    whole volume counts.
    """
    own, usual = found.sum(axis=2), envelope.sum(axis=2)
    there = usual >= _COLUMN_VOXELS
    both = there & (own >= _COLUMN_VOXELS)
    whole = float(own.sum() / usual.sum())
    if not both.any():
        return whole
    natural = comparison("natural_outline_share")
    gone = 1.0 - both.sum() / there.sum()
    weight = float(np.clip(gone / natural - 1.0, 0.0, 1.0))
    return weight * whole + (1.0 - weight) * float(own[both].sum() / usual[both].sum())


def _height(found: np.ndarray, envelope: np.ndarray, share: float = 0.5) -> float:
    """The share-quantile, over the columns through the middle of the envelope, of found over envelope height."""
    tall = envelope.sum(axis=2)
    middle = tall >= 0.6 * tall.max()
    return float(np.quantile(found.sum(axis=2)[middle] / tall[middle], share))


def _absent_facets(vertebra: Vertebra, side: str, reference: Reference) -> int:
    """How many facets the reference has and this side lacks."""
    missing = 0
    for kind in ("superior", "inferior"):
        own, other = vertebra.facets[f"{kind}_{side}"], reference.vertebra.facets[f"{kind}_{reference.side}"]
        if other.status is Status.MEASURED:
            missing += own.status is not Status.MEASURED
    return missing
