"""Lumps measured: what of them lies beyond the reference bent onto the bone about them, down to their rims."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.bores import Bore, bores
from planner.assessment.excess import Excess, ball, canal_voxels, enclosed, in_spinous_wedge
from planner.assessment.grading import comparison, severity
from planner.assessment.masks import beyond_reach, dilated, laid, near, opened
from planner.assessment.mirror import Mirror
from planner.assessment.occupancy import centers, occupied
from planner.assessment.proof import by_foramen, holds
from planner.geometry.crossings import Solid
from planner.geometry.surface import Surface

_MARGIN_MM = 5.0
_SAME_MM = 0.45
_APART_MM = 1.5
_BESIDE_CANAL_MM = 1.0
# Round the canal: a growth may hang out of it, above all below the lamina's edge.
_BESIDE_MM = np.array([[4.0, 4.0, 6.0], [4.0, 6.0, 4.0]])


def measured_lumps(
    vertebra: Vertebra, local: Surface, reference: Surface, mirror: Mirror, lumps: tuple[Excess, ...],
    poor: Collection[str], canal: Solid | None,
) -> tuple[Excess, ...]:  # fmt: skip
    """Return the lumps with their volumes beyond ``reference``, and those in the canal that only it shows.

    ``local`` is the bone, ``reference`` the mirror image bent onto it, both in local mm, ``canal`` the bone about the
    canal as `about_canal` has it. Pieces apart stay as they are.
    ``poor`` are the sides whose opposite lacks bone: there the reference is followed less far. A faint lump must be
    proven by its height or a narrowed foramen, or it is none.
    """
    kept, taken = [], set()
    narrowed = [bore for bore in bores(vertebra, mirror) if bore.narrowed]
    apart = [lump.points for lump in lumps if lump.detached]
    for lump in sorted(lumps, key=lambda lump: -lump.core_mm3):
        faintly = lump.plug
        if not lump.detached:
            lump = _beyond(local, reference, lump, lump.side in poor, taken, apart, narrowed)
            lump = replace(lump, heights=np.where(in_spinous_wedge(vertebra, lump.points), 0.0, lump.heights))
            lump = _as_plug(vertebra.level, lump, narrowed)
        if lump.volume_mm3 > 0 and holds(vertebra.level, lump):
            kept.append(lump)
        elif faintly and len(lump.points):
            kept = _with_rest(kept, lump, narrowed)
    growths = [] if canal is None else growths_in_canal(vertebra, canal, reference, mirror)
    return _with_growths(kept, growths)


def _with_rest(lumps: list[Excess], rest: Excess, narrowed: Sequence[Bore]) -> list[Excess]:
    """The lumps, one of which may be most of what narrows a foramen: then the ``rest`` about that is its own."""
    for bore in (one for one in narrowed if one.about(rest.points).any()):
        for k, lump in enumerate(lumps):
            if not lump.detached and bore.about(lump.points).mean() > 0.5:
                return [*lumps[:k], _joined(lump, rest.points, rest.heights), *lumps[k + 1 :]]
    return lumps


def _as_plug(level: str, lump: Excess, narrowed: Sequence[Bore]) -> Excess:
    """A measured lump with what of it stands clear about a narrowed foramen that it reaches into, if that proves it.

    It is a plug if it lies there as good as whole.
    """
    voxel = comparison("fine_voxel_mm") ** 3
    for bore in narrowed:
        if bore.inside(lump.points).sum() * voxel >= comparison("plug_inside_mm3"):
            about = bore.about(lump.points)
            clear = voxel * float((about & (lump.heights > comparison("plug_rise_mm"))).sum())
            found = replace(lump, plug=bool(about.mean() >= comparison("plug_share")), plugging_mm3=clear)
            if by_foramen(level, found):
                return found
    return replace(lump, plug=False, plugging_mm3=0.0)


def thick_pieces(points: np.ndarray, radius_mm: float) -> np.ndarray:
    """The number of its piece, from 1, for each of a measured lump's voxels (n, 3).

    0 for films, and for pieces in which there is no room for a ball of this radius.
    """
    from scipy.ndimage import binary_dilation, binary_erosion, binary_opening, label

    if not len(points):
        return np.zeros(0, int)
    fine = comparison("fine_voxel_mm")
    margin = int(np.ceil(radius_mm / fine)) + 1
    index = np.rint((points - points.min(axis=0)) / fine).astype(int) + margin
    filled = np.zeros(index.max(axis=0) + margin + 1, bool)
    filled[tuple(index.T)] = True
    thick = binary_opening(filled, ball(1.0))
    names = label(thick, np.ones((3, 3, 3)))[0]
    held = np.unique(names[binary_erosion(filled, ball(radius_mm / fine)) & thick])
    out = np.zeros(filled.shape, int)
    for name in held[held > 0]:
        out[binary_dilation(names == name, ball(3.0)) & filled & (out == 0)] = name
    return out[tuple(index.T)]


def holds_ball(points: np.ndarray, radius_mm: float) -> bool:
    """Whether a ball fits into a measured lump's voxels (n, 3)."""
    return bool(thick_pieces(points, radius_mm).any())


