"""The same bones given otherwise: turned, with fewer faces, with noise. The reading should not change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from planner.geometry.axes import angle_deg
from planner.geometry.surface import Surface
from planner.validation.against_truth import landmark_error
from planner.validation.observation import MEASURED, Observation
from planner.validation.reader import Reading
from planner.validation.records import Record
from planner.validation.study import Run, Study, Subject

FACES = (1_000, 2_500, 5_000, 20_000)
NOISE_MM = (0.1, 0.3)
MOST_NOISE_REPEATS = 5
SHIFT_MM = 100.0
NAN = float("nan")


def rotation(study: Study) -> list[Record]:
    """Random rotations and shifts of the whole column: distance of every landmark from its median position."""
    out = []
    for subject in study.subjects:
        rng = np.random.default_rng(study.seed)
        readings: list[Mapping[str, Observation]] = []
        middle = np.mean([s.center for s in subject.surfaces.values()], axis=0)
        for number in range(study.repeats):
            study.say(f"{subject.name}: rotation {number + 1} of {study.repeats}")
            turn, shift = random_rotation(rng), rng.uniform(-SHIFT_MM, SHIFT_MM, 3) + middle
            offset = shift - turn @ middle
            reading = study.reader({n: s.mapped(turn, offset) for n, s in subject.surfaces.items()}, "auto")
            readings.append({n: o.mapped(turn.T, -turn.T @ offset) for n, o in reading.bones.items()})
            _keep_runs(study, subject, f"rotation {number + 1}", Reading(bones=readings[-1], failure=reading.failure))
        for level in subject.surfaces:
            out += _spread(subject, level, [r.get(level) for r in readings])
    return out


def _spread(subject: Subject, level: str, seen: list[Observation | None]) -> list[Record]:
    same = {"table": "rotation", "kind": subject.kind, "case": subject.name, "level": level}
    out = []
    found = [o for o in seen if o is not None]
    for number, o in enumerate(seen, 1):
        out.append(Record(what="bone found", unit="share", part=f"pose {number}", value=float(o is not None), **same))
    if not found:
        return out
    axis = np.median([o.frame.superior for o in found], axis=0)
    across = np.median([o.frame.left for o in found], axis=0)
    for number, o in enumerate(found, 1):
        part = f"pose {number}"
        out.append(Record(what="L axis", unit="deg", part=part, value=angle_deg(o.frame.left, across), **same))
        out.append(Record(what="S axis", unit="deg", part=part, value=angle_deg(o.frame.superior, axis), **same))
    for name in found[0].marks:
        places = np.array([o.marks[name].xyz for o in found if o.marks[name].status == MEASURED]).reshape(-1, 3)
        if len(places):
            middle = np.median(places, axis=0)
            out += [
                Record(what="landmark", unit="mm", part=name, value=float(np.linalg.norm(p - middle)), **same)
                for p in places
            ]
        share = len(places) / len(found)
        out.append(Record(what="same status", unit="ratio", part=name, value=max(share, 1 - share), **same))
    return out


def decimation(study: Study) -> list[Record]:
    """Fewer faces by quadric edge collapse: movement from the reading of the bone as given."""
    out = []
    for subject in study.subjects:
        for faces in FACES:
            if all(len(s.faces) <= faces for s in subject.surfaces.values()):
                study.note(f"{subject.name} has no bone of over {faces} faces: nothing to decimate to that.")
                continue
            study.say(f"{subject.name}: {faces} faces")
            reading = study.reader({n: decimated(s, faces) for n, s in subject.surfaces.items()})
            out += moved(study, subject, "decimation", f"{faces} faces", reading)
    return out


def noise(study: Study) -> list[Record]:
    """Independent Gaussian noise on every vertex: movement from the reading of the bone as given."""
    out = []
    for subject in study.subjects:
        for sd in NOISE_MM:
            rng = np.random.default_rng(study.seed)
            for number in range(min(study.repeats, MOST_NOISE_REPEATS)):
                study.say(f"{subject.name}: noise of {sd} mm, {number + 1}")
                noisy = {
                    n: Surface(vertices=s.vertices + rng.normal(0, sd, s.vertices.shape), faces=s.faces)
                    for n, s in subject.surfaces.items()
                }
                out += moved(study, subject, "noise", f"{sd} mm", study.reader(noisy))
    return out


def moved(study: Study, subject: Subject, table: str, how: str, reading: Reading) -> list[Record]:
    """Movement of frames and landmarks of a reading from the undisturbed one of the same column."""
    return list(_moved(study, subject, table, how, reading))


def _moved(study: Study, subject: Subject, table: str, how: str, reading: Reading) -> Iterator[Record]:
    _keep_runs(study, subject, how, reading)
    for level, twin in subject.intact(study.reader).bones.items():
        same = {"table": table, "kind": subject.kind, "case": subject.name, "level": level}
        seen = reading.bones.get(level)
        yield Record(what=f"{how}: bone found", unit="share", part="", value=float(seen is not None), **same)
        if seen is None:
            continue
        for axis, name in (("left", "L axis"), ("superior", "S axis")):
            value = angle_deg(getattr(seen.frame, axis), getattr(twin.frame, axis))
            yield Record(what=f"{how}: {name}", unit="deg", part="", value=value, **same)
        for name, mark in twin.marks.items():
            if mark.status != MEASURED:
                continue
            now = seen.marks.get(name)
            kept = now is not None and now.status == MEASURED
            off = landmark_error(name, now.xyz, mark.xyz, twin.frame.superior) if kept else NAN
            yield Record(what=f"{how}: landmark", unit="mm", part=name, value=off, **same)


def _keep_runs(study: Study, subject: Subject, how: str, reading: Reading) -> None:
    intact = subject.intact(study.reader).bones
    for level, seen in reading.bones.items():
        study.runs.append(
            Run(
                kind=subject.kind, case=subject.name, how=how, seen=seen, twin=intact.get(level),
                truth=subject.bone_truth(level),
            )
        )  # fmt: skip


def random_rotation(rng: np.random.Generator) -> np.ndarray:
    """A proper rotation, drawn evenly."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q * np.linalg.det(q)


def decimated(surface: Surface, faces: int) -> Surface:
    """At most about ``faces`` faces by quadric edge collapse; the same surface if it has no more."""
    import igl

    if len(surface.faces) <= faces:
        return surface
    vertices, kept, *_ = igl.qslim(
        np.asfortranarray(surface.vertices - surface.center), np.asfortranarray(surface.faces, np.int32), faces
    )
    return Surface(vertices=np.array(vertices) + surface.center, faces=np.ascontiguousarray(kept, np.int64))
