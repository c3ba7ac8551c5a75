"""The standard pictures of a plan folder, made smaller for the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from planner.output.views import AXIAL, COLUMN_VIEWS

_WIDTH = 1040
_QUALITY = 75


def pictures_of(folder: Path, levels: Iterable[str], title: str) -> list[dict[str, str]]:
    """Those that exist, as ``name``, ``words`` (what is seen), ``level`` and ``address`` (a data address)."""
    wanted = [(view.name, f"{view.heading}, planned pose", "") for view in COLUMN_VIEWS.values()]
    wanted += [(f"{view.name}_scan", f"{view.heading}, pose of the scan", "") for view in COLUMN_VIEWS.values()]
    wanted.append(("deficits", "bone against its mirror image, and its thickness", ""))
    wanted += [(f"axial_{level}", f"{level}, {AXIAL.heading.lower()}", level) for level in levels]
    there = {path.stem: path for path in sorted(folder.glob("*.png"))}
    if not any(name.endswith("_scan") for name in there):
        wanted = [(name, words.replace(", planned pose", ""), level) for name, words, level in wanted]
    wanted = [row for row in wanted if row[0] in there]
    with ThreadPoolExecutor(2) as pool:  # Pillow works beside itself
        addresses = pool.map(_address, [there[name] for name, _, _ in wanted])
        return [
            {"name": name, "words": f"{title}: {words}", "level": level, "address": address}
            for (name, words, level), address in zip(wanted, addresses, strict=True)
        ]


def _address(file: Path) -> str:
    from PIL import Image

    out = io.BytesIO()
    with Image.open(file) as picture:
        small = picture if picture.mode == "RGB" else picture.convert("RGB")
        small.thumbnail((_WIDTH, _WIDTH), Image.Resampling.BICUBIC)
        small.save(out, format="JPEG", quality=_QUALITY, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode("ascii")