def _beyond(
    local: Surface, reference: Surface, lump: Excess, poor: bool, taken: set[bytes], apart: Sequence[np.ndarray],
    narrowed: Sequence[Bore],
) -> Excess:  # fmt: skip
    """The lump anew: everything that rises from the reference about where it was seen, and is not ``taken``.

    Nor does it belong to the pieces ``apart`` (n, 3), which are counted whole. One seen at a ``narrowed`` foramen has
    all that hangs together about it or stands clear.
    """
    from scipy.ndimage import binary_propagation, distance_transform_edt
    from scipy.spatial import cKDTree

    fine = comparison("fine_voxel_mm")
    # All lumps are measured on one lattice, so that none is counted twice.
    low, high = lump.points.min(axis=0) - _MARGIN_MM, lump.points.max(axis=0) + _MARGIN_MM
    if lump.plug:
        ends = np.concatenate([bore.corners() for bore in narrowed if bore.about(lump.points).any()])
        low, high = np.minimum(low, ends.min(axis=0)), np.maximum(high, ends.max(axis=0))
    low = fine * np.floor(low / fine)
    bone, usual = (occupied(one, fine, low, high, local.is_closed) for one in (local, reference))
    beyond, thick = _risen(bone, usual)
    seen = np.zeros(beyond.shape, bool)
    seen[tuple(np.rint((lump.points - bone.low) / fine).astype(int).T)] = True
    about = near(seen, comparison("lump_rim_ill_mm" if poor else "lump_rim_mm"), fine) & thick
    if lump.plug:
        nodes = np.stack(np.meshgrid(*(bone.coordinates(k) for k in range(3)), indexing="ij"), axis=-1)
        clear = distance_transform_edt(~usual.filled, sampling=fine) > comparison("plug_rise_mm")
        there = thick & (clear | np.any([bore.about(nodes) for bore in narrowed], axis=0))
        about |= binary_propagation(about & there, mask=there)
    found = dilated(binary_propagation(about, mask=about), ball(3.0)) & beyond
    points = centers(bone, found)
    heights = distance_transform_edt(~usual.filled, sampling=fine)[found]
    names = [row.tobytes() for row in np.rint(points / fine).astype(np.int32)]
    new = np.array([name not in taken for name in names], bool)
    if apart and len(points):
        reach = comparison("voxel_mm")
        new &= np.isinf(cKDTree(np.concatenate(apart)).query(points, distance_upper_bound=reach)[0])
    points, heights = points[new], heights[new]
    taken.update(names)
    inside = lump.in_canal_mm3 >= comparison("canal_lump_share") * lump.volume_mm3
    volume = len(points) * fine**3
    return replace(
        lump, points=points, volume_mm3=volume, in_canal_mm3=volume if inside else 0.0,
        canal_points=points if inside else points[:0], heights=heights,
    )  # fmt: skip


