"""A small made-up plan of two levels, for every room that only passes plans on."""

# ruff: noqa: I001

from __future__ import annotations

# First, for it keeps the linear algebra library to one thread, as every command does.
import planner.cli  # noqa: F401

import numpy as np
import pytest

from planner.anatomy.vertebra import Canal, Facet, Foramen, Isthmus, Landmark, PoseQuality, Status, Vertebra
from planner.assessment.finding import (
    Assessment,
    FacetState,
    Finding,
    Measurement,
    MotionSegment,
    Severity,
)
from planner.construct.plan import BillItem, Conflict, Construct, Head, Reduction, RigidMotion, Rod
from planner.decompression.extent import Decompression
from planner.fixation.anchor import (
    AnchorStatus,
    Angles,
    Breach,
    BreachProbability,
    Candidate,
    Certificate,
    EntryOffset,
    Fixation,
    Refusal,
    Screw,
)
from planner.geometry.axes import SIDES, SIGN, Frame, direction_from_angles
from planner.geometry.surface import Surface
from planner.geometry.trajectory import Trajectory
from planner.planning import Plan, PlanOptions
from planner.reading.case import Bone, Case, SourceFile
from planner.reference.norms import Norm

NAN = float("nan")
LEVELS = ("C4", "C5")


def block_vertebra(level: str, height: float) -> Vertebra:
    """A vertebra of boxes: body, two lateral masses, laminae and a spinous process, 20 mm below the last."""
    import trimesh

    boxes = [
        ((24, 16, 13), (0, 0, 0)),
        ((10, 11, 13), (15, 15, 0)),
        ((10, 11, 13), (-15, 15, 0)),
        ((22, 5, 11), (0, 25, -1)),
        ((4, 14, 6), (0, 33, -3)),
        ((4, 6, 6), (13, 8, 0)),
        ((4, 6, 6), (-13, 8, 0)),
    ]
    parts = []
    for extents, center in boxes:
        part = trimesh.creation.box(extents)
        part.apply_translation(center)
        parts.append(part)
    solid = trimesh.boolean.union(parts, engine="manifold")
    frame = Frame(origin=np.array([0.0, 0.0, height]), left=np.eye(3)[0], posterior=np.eye(3)[1], superior=np.eye(3)[2])
    places = {"body_center": (0, 0, 0), "spinolaminar_point": (0, 22.5, -1), "canal_center": (0, 15, 0)}
    places["posterior_body_wall"] = (0, 8, 0)
    for side in SIDES:
        places[f"lateral_mass_center_{side}"] = (15 * SIGN[side], 20.5, 0)
        places[f"pedicle_isthmus_{side}"] = (13 * SIGN[side], 8, 0)
        places[f"lamina_{side}"] = (6 * SIGN[side], 27.5, -1)
    landmarks = {
        name: Landmark(
            name=name,
            xyz=frame.to_world(np.array(p, float)),
            status=Status.MEASURED,
            confidence=0.9,
            method="made",
        )
        for name, p in places.items()
    }
    landmarks["dens_tip"] = Landmark.absent("dens_tip", "no dens below C2")
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.c_[9 * np.cos(turn), 15 + 6 * np.sin(turn), np.zeros(24)]
    rise = np.array([-5.0, 0.0, 5.0])
    return Vertebra(
        level=level,
        surface=Surface(vertices=np.array(solid.vertices), faces=np.array(solid.faces)).mapped(np.eye(3), frame.origin),
        frame=frame,
        pose=PoseQuality(confidence=0.95, score=0.4, mirror_residual_mm=0.1, endplate_residual_mm=NAN),
        landmarks=landmarks,
        facets={"superior_left": Facet.absent("superior_left")},
        foramina={
            side: Foramen(
                side=side,
                center=frame.to_world(np.array([19.0 * SIGN[side], 5.0, 0.0])),
                axis=frame.superior,
                diameter_mm=5.5,
                status=Status.MEASURED,
                confidence=0.8,
            )
            for side in SIDES
        },
        isthmuses={
            side: Isthmus(
                side=side,
                center=landmarks[f"pedicle_isthmus_{side}"].xyz,
                axis=-frame.posterior,
                width_mm=4.0,
                height_mm=6.0,
                area_mm2=24.0,
                status=Status.MEASURED,
            )
            for side in SIDES
        },
        canal=Canal(
            centerline=frame.to_world(np.c_[0 * rise, 15 + 0 * rise, rise]),
            sections=tuple(frame.to_world(ring + np.array([0, 0, h])) for h in rise),
            closed=True,
        ),
        measures={("canal_ap", "midline"): 12.0},
    )


def lateral_mass_screw(vertebra: Vertebra, side: str, status: AnchorStatus) -> Candidate:
    direction = vertebra.frame.direction_to_world(direction_from_angles(side, 20.0, 15.0))
    return Candidate(
        anchor="lateral_mass",
        technique="magerl",
        status=status,
        reason=f"canal 4.1 mm away [{vertebra.level}]",
        trajectory=Trajectory(
            entry=vertebra.landmarks[f"lateral_mass_center_{side}"].xyz, direction=direction, length_mm=12.0
        ),
        angles=Angles(
            lateral_deg=20.0,
            cephalad_deg=15.0,
            cephalad_reference="superior facet",
            to_facet_deg=NAN,
            to_dorsal_surface_deg=1.5,
        ),
        entry_offset=EntryOffset(medial=0.0, cranial=-0.0, origin="lateral mass centre"),
        screw=Screw(diameter_mm=3.5, length_mm=12.0, family="polyaxial"),
        purchase_mm=10.4,
        cortex="unicortical", tip_to_far_cortex_mm=1.5,
        clearance_mm={"vertebral_artery": 2.25, "canal": 4.1, "nerve_root": NAN},
        breach=BreachProbability(
            profile="freehand",
            samples=1000,
            seed=7,
            hazards={
                "vertebral_artery": Breach(any=0.042, over_2mm=0.001),
                "canal": Breach(any=0.0, over_2mm=0.0),
            },
        ),
        grade="A",
        certificate=Certificate(bound_mm=0.2, evaluations=640, grid_mm=0.4),
    )


