"""Bone, or what looks like bone, that the mirrored vertebra does not have.

It is excess against a reference, nothing more: an osteophyte, healed callus and calcification look alike on a
surface. It fills no deficit and gives a screw no purchase.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.bores import Bore, bores
from planner.assessment.grading import comparison
from planner.assessment.masks import dilated, laid, near, opened
from planner.assessment.mirror import Mirror
from planner.assessment.occupancy import centers
from planner.assessment.outline import inside_outline
from planner.geometry.axes import SIDES, SIGN
from planner.geometry.crossings import Solid

# The spinous process is not compared: its tips differ most between healthy sides. It is left out as a wedge
# behind the arch, this wide at the spinolaminar point and wider by this much per mm further back.
_WEDGE_MM = 5.0
_WEDGE_SLOPE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Excess:
    """One lump of excess: its voxel centres (n, 3) in local mm, its volume, and whether it is a separate piece.

    ``core_mm3`` is the part about where it stands further out than healthy sides differ, which proves it;
    ``in_canal_mm3`` is the part that lies where the mirrored side has free canal, ``canal_points`` (m, 3) its voxels;
    ``in_foramen_mm3`` the part in the mirrored transverse foramen, where that is the wider one. ``heights`` (n,) is how
    far each voxel stands outside the bent reference in mm (0 at the spinous process), empty where it was not measured
    against one. ``faint``: no core proves it, only its height above the bent reference can; ``plug``: it was seen at a
    narrowed foramen, and lies there as good as whole once it is measured. ``plugging_mm3`` is what of it stands clear
    of the bent reference about a narrowed foramen into which it reaches, 0 where that does not prove it.
    """

    points: np.ndarray
    volume_mm3: float
    core_mm3: float
    in_canal_mm3: float
    in_foramen_mm3: float
    canal_points: np.ndarray
    detached: bool
    faint: bool = False
    plug: bool = False
    plugging_mm3: float = 0.0
    heights: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @property
    def risen_mm3(self) -> float:
        """What of it stands well outside the bent reference; 0 where it was not measured against one."""
        return self.volume_mm3 * float((self.heights > comparison("risen_mm")).mean()) if len(self.heights) else 0.0

    @property
    def center(self) -> np.ndarray:
        return self.points.mean(axis=0)

    @property
    def grown_into_canal(self) -> bool:
        """Whether it is for the most part a lump within the canal."""
        return 0.0 < comparison("canal_whole_share") * self.volume_mm3 <= self.in_canal_mm3

    def part(self, mask: np.ndarray) -> Excess:
        """What of the lump ``mask`` (n, bool) says, its volumes in proportion."""
        share = float(mask.mean())
        points = self.points[mask]
        in_canal = self.canal_points
        if len(in_canal):
            step = 1e-3
            names = {row.tobytes() for row in np.rint(points / step).astype(np.int64)}
            in_canal = in_canal[[row.tobytes() in names for row in np.rint(in_canal / step).astype(np.int64)]]
        return replace(
            self,
            points=points,
            volume_mm3=share * self.volume_mm3,
            core_mm3=share * self.core_mm3,
            in_canal_mm3=self.in_canal_mm3 * len(in_canal) / max(len(self.canal_points), 1),
            in_foramen_mm3=share * self.in_foramen_mm3,
            plugging_mm3=share * self.plugging_mm3,
            canal_points=in_canal,
            heights=self.heights[mask] if len(self.heights) else self.heights,
        )

    @property
    def side(self) -> str:
        l = self.center[0]
        return "midline" if abs(l) < 3.0 else ("left" if l > 0 else "right")


def canal_voxels(vertebra: Vertebra, grid: Solid) -> np.ndarray:
    """Return the voxels of the free canal: inside the outline of the nearest section of the canal."""
    free = np.zeros(grid.filled.shape, bool)
    canal, frame = vertebra.canal, vertebra.frame
    if not len(canal.centerline):
        return free
    heights = frame.to_local(canal.centerline)[:, 2]
    l, p, s = (grid.coordinates(k) for k in range(3))
    outlines = [frame.to_local(section)[:, :2] for section in canal.sections]
    drawn: dict[int, tuple[slice, slice, np.ndarray]] = {}
    for k, height in enumerate(s):
        if not heights.min() - grid.spacing_mm <= height <= heights.max() + grid.spacing_mm:
            continue
        nearest = int(np.abs(heights - height).argmin())
        if nearest not in drawn:
            low, high = outlines[nearest].min(axis=0), outlines[nearest].max(axis=0)
            i, j = (
                slice(*np.searchsorted(axis, span))
                for axis, span in zip((l, p), zip(low, high, strict=True), strict=True)
            )
            spread = np.stack(np.meshgrid(l[i], p[j], indexing="ij"), axis=-1)
            drawn[nearest] = i, j, inside_outline(spread.reshape(-1, 2), outlines[nearest]).reshape(spread.shape[:2])
        i, j, inside = drawn[nearest]
        free[i, j, k] = inside
    return free


def excess_of(vertebra: Vertebra, bone: Solid, mirrored: Solid, mirror: Mirror) -> tuple[Excess, ...]:
    """Return the lumps of bone outside the mirrored envelope, largest first.

    Attached lumps lie more than a margin outside the envelope (less where the mirrored side has free canal)
    and are thicker than a sheet. Pieces that do not touch the vertebra count whole, but a loose arch is its own.
    """
    from scipy.ndimage import distance_transform_edt, label

    spacing = bone.spacing_mm
    pieces, count = label(bone.filled, np.ones((3, 3, 3)))
    if count == 0:
        return ()
    nodes = np.stack(np.meshgrid(*(bone.coordinates(k) for k in range(3)), indexing="ij"), axis=-1)
    spinous = in_spinous_wedge(vertebra, nodes)
    body = _own(pieces, spinous)
    outside = distance_transform_edt(~mirrored.filled, sampling=spacing)
    far = body & (outside > comparison("envelope_margin_mm"))
    # C2 has no other level to be held against: there a thin sheet is not believed.
    sheet = comparison("sheet_mm" if vertebra.level != "C2" else "sheet_c2_mm")
    far = opened(far, ball(sheet / spacing))
    canal = canal_voxels(vertebra, bone)
    twin = laid(bone, canal, mirror, mirror.back)
    # In a foramen that is narrower than the other side's there is excess, however little it stands out elsewhere.
    around = list(bores(vertebra, mirror))
    plugs = body & ~mirrored.filled & _stuffed_foramina(around, bone)
    far = (far & ~spinous) | plugs
    core = dilated(far, ball(1.0 / spacing)) & body & (outside > 0.5)
    grown = _whole_lumps(far, body, outside, spacing) | core
    # Where bone is missing about it, the outline is a bridge over gaps, and bone beside it proves nothing.
    roofed = twin & enclosed(mirrored.filled, bone.coordinates(0), spacing)
    ill = {
        side
        for side in SIDES
        if (core & (SIGN[side] * nodes[..., 0] > 0)).sum() * spacing**3 >= comparison("ill_side_mm3")
    }
    in_canal = _deep(bone.filled & roofed, outside, nodes[..., 0], ill, spacing)
    in_canal = dilated(in_canal, ball(1.8 / spacing)) & bone.filled & roofed & (outside > 0)
    lumps = grown | in_canal | (bone.filled & ~body)
    labels, count = label(lumps, np.ones((3, 3, 3)))
    voxel = spacing**3
    found = []
    for index in range(1, count + 1):
        mask = labels == index
        inside = mask & (in_canal | (twin & ~body))
        if mask.sum() * voxel < 8.0:
            continue
        if inside.sum() >= comparison("canal_lump_share") * mask.sum():
            # What grows into the canal for the most part hangs out of it below the lamina's edge, too.
            inside = mask
        found.append(
            Excess(
                points=centers(bone, mask),
                volume_mm3=float(mask.sum() * voxel),
                core_mm3=float((mask & (core | ~body)).sum() * voxel),
                in_canal_mm3=float(inside.sum() * voxel),
                in_foramen_mm3=float((mask & plugs).sum() * voxel),
                canal_points=centers(bone, inside),
                detached=not (mask & body).any(),
            )
        )
    found += (seen := _plugs(around, bone, body & (outside > comparison("plug_margin_mm")), lumps))
    if vertebra.level != "C2":
        for plug in seen:
            lumps[tuple(np.rint((plug.points - bone.low) / spacing).astype(int).T)] = True
        found += _faint(bone, body & ~spinous & (outside > comparison("faint_margin_mm")), lumps)
    return tuple(sorted(found, key=lambda lump: -lump.volume_mm3))


def _faint(bone: Solid, outside: np.ndarray, lumps: np.ndarray) -> list[Excess]:
    """What stands outside the rigid envelope, thick or not, where no lump is: the bent reference says what it is."""
    from scipy.ndimage import binary_opening, find_objects, label

    voxel = bone.spacing_mm**3
    around = find_objects(outside.astype(np.int8))
    if not around:
        return []
    labels = np.zeros(outside.shape, np.int32)
    labels[around[0]], count = label(binary_opening(outside[around[0]], ball(1.0)), np.ones((3, 3, 3)))
    size = np.bincount(labels.ravel(), minlength=count + 1) * voxel
    size[0], size[np.unique(labels[lumps])] = 0.0, 0.0
    large = np.flatnonzero(size >= comparison("risen_mm3"))
    return [_only_seen(centers(bone, labels == index), float(size[index])) for index in large]


def in_spinous_wedge(vertebra: Vertebra, points: np.ndarray) -> np.ndarray:
    """Whether points (..., 3), local mm, lie where the spinous process is, which is not compared."""
    if not vertebra.landmarks["spinolaminar_point"].located:
        return np.zeros(points.shape[:-1], bool)
    behind = points[..., 1] - vertebra.local("spinolaminar_point")[1]
    return (behind > 0) & (np.abs(points[..., 0]) < _WEDGE_MM + _WEDGE_SLOPE * behind)


def _own(pieces: np.ndarray, spinous: np.ndarray) -> np.ndarray:
    """The pieces that are the vertebra itself: the largest, and its arch where nothing holds it any more.

    Between two lost masses or laminae the arch hangs loose. It is the piece with the spinous process, if the largest
    has none.
    """
    size = np.bincount(pieces.ravel())
    size[0] = 0
    largest = size.argmax()
    behind = np.bincount(pieces[spinous], minlength=len(size))
    behind[0] = 0
    arch = behind.argmax()
    loose = behind[largest] < comparison("loose_arch_share") * behind[arch]
    return (pieces == largest) | (pieces == arch if loose else False)


def _box_of(bore: Bore, grid: Solid) -> tuple[tuple[slice, ...], np.ndarray]:
    """(slices of the grid about a bore, their nodes (..., 3) in local mm)."""
    axes = [grid.coordinates(k) for k in range(3)]
    box = tuple(slice(*np.searchsorted(axis, span)) for axis, span in zip(axes, bore.corners().T, strict=True))
    return box, np.stack(np.meshgrid(*(a[b] for a, b in zip(axes, box, strict=True)), indexing="ij"), axis=-1)


def _stuffed_foramina(around: list[Bore], grid: Solid) -> np.ndarray:
    """Voxels within the mirrored transverse foramen of a side whose own is much narrower or not found."""
    inside = np.zeros(grid.filled.shape, bool)
    for bore in around:
        if bore.stuffed:
            box, nodes = _box_of(bore, grid)
            inside[box] |= bore.inside(nodes)
    return inside


def _plugs(around: list[Bore], bone: Solid, outside: np.ndarray, lumps: np.ndarray) -> list[Excess]:
    """What stands outside the rigid envelope at a narrowed foramen, where no lump is: the bent reference says more."""
    from scipy.ndimage import binary_opening, label

    voxel = bone.spacing_mm**3
    found = []
    for bore in (one for one in around if one.narrowed):
        box, nodes = _box_of(bore, bone)
        labels, count = label(binary_opening(outside[box], ball(1.0)) & bore.about(nodes), np.ones((3, 3, 3)))
        for index in range(1, count + 1):
            mask = labels == index
            if mask.sum() * voxel < comparison("plug_mm3") or (mask & lumps[box]).any():
                continue
            found.append(_only_seen(nodes[mask], float(mask.sum() * voxel), plug=True))
    return found


def _only_seen(points: np.ndarray, volume_mm3: float, plug: bool = False) -> Excess:
    return Excess(
        points=points, volume_mm3=volume_mm3, core_mm3=0.0, in_canal_mm3=0.0, in_foramen_mm3=0.0,
        canal_points=points[:0], detached=False, faint=True, plug=plug,
    )  # fmt: skip


def _whole_lumps(core: np.ndarray, body: np.ndarray, outside: np.ndarray, spacing: float) -> np.ndarray:
    """All of the lumps whose cores stand far out: back to the envelope, and as far along it as they rise from it.

    The margin only decides where a lump begins. It ends where what connects it is no higher than healthy asymmetry,
    or this far from its core: over the whole bone a low rim of asymmetry runs from lump to lump.
    """
    from scipy.ndimage import binary_propagation, generate_binary_structure

    if not core.any():
        return core
    within = near(core, comparison("lump_reach_mm"), spacing)
    risen = binary_propagation(core, mask=body & within & (outside > comparison("lump_rise_mm")))
    return dilated(risen, generate_binary_structure(3, 1)) & body & (outside > 0)


def enclosed(filled: np.ndarray, left: np.ndarray, spacing: float) -> np.ndarray:
    """Voxels with bone before them and, not far away, behind them and beside them: the canal proper.

    Not the gap below a lamina, and not where the nearer wall is gone. ``left`` (n,) is positive on the left. The arch
    slopes: at no height need a whole ring close.
    """
    roof, wall = comparison("canal_roof_mm"), comparison("canal_wall_mm")
    before = np.cumsum(filled, axis=1) > 0
    behind = _within(filled[:, ::-1], 1, roof, spacing)[:, ::-1]
    on_right, on_left = _within(filled, 0, wall, spacing), _within(filled[::-1], 0, wall, spacing)[::-1]
    return before & behind & np.where((left > 0)[:, None, None], on_left, on_right)


def _within(filled: np.ndarray, axis: int, reach_mm: float, spacing: float) -> np.ndarray:
    """Voxels with bone up to this far before them along an axis."""
    count = np.cumsum(filled, axis=axis, dtype=np.int32)
    reach = min(round(reach_mm / spacing), filled.shape[axis])
    earlier = np.zeros_like(count)
    to = [slice(None)] * 3
    of = [slice(None)] * 3
    to[axis], of[axis] = slice(reach, None), slice(None, filled.shape[axis] - reach)
    earlier[tuple(to)] = count[tuple(of)]
    return count > earlier


def _deep(inside: np.ndarray, outside: np.ndarray, l: np.ndarray, ill: set[str], spacing: float) -> np.ndarray:
    """Lumps inside the canal that stand well beyond the mirrored wall; walls that are only asymmetric do not.

    On a side that carries a large lump anyway (``ill``) a smaller rise is believed than on a healthy one, where
    the walls of healthy columns differ by up to 2.3 mm.
    """
    from scipy.ndimage import label, maximum

    labels, count = label(inside & (outside > comparison("canal_margin_mm")), np.ones((3, 3, 3)))
    keep = np.zeros(count + 1, bool)
    if count == 0:
        return keep[labels]
    names = np.arange(1, count + 1)
    deep = np.bincount(labels[outside > comparison("canal_depth_mm")], minlength=count + 1)[1:] * spacing**3
    keep[1:] = deep >= comparison("canal_deep_mm3")
    if ill:
        beside = np.bincount(labels[outside > comparison("canal_ill_depth_mm")], minlength=count + 1)[1:]
        rise = maximum(outside, labels, names)
        where = np.array([np.median(l[labels == name]) for name in names])
        on_ill = np.any([SIGN[side] * where > 0 for side in ill], axis=0)
        keep[1:] |= (
            on_ill & (beside * spacing**3 >= comparison("canal_ill_mm3")) & (rise >= comparison("canal_ill_rise_mm"))
        )
    return keep[labels]


def ball(radius: float) -> np.ndarray:
    """Structuring element: the voxels within a radius, in voxels."""
    reach = int(np.ceil(radius))
    i, j, k = np.ogrid[-reach : reach + 1, -reach : reach + 1, -reach : reach + 1]
    return i * i + j * j + k * k <= radius * radius + 1e-9
