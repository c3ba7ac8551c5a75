"""The report says what the plan says, escapes what it is given, draws screws where they are, and opens in a browser."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import io
import json
import re

import numpy as np
import pytest

from planner.document import json_text, plan_document
from planner.output import palette
from planner.output.report import Seen, parts_of, write_figures, write_report
from planner.output.report.page import report_text


@pytest.fixture(scope="module")
def seen(hostile_plan):
    return Seen.of(hostile_plan, json.loads(json_text(plan_document(hostile_plan))))


@pytest.fixture(scope="module")
def parts(seen):
    return parts_of(seen)


@pytest.fixture(scope="module")
def text(seen, parts):
    return report_text(seen, parts)


def inside(text, identity):
    return re.search(rf'<script [^>]*id="{identity}">(.*?)</script>', text, re.DOTALL)[1]


def test_one_file_without_addresses_outside_itself(text):
    page = text.replace("http://www.w3.org/1999/xhtml", "")
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page)
    assert "http://" not in re.sub(r"data:[^\"]*", "", page)
    assert 'lang="en"' in text
    assert "default-src 'none'" in text


def test_names_and_labels_are_text_never_markup(text, hostile):
    assert "<img src=x" not in text
    assert "&lt;/script&gt;&lt;img src=x" in text
    assert "49" not in re.search(r"<h1>(.*?)</h1>", text)[1]
    assert hostile in [part["name"] for part in json.loads(inside(text, "told"))["parts"]]


def test_a_screw_moved_by_hand_says_what_was_proposed_and_claims_no_search(seen, parts):
    document = json.loads(json.dumps(seen.document))
    block = next(f for f in document["fixations"] if (f["level"], f["side"]) == ("C5", "left"))
    block.update(edited=True, proposal=json.loads(json.dumps(block)), reason="moved by hand; least room 1.0 mm")
    block["certificate"] = {"bound_mm": None, "evaluations": 0, "grid_mm": None}
    text = report_text(dataclasses.replace(seen, document=document), parts)
    card = re.search(r'<article class="card" id="C5-left".*?</article>', text, re.DOTALL)[0]
    assert "proposed was: lateral mass, Magerl, 3.5 × 12 mm, 20° lateral, 15° cephalad, planned" in card
    assert "nobody searched" in card
    assert "better by more than" not in card
    assert "Moved by hand" not in text.replace(card, "")


def test_the_summary_tells_what_must_not_be_missed(sample_plan, text):
    flat = " ".join(re.sub(r"<[^>]+>", " ", text.partition("<main")[2].partition("<script")[0]).split())
    for words in (
        "C4 left lateral mass destroyed",
        "3 screws for 4 sides",
        "C4-C5 reduced, slip 3.0 to 0.0 mm",
        "One anchor holds the left side.",
        "canal of 10.5 mm at C4-C5",
        "pedicle: 3.6 mm wide, under 4.0 mm",
        "are not attested",
        "vertebral artery lumen, bone density",
        "not a medical device",
        "thinned for drawing only",
        "screw 3.5 x 12 mm",
    ):
        assert words.lower() in flat.lower(), words
    assert "nan" not in flat.lower().split()
    assert "None" not in flat.replace("None.", "")


def test_every_number_of_a_card_is_the_plans(sample_plan, text):
    for f in sample_plan.fixations:
        card = text.partition(f'id="{f.level}-{f.side}"')[2].partition("</article>")[0]
        assert f.status in card
        if f.chosen:
            for mm in (mm for mm in f.chosen.clearance_mm.values() if np.isfinite(mm)):
                assert f">{mm:.1f}</td>" in card
            assert "4.2 %" in card
            assert f"{f.chosen.purchase_mm:.1f} mm, unicortical" in card
            assert "20° lateral, 15° cephalad" in card
        for refusal in f.alternatives:
            assert refusal.reason[0].upper() + refusal.reason[1:] in card


def test_drawn_screws_stand_where_the_plan_puts_them_in_both_poses(sample_plan, text):
    import trimesh

    told = json.loads(inside(text, "told"))
    scene = trimesh.load(io.BytesIO(gzip.decompress(base64.b64decode(inside(text, "glb")))), file_type="glb")
    moved = sample_plan.construct.reduction.motions
    for f in (f for f in sample_plan.fixations if f.chosen):
        name = f"{f.level} {f.side}"
        part = next(p for p in told["parts"] if p["name"] == f"screw {name}")
        turn, geometry = scene.graph[part["id"]]
        points = trimesh.transform_points(scene.geometry[geometry].vertices, turn)
        ends = np.array([f.chosen.trajectory.entry, f.chosen.trajectory.tip])
        back = np.array(told["back"][f.level]).reshape(4, 4).T
        for pose, shown, wanted in (
            ("planned", points, np.array([moved[f.level](end) for end in ends])),
            ("scan", trimesh.transform_points(points, back), ends),
        ):
            np.testing.assert_allclose(told["screws"][name][pose], wanted, atol=1e-3)
            along = (wanted[1] - wanted[0]) / np.linalg.norm(wanted[1] - wanted[0])
            depth = (shown - wanted[0]) @ along
            off = np.linalg.norm(shown - wanted[0] - depth[:, None] * along, axis=1)
            assert depth.min() == pytest.approx(0.0, abs=1e-3)
            assert depth.max() == pytest.approx(f.chosen.trajectory.length_mm, abs=1e-3)
            assert off.max() == pytest.approx(f.chosen.screw.diameter_mm / 2, abs=0.03)


def test_bones_are_thinned_within_what_the_report_promises():
    import trimesh

    from planner.geometry.surface import Surface
    from planner.output.report.model import DRAWN_WITHIN_MM, thinned

    ball = trimesh.creation.icosphere(5, 15.0)
    whole = Surface(vertices=np.array(ball.vertices), faces=np.array(ball.faces))
    thin = thinned(whole)
    assert len(thin.faces) < 0.5 * len(whole.faces)
    assert whole.closest(thin.vertices)[0].max() <= DRAWN_WITHIN_MM + 1e-4
    assert thin.closest(whole.vertices)[0].max() <= 2 * DRAWN_WITHIN_MM


def test_thin_bone_has_the_colour_of_its_thickness(seen):
    import trimesh
    from matplotlib import colormaps

    from planner.geometry.surface import Surface
    from planner.output.report.model import model_of

    scene = seen.scene()
    outer, inner = trimesh.creation.icosphere(4, 10.0), trimesh.creation.icosphere(4, 8.5)
    inner.invert()
    shell = trimesh.util.concatenate([outer, inner])  # 1.5 mm of bone everywhere
    shell = Surface(vertices=np.array(shell.vertices), faces=np.array(shell.faces))
    bone = dataclasses.replace(scene.group("bone")[0], surface=shell)
    model = model_of(seen.document, *[dataclasses.replace(scene, items=(bone,), reduction="")] * 2)
    glb = trimesh.load(io.BytesIO(gzip.decompress(base64.b64decode(model.glb))), file_type="glb")
    linear = glb.geometry[glb.graph["part0"][1]].vertex_attributes["_thickness"][:, :3] / 255
    shown = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert len(shown) > 200
    np.testing.assert_allclose(np.median(shown, axis=0), colormaps["viridis"](1.5 / 5)[:3], atol=0.03)
    assert np.abs(shown - colormaps["viridis"](1.5 / 5)[:3]).max() < 0.12


def test_the_same_plan_gives_the_same_report_drawn_here_or_in_another_process(seen, text):
    assert report_text(seen, parts_of(seen, apart=True)) == text


def test_figures_and_report_are_written_whole_or_not_at_all(seen, parts, tmp_path):
    from planner.errors import OutputError

    names = [path.name for path in write_figures(parts.figures, tmp_path)]
    assert names == ["slices_C4_right.svg", "slices_C5_left.svg", "slices_C5_right.svg", "rod_right.svg"]
    file = write_report(seen, tmp_path / "report.html", parts=parts)
    assert 0.5e6 < file.stat().st_size < 5e6
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(seen, tmp_path / "no" / "report.html", parts=parts)
    assert not list(tmp_path.glob("*.part"))


def test_pictures_of_the_folder_are_taken_in(seen, parts, tmp_path):
    from PIL import Image

    for name in ("posterior", "axial_C4", "holiday"):
        Image.new("RGB", (1600, 1200), palette.BONE).save(tmp_path / f"{name}.png")
    text = report_text(seen, parts, tmp_path)
    assert text.count("data:image/jpeg") == 2
    assert "holiday" not in text
    assert "C4, axial" in text
