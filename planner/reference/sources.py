"""The bibliography behind the short keys (F5, F35 ...) that tables cite."""

from __future__ import annotations

import re

from planner.reference.tables import rows


def cited(text: str) -> dict[str, str]:
    """Return {key: "title, where"} of every key named in a text, in ascending order.

    Raises `KeyError` for a key that the bibliography does not hold.
    """
    known = {row["key"]: f"{row['title']}, {row['source']}" for row in rows("sources", "source")}
    keys = sorted(set(re.findall(r"\bF\d{1,3}\b", text)), key=lambda key: int(key[1:]))
    return {key: known[key] for key in keys}
