"""Reducing a slip: the upper vertebra, and everything above it, moved rigidly back onto the lower."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from planner.anatomy.vertebra import Status, Vertebra
from planner.assessment.finding import Assessment, MotionSegment
from planner.assessment.segment import endplate, lordosis, motion_segment, rear_corner, slip_frame, wedge_deg
from planner.construct.motion import moved_vertebra, partial
from planner.construct.passage import passage_mm2
from planner.construct.plan import Reduction, RigidMotion
from planner.construct.rules import rule
from planner.geometry.axes import SIDES, unit
from planner.reference.levels import order

_SAMPLES = 300
_CHECKS = 3000
_REACH_MM = 9.0
_MIDLINE_MM = 6.0
_SHARE_STEP, _SHARE_LEAST = 0.1, 0.01
# What the solver trades against each other, as the error (mm or degrees) that counts as one.
_SLIP_MM, _SIDEWAYS_MM, _DISC_MM, _JOINT_MM, _TURN_DEG, _CONTACT_MM = 0.3, 1.0, 1.0, 1.0, 6.0, 0.3


def unmoved(vertebrae: Mapping[str, Vertebra], reason: str) -> Reduction:
    """Return the reduction that moves nothing, and why."""
    motions = {level: RigidMotion.identity() for level in vertebrae}
    return Reduction(segment="", reason=reason, motions=motions, before={}, after={}, share=0.0)


def plan_reduction(
    vertebrae: Mapping[str, Vertebra], assessment: Assessment, choice: str = "auto", share: float = 1.0
) -> Reduction:
    """Return how each level moves from scan pose to planned pose.

    ``auto`` reduces the worst segment with measured instability (a slip over the limit, or a perched or
    locked facet) and nothing else; ``none`` plans in situ; ``C3-C4`` names the segment. ``share`` (0 to 1) asks
    for a part of the way only: of the turn and of the shift alike. Where bones meet before that, it ends there.
    """
    if choice == "none":
        return unmoved(vertebrae, "in situ, as asked")
    if choice != "auto":
        named = next((s for s in assessment.segments if s.name == choice.upper()), None)
        if named is None:
            return unmoved(vertebrae, f"{choice}: no such segment among the levels")
        return _reduce(vertebrae, named, f"{named.name} as asked", share, assessment)
    unstable = [(s, reason) for s in assessment.segments if (reason := instability(s, assessment))]
    if not unstable:
        return unmoved(vertebrae, "no instability measured")
    segment, reason = max(unstable, key=lambda pair: np.nan_to_num(abs(pair[0].listhesis_mm)))
    others = [s.name for s, _ in unstable if s is not segment]
    if others:
        reason += f"; also unstable and not reduced: {', '.join(others)}"
    return _reduce(vertebrae, segment, reason, share, assessment)


def instability(segment: MotionSegment, assessment: Assessment) -> str:
    """Return what makes a segment unstable, or an empty string. Only anterolisthesis counts as a slip here.

    The slip is the one the finding grades: as measured, or as a step against the other segments.
    """
    reasons = []
    found = assessment.finding("alignment.listhesis", segment.name, "midline")
    slip = found.evidence["slip_mm"] if found is not None and segment.listhesis_mm > 0 else 0.0
    if slip > rule("instability_slip_mm"):
        reasons.append(f"slip {slip:.1f} mm over {rule('instability_slip_mm')} mm")
    reasons += [f"{side} facet {f.state}" for side, f in segment.facets.items() if f.state in ("perched", "locked")]
    return f"{segment.name}: {', '.join(reasons)}" if reasons else ""


def unstable_segments(assessment: Assessment) -> dict[str, str]:
    """Return what makes each unstable segment so, by its name."""
    return {s.name: reason for s in assessment.segments if (reason := instability(s, assessment))}


def _reduce(
    vertebrae: Mapping[str, Vertebra], segment: MotionSegment, reason: str, asked: float, assessment: Assessment
) -> Reduction:
    upper, lower = vertebrae[segment.upper], vertebrae[segment.lower]
    target = _target(upper, lower, _usual_disc_mm(vertebrae, segment))
    if target is None:
        return unmoved(vertebrae, f"{reason}; not reduced: the bodies' corners are not located")
    skins = _Contact(upper, lower)
    motion, share, contact = _cleared(skins, upper.frame.origin, target, asked)
    above = {level for level in vertebrae if order(level) <= order(segment.upper)}
    motions = {level: motion if level in above else RigidMotion.identity() for level in vertebrae}
    moved = moved_vertebra(upper, motion)
    after = motion_segment(moved, lower)
    if asked < 1.0:
        reason += f"; {100 * asked:.0f} % of the reduction, as asked"
    if share < asked:
        meeting = skins.deepest(partial(target, asked, upper.frame.origin))
        where = _where(meeting, upper, lower, assessment)
        reason += f"; {100 * share:.0f} % of the reduction, the rest is blocked by bone contact{where}"
    if contact > rule("contact_mm"):
        reason += f"; the bones touch by {contact:.1f} mm as in the scan"
    still = {level: RigidMotion.identity() for level in vertebrae}
    return Reduction(
        segment=segment.name, reason=reason, motions=motions, share=share,
        before=_numbers(segment) | _column(vertebrae, still, passage_mm2(upper, lower)),
        after=_numbers(after) | _column(vertebrae, motions, passage_mm2(moved, lower)),
    )  # fmt: skip


def shared(vertebrae: Mapping[str, Vertebra], assessment: Assessment, whole: Reduction, share: float) -> Reduction:
    """Return a reduction that goes a lesser share of the way that one already planned goes, found without solving."""
    segment = next(s for s in assessment.segments if s.name == whole.segment)
    upper, lower = vertebrae[segment.upper], vertebrae[segment.lower]
    part = partial(whole.motions[segment.upper], share / whole.share, upper.frame.origin)
    above = {level for level in vertebrae if order(level) <= order(segment.upper)}
    motions = {level: part if level in above else RigidMotion.identity() for level in vertebrae}
    moved = moved_vertebra(upper, part)
    return Reduction(
        segment=segment.name, reason=f"{100 * share:.0f} % of the reduction", motions=motions, share=share,
        before=whole.before,
        after=_numbers(motion_segment(moved, lower)) | _column(vertebrae, motions, passage_mm2(moved, lower)),
    )  # fmt: skip


def _column(vertebrae: Mapping[str, Vertebra], motions: Mapping[str, RigidMotion], passage: float) -> dict[str, float]:
    return {"passage_mm2": passage, "lordosis_deg": curve_deg(vertebrae, motions)}


def _where(meeting: np.ndarray, upper: Vertebra, lower: Vertebra, assessment: Assessment) -> str:
    """Where the bones would meet deepest, in words."""
    l = float(lower.frame.to_local(meeting)[0])
    if abs(l) < _MIDLINE_MM:
        return " in the midline"
    side = "left" if l > 0 else "right"
    grown = [v.level for v in (upper, lower) if assessment.finding("excess_bone", v.level, side) is not None]
    return f" on the {side}" + (f", where excess bone grows at {' and '.join(grown)}" if grown else "")


def curve_deg(vertebrae: Mapping[str, Vertebra], motions: Mapping[str, RigidMotion]) -> float:
    """Return C2-C7 lordosis after motions, or to the lowest level below C4; nan where it cannot be measured.

    Between the lower endplates, as `planner.assessment.segment.lordosis` of the scan.
    """
    curve = lordosis(vertebrae)
    if curve is None:
        return float("nan")
    top, low = vertebrae[curve.upper], vertebrae[curve.lower]
    above, below = endplate(top, "inferior")[1], endplate(low, "inferior")[1]
    return wedge_deg(
        moved_vertebra(low, motions[curve.lower]),
        motions[curve.upper].rotation @ above,
        motions[curve.lower].rotation @ below,
    )


def _numbers(segment: MotionSegment) -> dict[str, float]:
    out = {
        "listhesis_mm": segment.listhesis_mm, "listhesis_percent": segment.listhesis_percent,
        "angle_deg": segment.angle_deg, "pincer_mm": segment.pincer_mm,
    }  # fmt: skip
    for side, facet in segment.facets.items():
        out[f"facet_overlap_{side}_percent"] = facet.overlap_percent
    return out


def _target(upper: Vertebra, lower: Vertebra, disc: float) -> RigidMotion | None:
    """The motion that brings the slip to zero and measured facets face to face, found by least squares.

    Weighs the corners of the bodies, the gap and place of each measured joint, the contact of the bones and
    the size of the turn. ``disc`` is the height to restore at the rear of the disc, mm. A side whose facets
    are not measured takes no part.
    """
    from scipy.optimize import least_squares
    from scipy.spatial.transform import Rotation

    place, corner = slip_frame(lower), rear_corner(upper, "inferior")
    if place is None or corner is None:
        return None
    rear, forward, _ = place
    left = unit(lower.frame.left - (lower.frame.left @ forward) * forward)
    up = np.cross(left, -forward)
    joints = [_joint(upper, lower, side) for side in SIDES]
    joints = [joint for joint in joints if joint is not None]
    about = corner
    skin = _facing(upper, lower)

    def placed(x: np.ndarray, points: np.ndarray) -> np.ndarray:
        return (points - about) @ Rotation.from_rotvec(x[:3]).as_matrix().T + about + x[3:]

    def errors(x: np.ndarray) -> np.ndarray:
        step = placed(x, corner) - rear
        parts = [
            [step @ forward / _SLIP_MM, step @ left / _SIDEWAYS_MM, (step @ up - disc) / _DISC_MM],
            np.degrees(x[:3]) / _TURN_DEG,
            np.maximum(lower.surface.signed_distance(placed(x, skin)), 0.0) / _CONTACT_MM,
        ]
        for center, below, normal, slope in joints:
            offset = placed(x, center) - below
            parts.append([offset @ slope / _JOINT_MM, (offset @ normal - rule("joint_gap_mm")) / _JOINT_MM])
        return np.concatenate([np.ravel(part) for part in parts])

    # From the bodies' corners brought together; the joints and the contact correct that.
    start = np.concatenate([np.zeros(3), rear + disc * up - corner])
    solved = least_squares(errors, start, x_scale=[0.05, 0.05, 0.05, 1, 1, 1], diff_step=1e-3, max_nfev=15).x
    turn = Rotation.from_rotvec(solved[:3]).as_matrix()
    return RigidMotion(rotation=turn, translation=about + solved[3:] - turn @ about)


def _usual_disc_mm(vertebrae: Mapping[str, Vertebra], segment: MotionSegment) -> float:
    """Median height at the rear of the column's other discs; the norm where there is none."""
    levels = sorted(vertebrae, key=order)
    heights = []
    for above, below in pairwise(levels):
        if (above, below) == (segment.upper, segment.lower) or order(below) != order(above) + 1:
            continue
        top, bottom = rear_corner(vertebrae[above], "inferior"), rear_corner(vertebrae[below], "superior")
        if top is not None and bottom is not None:
            heights.append(float((top - bottom) @ vertebrae[below].frame.superior))
    return float(np.median(heights)) if heights else rule("posterior_disc_mm")


