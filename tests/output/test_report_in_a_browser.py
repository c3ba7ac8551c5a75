"""The report opened from disk in Chromium: silent, alone, drawn, switched, on the right sides, readable, printable."""

from __future__ import annotations

import io

import numpy as np
import pytest

from planner.document import plan_document
from planner.geometry.surface import Surface
from planner.output import palette
from planner.output.heat import LACKING, LOST_COLOR
from planner.output.report import Seen, model, write_report
from planner.output.scene import Item


@pytest.fixture(scope="module")
def file(hostile_plan, tmp_path_factory):
    """The report of the small plan, with a plate behind C4 for bone that it lacks."""
    seen = Seen.of(hostile_plan, plan_document(hostile_plan))
    corners = np.array([[-12, 40, -8], [-12, 40, -32], [12, 40, -8], [12, 40, -32.0]])
    lost = Item(
        name="C4 left bone lacking", group="lost", level="C4", color=LOST_COLOR, values_mm=np.full(4, 3.0),
        surface=Surface(vertices=corners, faces=np.array([[0, 2, 1], [1, 2, 3]])),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "lost_bone", lambda document, scene, bones: [lost])
        return write_report(seen, tmp_path_factory.mktemp("r") / "report.html")


@pytest.fixture(scope="module")
def said():
    """What the page said and asked for while it was open."""
    return {"console": [], "requests": []}