def _risen(bone: Solid, usual: Solid) -> tuple[np.ndarray, np.ndarray]:
    """(voxels of bone outside the usual, those of them that are no film on it)."""
    beyond = bone.filled & ~usual.filled
    return beyond, opened(beyond, ball(1.0))


def about_canal(vertebra: Vertebra, local: Surface) -> Solid | None:
    """Return the bone (``local``, local mm) about the canal on fine voxels; None where the canal is not measured."""
    width = vertebra.measures.get(("canal_width", "midline"), float("nan"))
    if not len(vertebra.canal.centerline) or width != width:
        return None
    outline = vertebra.frame.to_local(np.concatenate(list(vertebra.canal.sections)))
    low, high = outline.min(axis=0) - _BESIDE_MM[0], outline.max(axis=0) + _BESIDE_MM[1]
    low[0], high[0] = min(low[0], -high[0]), max(high[0], -low[0])
    return occupied(local, comparison("fine_voxel_mm"), low, high, local.is_closed)


def growths_in_canal(
    vertebra: Vertebra, bone: Solid, reference: Surface, mirror: Mirror
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return what of the ``bone`` about the canal stands out of its wall beyond the reference, lump by lump.

    Voxels (n, 3), local mm, within the canal and about it, how far each stands outside the reference (n,), mm, and the
    voxels (m, 3) where the same lump may have come through the lamina.
    """
    from scipy.ndimage import binary_propagation, distance_transform_edt, gaussian_filter, label

    width, fine = vertebra.measures["canal_width", "midline"], bone.spacing_mm
    least = comparison("canal_rise_mm3" if vertebra.level != "C2" else "canal_rise_c2_mm3")
    high = bone.low + fine * (np.array(bone.filled.shape) - 1)
    usual = occupied(reference, fine, bone.low, high, vertebra.surface.is_closed)
    beyond, thick = _risen(bone, usual)
    own = canal_voxels(vertebra, bone)
    free = own | laid(bone, own, mirror, mirror.back)
    rise = comparison("canal_rise_mm")
    if beyond_reach(thick & free, usual.filled, rise, fine).sum() * fine**3 < least:
        # Nothing stands out within the canal: so it is in healthy bone.
        return []
    outside = distance_transform_edt(~usual.filled, sampling=fine)
    nodes = np.stack(np.meshgrid(*(bone.coordinates(k) for k in range(3)), indexing="ij"), axis=-1)
    half = comparison("canal_over_share") * width / 2
    ring = enclosed(usual.filled, bone.coordinates(0), fine)
    # What rises backwards from the arch is not in the canal, however far round its edge it reaches.
    forwards = np.gradient(gaussian_filter(outside, 1.0), axis=1) < comparison("canal_backwards")
    labels, count = label(thick & free & forwards)
    beside = np.abs(nodes[..., 0]) < width / 2 + _BESIDE_CANAL_MM
    found = []
    for index in range(1, count + 1):
        part = labels == index
        deep = part & (outside > rise)
        if deep.sum() * fine**3 < least:
            continue
        if (part & ring).sum() < comparison("canal_ring_share") * part.sum():
            continue
        about = near(deep, comparison("canal_reach_mm"), fine)
        whole = binary_propagation(part, mask=(thick & about & forwards & beside) | part)
        if np.abs(np.median(nodes[whole][:, 0])) > half:
            continue
        whole = dilated(whole, ball(3.0)) & beyond & beside
        found.append((centers(bone, whole), outside[whole], centers(bone, about & thick & beside & ~forwards)))
    return found


def _all_in_canal(lump: Excess, in_canal: np.ndarray) -> bool:
    """Whether a lump of which so much (n, bool) lies in the canal grew from there: what is left of it proves nothing.

    Its foot reaches round the corner of the canal and behind the lamina's edge.
    """
    if in_canal.mean() < comparison("canal_lump_share"):
        return False
    rest = lump.part(~in_canal) if not in_canal.all() else None
    return rest is None or (
        severity("excess_bone", {"volume_mm3": rest.core_mm3}) is None and rest.risen_mm3 < comparison("risen_mm3")
    )


def _parted(lump: Excess, in_canal: np.ndarray) -> list[Excess]:
    """What of a lump lies in the canal (n, bool) and the rest, each for itself."""
    parts = []
    for inside, mask in ((True, in_canal), (False, ~in_canal)):
        share = float(mask.mean())
        if share == 0.0:
            continue
        part = lump.part(mask)
        parts.append(
            replace(
                part, in_canal_mm3=part.volume_mm3 if inside else 0.0,
                canal_points=part.points if inside else part.points[:0],
                in_foramen_mm3=0.0 if inside else lump.in_foramen_mm3,
            )
        )  # fmt: skip
    return parts


def _joined(lump: Excess, more: np.ndarray, heights: np.ndarray) -> Excess:
    """A lump with further voxels (n, 3) of its own and how far they stand out (n,)."""
    voxel = comparison("fine_voxel_mm") ** 3
    return replace(
        lump, points=np.concatenate([lump.points, more]), volume_mm3=lump.volume_mm3 + len(more) * voxel,
        heights=np.concatenate([lump.heights, heights]) if len(lump.heights) else lump.heights,
    )  # fmt: skip


def _same_mm(lump: Excess) -> float:
    """How near a voxel of a lump is to the same one of the fine lattice: pieces apart lie on the coarser one."""
    return comparison("voxel_mm") if lump.detached else _SAME_MM


def _with_growths(lumps: list[Excess], growths: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> tuple[Excess, ...]:
    """The lumps without what of them lies in the canal, and the growths there."""
    from scipy.spatial import cKDTree

    voxel = comparison("fine_voxel_mm") ** 3
    out = list(lumps)
    for growth, heights, behind in growths:
        tree, free = cKDTree(growth), np.ones(len(growth), bool)
        for lump in out:
            free &= cKDTree(lump.points).query(growth, distance_upper_bound=_same_mm(lump))[0] >= _same_mm(lump)
        unseen = free.mean() > 0.5
        for k, lump in reversed(list(enumerate(out))):
            shared = tree.query(lump.points, distance_upper_bound=_same_mm(lump))[0] < _same_mm(lump)
            if lump.detached or not shared.any():
                continue
            if shared.mean() >= comparison("canal_whole_share"):
                lump = _joined(lump, growth[free], heights[free])
                free[:], unseen, shared = False, False, np.ones(len(lump.points), bool)
            elif _all_in_canal(lump, shared):
                shared[:] = True
            out[k : k + 1] = _parted(lump, shared)
        growth, heights = growth[free], heights[free]
        if unseen:
            others = cKDTree(np.concatenate([lump.points for lump in out])) if out else None
            if others is not None and len(behind):
                behind = behind[others.query(behind, distance_upper_bound=_APART_MM)[0] > _APART_MM]
            growth = np.concatenate([growth, behind])
            # What came through the lamina is not the canal's: so it proves nothing.
            heights = np.concatenate([heights, np.zeros(len(behind))])
        volume = float(len(growth) * voxel)
        if volume >= comparison("canal_rise_mm3"):
            out.append(
                Excess(
                    points=growth, volume_mm3=volume, core_mm3=volume, in_canal_mm3=volume, in_foramen_mm3=0.0,
                    canal_points=growth, detached=False, heights=heights,
                )
            )  # fmt: skip
    return tuple(sorted(out, key=lambda lump: -lump.volume_mm3))