@pytest.fixture(scope="session")
def sample_plan() -> Plan:
    """C4 and C5 of boxes; left C4 skipped, right C5 at caution, C4 moved 3 mm back by a reduction."""
    vertebrae = {level: block_vertebra(level, -20.0 * i) for i, level in enumerate(LEVELS)}
    files = {
        level: SourceFile(path=f"case/{level}.stl", sha256="0" * 64, level=level, faces=len(v.surface.faces))
        for level, v in vertebrae.items()
    }
    fixations = []
    for level, v in vertebrae.items():
        for side in SIDES:
            status = AnchorStatus.CAUTION if (level, side) == ("C5", "right") else AnchorStatus.PLANNED
            chosen = lateral_mass_screw(v, side, status)
            refusal = Refusal(anchor="pedicle", technique="pedicle", reason="3.6 mm wide, under 4.0 mm")
            skipped = (level, side) == ("C4", "left")
            fixations.append(
                Fixation(
                    level=level,
                    side=side,
                    status=AnchorStatus.SKIPPED if skipped else status,
                    reason="the lateral mass is destroyed" if skipped else chosen.reason,
                    chosen=None if skipped else chosen,
                    alternatives=(refusal,) if skipped else (chosen, refusal),
                    unseen=("vertebral artery lumen", "bone density"),
                )
            )
    back = RigidMotion(rotation=np.eye(3), translation=np.array([0.0, 3.0, 0.0]))
    heads = tuple(
        Head(level=f.level, center=np.array([-15.0, 26.0, -20.0 * i]), tilt_deg=11.0, offset_mm=0.3)
        for i, f in enumerate(f for f in fixations if f.side == "right")
    )
    line = np.array([[-15.0, 26.0, 6.0], *(h.center for h in heads), [-15.0, 26.0, -26.0]])
    v = vertebrae["C5"]
    removed = Surface(vertices=v.surface.vertices, faces=v.surface.faces[v.surface.triangles[:, :, 1].min(1) > 22])
    return Plan(
        case=Case(
            name="blocks",
            bones={level: Bone(level=level, surface=v.surface, source=files[level]) for level, v in vertebrae.items()},
            masses={},
            avoid={},
            files=tuple(files.values()),
            space="LPS",
            space_source="header",
            side_attested=False,
            notes=("notes.txt was ignored.",),
        ),
        options=PlanOptions(levels=LEVELS, technique={("C4", "left"): "magerl"}, seed=7),
        vertebrae=vertebrae,
        assessment=Assessment(
            measurements=(
                Measurement(
                    level="C4",
                    name="canal_ap",
                    side="midline",
                    value=12.0,
                    unit="mm",
                    norm=Norm(mean=12.8, sd=1.5, source="a source"),
                    z=-0.533,
                ),
                Measurement(level="C4", name="pedicle_width", side="left", value=NAN, unit="mm", norm=None, z=None),
            ),
            findings=(
                Finding(
                    code="excess_bone",
                    level="C5",
                    side="left",
                    severity=Severity.INFO,
                    text="Excess bone at C5.",
                    evidence={"center": np.array([15.0, 22.0, -20.0]), "volume_mm3": np.float32(12.5)},
                ),
                Finding(
                    code="lateral_mass.destroyed",
                    level="C4",
                    side="left",
                    severity=Severity.CRITICAL,
                    text="The left C4 lateral mass is destroyed.",
                    evidence={"residual": NAN},
                ),
            ),
            segments=(
                MotionSegment(
                    upper="C4",
                    lower="C5",
                    listhesis_mm=3.0,
                    listhesis_percent=18.0,
                    angle_deg=2.0,
                    facets={side: FacetState(overlap_percent=NAN, gap_mm=NAN, state="not assessed") for side in SIDES},
                    pincer_mm=9.5,
                    canal_min_area_mm2=150.0,
                    canal_min_ap_mm=10.5,
                ),
            ),
        ),
        fixations=tuple(fixations),
        construct=Construct(
            reduction=Reduction(
                segment="C4-C5",
                reason="slip of 3.0 mm",
                motions={"C4": back, "C5": RigidMotion.identity()},
                before={"listhesis_mm": 3.0},
                after={"listhesis_mm": 0.0},
            ),
            rods=(
                Rod(
                    side="right",
                    levels=LEVELS,
                    points=line,
                    length_mm=32.0,
                    diameter_mm=3.5,
                    min_bend_radius_mm=np.inf,
                    heads=heads,
                ),
            ),
            conflicts=(
                Conflict(
                    code="span",
                    side="left",
                    levels=LEVELS,
                    text="One anchor holds the left side.",
                    options=("add C3",),
                    source="proposal",
                ),
            ),
            bill_of_materials=(BillItem(item="screw 3.5 x 12 mm", quantity=3, levels=LEVELS),),
        ),
        decompression=(
            Decompression(
                level="C5",
                procedure="laminectomy",
                trough={side: np.array([[9.0 * SIGN[side], 27.5, -16 - i] for i in range(9)]) for side in SIDES},
                removed=removed,
                removed_volume_mm3=900.0,
                facet_preserved_percent={"left": 95.0, "right": NAN},
                canal_area_before_mm2=150.0,
                canal_area_after_mm2=260.0,
                unprotected=(),
                reason="canal of 10.5 mm at C4-C5",
            ),
        ),
        warnings=("Left and right are not attested.",),
    )