@pytest.fixture(scope="module")
def page(browser, file, said):
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.on("console", lambda message: said["console"].append(message.text))
    page.on("pageerror", lambda error: said["console"].append(str(error)))
    page.on("request", lambda request: said["requests"].append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector(".viewer.ready")
    yield page
    page.close()


@pytest.fixture(autouse=True)
def _from_behind(page):
    page.click("[data-view=posterior]")
    settled(page)


def settled(page):
    """Wait until a frame asked for has been drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def drawn(page):
    """The canvas as pixels (h, w, 3), straight from its buffer: nothing that lies over it counts."""
    from base64 import b64decode

    from PIL import Image

    settled(page)
    address = page.evaluate("document.querySelector('.screen canvas:not(.paper)').toDataURL()")
    return np.asarray(Image.open(io.BytesIO(b64decode(address.partition(",")[2]))).convert("RGB"), int)


def letter(page, edge):
    return page.inner_text(f".letters [data-edge={edge}]")


def hued(picture, color):
    """Where a picture has a colour's hue, whatever its light: columns of such pixels."""
    import pyvista as pv

    target = np.array(pv.Color(color).float_rgb)
    pixels = picture / np.maximum(np.linalg.norm(picture, axis=2, keepdims=True), 1)
    return np.nonzero(np.linalg.norm(pixels - target / np.linalg.norm(target), axis=2) < 0.12)[1]


def test_it_opens_without_an_error_and_asks_for_nothing(page, file, said):
    assert said["console"] == []
    assert [url for url in said["requests"] if not url.startswith(("data:", "blob:"))] == [file.as_uri()]


def test_a_hostile_name_is_shown_and_does_nothing(page, hostile):
    assert page.title() == f"Plan of {hostile}, C4–C5"
    assert page.inner_text("h1") == f"Plan of {hostile}, C4–C5"
    assert page.locator("img[src=x]").count() == 0


def test_the_canvas_shows_bones_and_metal(page):
    picture = drawn(page)
    assert (picture.min(axis=2) < 250).mean() > 0.1
    assert len(hued(picture, palette.STATUS["planned"])) > 100


@pytest.mark.parametrize(
    "switch",
    ["[data-level=C4]", "[data-layer=screw]", "[data-layer=rod]", "[data-layer=removed]", "[data-layer=avoid]"],
)
def test_a_layer_that_is_switched_off_goes_and_comes_back(page, switch):
    before = drawn(page)
    page.uncheck(switch)
    without = drawn(page)
    page.check(switch)
    assert (np.abs(before - without).max(axis=2) > 20).mean() > 0.001
    np.testing.assert_array_equal(drawn(page), before)


def test_bone_that_is_seen_through_shows_the_shafts_in_it(page):
    before = drawn(page)
    page.locator("#opacity").fill("30")
    after = drawn(page)
    page.locator("#opacity").fill("100")
    bluer = (after[..., 2] - after[..., 0]) - (before[..., 2] - before[..., 0])
    assert (bluer > 20).sum() > 500


def test_bone_can_be_coloured_by_its_thickness(page):
    before = drawn(page)
    assert not page.is_visible("[data-key=thickness]")
    page.check("#thickness")
    after = drawn(page)
    assert page.is_visible("[data-key=thickness]")
    page.uncheck("#thickness")
    np.testing.assert_array_equal(drawn(page), before)
    thick = (after[..., 0] - after[..., 2] > 120) & (after[..., 1] - after[..., 2] > 120)  # viridis ends in yellow
    assert thick.mean() > 0.05


def test_bone_that_is_lacking_is_shown_in_colours_with_their_key(page):
    before = drawn(page)
    assert not page.is_visible("[data-key=lacking]")
    page.check("[data-layer=lost]")
    after = drawn(page)
    assert page.is_visible("[data-key=lacking]")
    page.uncheck("[data-layer=lost]")
    np.testing.assert_array_equal(drawn(page), before)
    shown = after[np.abs(after - before).max(axis=2) > 20]
    assert len(shown) > 2000
    hue, wanted = np.median(shown, axis=0), LACKING.rgba(np.array([3.0]))[0, :3]
    assert hue @ wanted / np.linalg.norm(hue) / np.linalg.norm(wanted) > 0.98


def test_hidden_layers_can_be_shown(page):
    page.locator("#opacity").fill("20")
    before = drawn(page)
    page.check("[data-layer=artery]")
    after = drawn(page)
    page.uncheck("[data-layer=artery]")
    page.locator("#opacity").fill("100")
    redder = (after[..., 0] - after[..., 1]) - (before[..., 0] - before[..., 1])
    assert (redder > 40).sum() > 200


def test_sides_are_right_in_every_view(page):
    """C5 right alone is at caution: its orange says where the patient's right is."""
    middle = drawn(page).shape[1] / 2
    assert (letter(page, "left"), letter(page, "right"), letter(page, "top")) == ("L", "R", "S")
    assert np.median(hued(drawn(page), palette.STATUS["caution"])) > middle
    page.click("[data-view=axial]")
    settled(page)
    assert (letter(page, "left"), letter(page, "right"), letter(page, "top")) == ("R", "L", "A")
    page.locator("#opacity").fill("0")
    page.uncheck("[data-level=C4]")
    assert np.median(hued(drawn(page), palette.STATUS["caution"])) < middle
    page.check("[data-level=C4]")
    page.locator("#opacity").fill("100")
    for view, left, right in (("lateral_left", "A", "P"), ("lateral_right", "P", "A")):
        page.click(f"[data-view={view}]")
        settled(page)
        assert (letter(page, "left"), letter(page, "right"), letter(page, "top")) == (left, right, "S")


def test_the_pose_of_the_scan_moves_the_bone_that_is_reduced(page):
    page.click("[data-view=lateral_left]")
    planned = drawn(page)
    page.check("[name=pose][value=scan]")
    scan = drawn(page)
    page.check("[name=pose][value=planned]")
    assert (np.abs(planned - scan).max(axis=2) > 20).mean() > 0.005
    np.testing.assert_array_equal(drawn(page), planned)


def test_down_a_screw_its_entry_lies_in_the_middle_and_its_numbers_are_told(page):
    page.click("[data-screw='C5 right']")
    picture = drawn(page)
    columns = hued(picture, palette.STATUS["caution"])
    assert abs(np.median(columns) - picture.shape[1] / 2) < 0.05 * picture.shape[1]
    assert "caution, 3.5 × 12 mm" in page.inner_text("#picked")
    assert page.get_attribute("[data-screw='C5 right']", "aria-pressed") == "true"


def test_a_pointer_on_a_bone_reads_its_name(page):
    screen = page.locator(".screen")
    box = screen.bounding_box()
    screen.hover(position={"x": box["width"] * 0.5, "y": box["height"] * 0.35})
    settled(page)
    assert page.inner_text("#picked") == "C4"


def test_the_keyboard_reaches_and_turns_it(page):
    page.focus(".screen")
    page.keyboard.press("2")
    settled(page)
    assert letter(page, "left") == "A"
    before = drawn(page)
    page.keyboard.press("Shift+ArrowLeft")
    assert np.abs(drawn(page) - before).max() > 20
    page.keyboard.press("+")
    page.keyboard.press("1")
    settled(page)
    assert letter(page, "left") == "L"


def test_a_reader_without_eyes_finds_names_headings_and_texts(page):
    assert page.get_attribute("html", "lang") == "en"
    assert page.evaluate("[...document.images].filter(i => !i.alt.trim()).length") == 0
    assert page.evaluate("[...document.images].filter(i => !(i.complete && i.naturalWidth)).length") == 0
    unnamed = """[...document.querySelectorAll('button, input, a, summary')].filter(e =>
        !(e.textContent.trim() || e.ariaLabel || e.closest('label')?.textContent.trim())).length"""
    assert page.evaluate(unnamed) == 0
    grades = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(h => Number(h.tagName[1]))")
    assert grades[0] == 1
    assert grades.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(grades, grades[1:], strict=False))
    assert page.evaluate(
        "[...document.querySelectorAll('table')].every(t => t.caption && t.querySelector('th[scope]'))"
    )


