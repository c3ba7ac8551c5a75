"""The window in a browser: served to this machine alone, drawn, moved by its keys, silent, and ended cleanly."""

from __future__ import annotations

import io
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from planner.document import json_text, plan_document
from planner.geometry.surface import Surface
from planner.output.report import Seen

_SERVE = """
import pickle, sys
from planner.output.web import serve
serve(pickle.load(open(sys.argv[1], "rb")), tell=lambda words: print(words, flush=True))
print("ended", flush=True)
"""
_PATIENCE_S = 60


@pytest.fixture(scope="module")
def server(drawing, missing, sample_plan, tmp_path_factory):
    """A server of the small plan as a user starts it; its process and its address."""
    if find_spec("trame") is None:
        missing("trame is not installed (extra: web).")
    seen = Seen.of(sample_plan, json.loads(json_text(plan_document(sample_plan))))
    file = tmp_path_factory.mktemp("web") / "seen"
    bones = {level: Surface(vertices=b.vertices, faces=b.faces) for level, b in seen.bones.items()}
    file.write_bytes(pickle.dumps(Seen(document=seen.document, bones=bones, removed={}, extras={})))
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        address = next((w for w in process.stdout.readline().split() if w.startswith("http")), None)
        if address is None:
            pytest.fail(process.communicate(timeout=_PATIENCE_S)[1])
        yield process, address
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def said():
    return {"console": [], "requests": []}


@pytest.fixture(scope="module")
def page(browser, server, said):
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.on("console", lambda message: said["console"].append((message.type, message.text, message.location["url"])))
    page.on("pageerror", lambda error: said["console"].append(("error", str(error), "")))
    page.on("request", lambda request: said["requests"].append(request.url))
    page.on("websocket", lambda socket: said["requests"].append(socket.url))
    page.goto(server[1])
    page.wait_for_selector("#key-b")
    yield page
    page.close()


def stage(page):
    """The picture of the column as the page shows it (h, w, 3)."""
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(page.locator("#stage").screenshot())).convert("RGB"), int)


def settled(page, wanted):
    """Wait for a picture that is as wanted; return it."""
    until = time.monotonic() + _PATIENCE_S
    while not wanted(picture := stage(page)):
        assert time.monotonic() < until, "the picture never came"
        time.sleep(0.1)
    return picture


def bone(picture):
    """Share of pixels with the hue of bone."""
    from PIL import ImageColor

    from planner.output import palette

    hue = np.array(ImageColor.getrgb(palette.BONE)) / np.linalg.norm(ImageColor.getrgb(palette.BONE))
    pixels = picture / np.maximum(np.linalg.norm(picture, axis=2, keepdims=True), 1)
    return (np.linalg.norm(pixels - hue, axis=2) < 0.03).mean()


def test_it_shows_the_bones_and_its_keys_act(page):
    first = settled(page, lambda picture: bone(picture) > 0.05)
    page.click("#key-b")
    settled(page, lambda picture: bone(picture) < 0.2 * bone(first))
    page.focus("#stage")
    page.keyboard.press("b")
    settled(page, lambda picture: bone(picture) > 0.9 * bone(first))
    page.keyboard.press("2")
    settled(page, lambda picture: np.abs(picture - first).mean() > 2)


def test_no_error_is_said_and_no_other_machine_is_asked(page, said, server):
    settled(page, lambda picture: bone(picture) > 0.05)
    # trame's page asks its own server for a launcher of servers first; there is none.
    launcher = f"{server[1]}paraview/"
    assert [text for kind, text, url in said["console"] if kind == "error" and url != launcher] == []
    own = server[1].removeprefix("http://").rstrip("/")
    others = [url for url in said["requests"] if not url.startswith((f"http://{own}", f"ws://{own}", "data:", "blob:"))]
    assert (others, len(said["requests"]) > 3) == ([], True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Reads the kernel's table of sockets.")
def test_only_this_machine_can_reach_it(server):
    port = f"{int(server[1].rstrip('/').rpartition(':')[2]):04X}"
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    listening = [row[1].rpartition(":")[0] for row in rows if row[3] == "0A" and row[1].endswith(f":{port}")]
    assert listening == ["0100007F"]  # 127.0.0.1


def test_it_ends_cleanly_when_interrupted(page, server):
    process, _ = server
    os.kill(process.pid, signal.SIGINT)
    out, errors = process.communicate(timeout=_PATIENCE_S)
    assert (process.returncode, out.strip(), errors.strip()) == (0, "ended", "")
