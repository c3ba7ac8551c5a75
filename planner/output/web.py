"""The window in a browser on this machine: the same `Window`, drawn off-screen and sent as pictures by trame."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from planner.errors import MissingLibrary
from planner.output.report import Seen
from planner.output.window.keys import EDITS, HELP, LAYERS, VIEW_WORDS, VIEWS
from planner.output.window.window import Window

HOST = "127.0.0.1"
_SIZE = (1280, 900)

# What a browser calls a key, and what VTK does.
_KEYS = {
    "ArrowLeft": "Left",
    "ArrowRight": "Right",
    "ArrowUp": "Up",
    "ArrowDown": "Down",
    "PageUp": "Prior",
    "PageDown": "Next",
    "Backspace": "BackSpace",
    "+": "plus",
    "=": "equal",
    "-": "minus",
}
_BUTTONS = (
    ("Views", tuple((key, VIEW_WORDS[name]) for key, name in VIEWS.items())),
    ("Layers", tuple((layer.key, layer.words) for layer in LAYERS)),
    (
        "Screw",
        (("Tab", "next"), ("x", "cut"), ("t", "see-through"), ("y", "thickness"), ("k", "before, after")),
    ),
    ("Edit", (("e", "begin, end"), ("u", "undo"), ("BackSpace", "as proposed"), ("n", "alternative"), ("w", "save"))),
)


def require_trame() -> None:
    """Raise MissingLibrary with the extra's name where trame is not installed."""
    try:
        import trame.app
        import trame.ui.html
        import trame.widgets.vtk  # noqa: F401
    except ImportError as error:
        raise MissingLibrary(
            "The view in a browser needs trame, which is not installed.", "pip install 'cervical-planner[web]'"
        ) from error


def serve(
    seen: Seen, *, bench: Callable[[], Any] | None = None, save: Callable[[dict], Path] | None = None, port: int = 0,
    tell: Callable[[str], None] = print,
) -> None:  # fmt: skip
    """Serve the window to this machine alone until interrupted; ``tell`` gets its address. Port 0 is a free one.

    Raises MissingLibrary without trame or a library for off-screen drawing.
    """
    from planner.output.pictures import require_drawing

    require_trame()
    require_drawing()
    window = Window(seen, off_screen=True, size=_SIZE, bench=bench, save=save)
    try:
        server = _page(window)
        server.controller.on_server_ready.add(lambda **_: tell(f"Open http://{HOST}:{server.port}/ (Ctrl+C ends it)"))
        # trame reads the command line by itself: it would take our options for its own.
        with patch.object(sys, "argv", sys.argv[:1]):
            server.start(host=HOST, port=port, open_browser=False, show_connection_info=False, timeout=0)
    finally:
        window.plotter.close()


def _page(window: Window) -> Any:
    from trame.app import get_server
    from trame.ui.html import DivLayout
    from trame.widgets import html
    from trame.widgets import vtk as views

    server = get_server("planner", client_type="vue3")
    server.state.trame__title = f"planner: {window.seen.document['case']['name']}"
    server.state.keys = HELP

    def press(key: str, shift: bool = False, control: bool = False) -> None:
        key = _KEYS.get(key, key)
        if key in _known():
            window.press(key, bool(shift), bool(control))

    with DivLayout(server) as layout:
        layout.root.style = "display:flex;position:fixed;inset:0;font:14px sans-serif"
        with html.Div(style="width:13em;overflow:auto;padding:.5em;background:#f6f8fa", id="keys"):
            for heading, buttons in _BUTTONS:
                html.Div(heading, style="font-weight:bold;margin-top:.5em")
                for key, words in buttons:
                    html.Button(
                        f"{key}  {words}", click=(press, f"['{key}']"), id=f"key-{key}",
                        style="display:block;width:100%;text-align:left;margin:1px 0;padding:.25em",
                    )  # fmt: skip
        with html.Div(
            style="flex:1;position:relative;outline:none", tabindex=0, id="stage",
            keydown=(press, "[$event.key, $event.shiftKey, $event.ctrlKey]"),
        ):  # fmt: skip
            view = views.VtkRemoteView(window.plotter.render_window, interactive_ratio=1, interactive_quality=80)

    def shown() -> None:
        # Before the page is there nothing can be sent, and nothing waits for it.
        if server.running:
            view.update()

    window.shown = shown
    return server


def _known() -> set[str]:
    window_keys = {key for _, buttons in _BUTTONS for key, _ in buttons} | {key for key, _ in EDITS}
    return window_keys | {"h", "plus", "equal", "minus"}
