"""A vertebra, or a trajectory, carried along by a rigid motion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.anatomy.vertebra import Canal, Vertebra
from planner.construct.plan import RigidMotion
from planner.geometry.axes import Frame
from planner.geometry.trajectory import Trajectory


def moved_vertebra(vertebra: Vertebra, motion: RigidMotion) -> Vertebra:
    """Return the vertebra in its new place; its measures do not change."""
    turn = motion.rotation
    frame = Frame(
        origin=motion(vertebra.frame.origin), left=turn @ vertebra.frame.left,
        posterior=turn @ vertebra.frame.posterior, superior=turn @ vertebra.frame.superior,
    )  # fmt: skip
    return replace(
        vertebra,
        surface=vertebra.surface.mapped(turn, motion.translation),
        frame=frame,
        landmarks={k: replace(mark, xyz=motion(mark.xyz)) for k, mark in vertebra.landmarks.items()},
        facets={
            k: replace(f, center=motion(f.center), normal=turn @ f.normal, points=motion(f.points))
            for k, f in vertebra.facets.items()
        },
        foramina={k: replace(f, center=motion(f.center), axis=turn @ f.axis) for k, f in vertebra.foramina.items()},
        isthmuses={k: replace(i, center=motion(i.center), axis=turn @ i.axis) for k, i in vertebra.isthmuses.items()},
        canal=Canal(
            centerline=motion(vertebra.canal.centerline),
            sections=tuple(motion(outline) for outline in vertebra.canal.sections),
            closed=vertebra.canal.closed,
        ),
    )


def moved_trajectory(path: Trajectory, motion: RigidMotion) -> Trajectory:
    """Return the trajectory in planned pose."""
    return Trajectory(entry=motion(path.entry), direction=motion.rotation @ path.direction, length_mm=path.length_mm)


def partial(motion: RigidMotion, share: float, about: np.ndarray) -> RigidMotion:
    """Return a share (0 to 1) of a motion: the turn about a point and that point's shift, both scaled."""
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_rotvec(share * Rotation.from_matrix(motion.rotation).as_rotvec()).as_matrix()
    shift = share * (motion(about) - about)
    return RigidMotion(rotation=turn, translation=about + shift - turn @ about)