def test_words_stand_out_from_what_lies_behind_them(page):
    """WCAG 2.1 contrast of 4.5 at least, for every kind of text with a colour of its own."""
    pairs = page.evaluate("""() => {
      const solid = e => { while (e) { const c = getComputedStyle(e).backgroundColor;
        if (!/rgba\\(.*, 0\\)|transparent/.test(c)) return c; e = e.parentElement; } return 'rgb(255, 255, 255)'; };
      const kinds = '.chip, .small, .mark, .cut, a, dt, figcaption, button, .sides, td';
      return [...document.querySelectorAll(kinds)].map(
        e => [getComputedStyle(e).color, solid(e), e.className, e.tagName]);
    }""")
    weak = {(*pair,) for pair in map(tuple, pairs) if contrast(*pair[:2]) < 4.5}
    assert weak == set()


def contrast(*colors):
    import re

    light = []
    for color in colors:
        c = np.array([float(x) for x in re.findall(r"[\d.]+", color)[:3]]) / 255
        c = np.where(c <= 0.03928, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
        light.append(c @ [0.2126, 0.7152, 0.0722])
    return (max(light) + 0.05) / (min(light) + 0.05)


@pytest.mark.parametrize("width", [360, 820])
def test_a_narrow_window_needs_no_sideways_scrolling(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    settled(page)
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.set_viewport_size({"width": 1400, "height": 1000})
    settled(page)
    assert over <= 0


def test_it_prints_as_pdf_with_the_picture(page):
    before = drawn(page)
    page.evaluate("""addEventListener('beforeprint', () => {
        const copy = document.querySelector('.paper'), size = [copy.width, copy.height];
        const pixels = copy.getContext('2d').getImageData(0, 0, ...size).data;
        window.printed = [...size, pixels.filter((value, i) => i % 4 < 3 && value < 200).length];
    })""")
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") >= 2
    assert b"/Subtype /Image" in pdf
    width, height, dark = page.evaluate("window.printed")
    assert (width, height) == (270, 398)  # inside a border
    assert dark > 0.02 * 3 * width * height
    settled(page)
    np.testing.assert_array_equal(drawn(page).shape, before.shape)


def test_without_scripts_everything_but_the_3d_view_is_there(browser, file):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator(".wait").is_visible()
    assert page.locator(".card").count() >= 4
    context.close()