def _joint(upper: Vertebra, lower: Vertebra, side: str):
    above, below = upper.facets[f"inferior_{side}"], lower.facets[f"superior_{side}"]
    if above.status is not Status.MEASURED or below.status is not Status.MEASURED:
        return None
    head = lower.frame.superior
    slope = unit(head - (head @ below.normal) * below.normal)
    return above.center, below.center, below.normal, slope


def _facing(upper: Vertebra, lower: Vertebra, count: int = _SAMPLES) -> np.ndarray:
    """About ``count`` points of the upper bone within a slip's reach of the lower: they could meet it."""
    points, _ = upper.surface.sampled(4 * count)
    distance, _, _ = lower.surface.closest(points)
    near = points[distance < max(_REACH_MM, float(np.quantile(distance, 0.1)))]
    return near[:: max(1, len(near) // count)]


def penetration_mm(upper: Vertebra, lower: Vertebra, motion: RigidMotion) -> float:
    """Return how deep the moved upper bone and the lower lie in each other at most; 0 when clear."""
    return _Contact(upper, lower).depth_mm(motion)


class _Contact:
    """The skins of two bones that could meet, sampled once and asked at several motions of the upper bone."""

    def __init__(self, upper: Vertebra, lower: Vertebra) -> None:
        self.upper, self.lower = upper.surface, lower.surface
        self.down = _facing(upper, lower, _CHECKS // 2)
        self.back = _facing(lower, upper, _CHECKS // 2)

    def depth_mm(self, motion: RigidMotion) -> float:
        down = self.lower.signed_distance(motion(self.down))
        back = self.upper.signed_distance((self.back - motion.translation) @ motion.rotation)
        return max(0.0, float(down.max()), float(back.max()))

    def deepest(self, motion: RigidMotion) -> np.ndarray:
        """The sample that lies deepest in the other bone, where the motion puts it."""
        down = self.lower.signed_distance(motion(self.down))
        back = self.upper.signed_distance((self.back - motion.translation) @ motion.rotation)
        return motion(self.down)[down.argmax()] if down.max() >= back.max() else self.back[back.argmax()]


def _cleared(
    contact: _Contact, center: np.ndarray, target: RigidMotion, asked: float
) -> tuple[RigidMotion, float, float]:
    """Step back from the asked share of the target until the bones touch no deeper than allowed, or than in the scan.

    To a hundredth of the whole way: in tenths first, then halved between the last that meets and the first that
    does not.
    """
    allowed = max(rule("contact_mm"), contact.depth_mm(RigidMotion.identity()))

    def depth(share: float) -> float:
        return contact.depth_mm(partial(target, share, center))

    share, meets = asked, asked
    while share > 1e-6 and depth(share) > allowed:
        share, meets = max(0.0, share - _SHARE_STEP), share
    while meets - share > _SHARE_LEAST:
        half = (share + meets) / 2
        share, meets = (half, meets) if depth(half) <= allowed else (share, half)
    if share <= 1e-6:
        return RigidMotion.identity(), 0.0, contact.depth_mm(RigidMotion.identity())
    return partial(target, share, center), share, depth(share)
