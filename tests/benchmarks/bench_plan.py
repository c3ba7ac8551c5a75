"""Whole commands in fresh processes: wall time and peak memory, median of several runs.

    python tests/benchmarks/bench_plan.py [--runs 5] [CASE SPACE]

Not a test: nothing asserts wall time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def measure(arguments: list[str]) -> tuple[float, float]:
    """(wall seconds, peak MB) of one `planner` command in a process of its own."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "planner", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        raise SystemExit(f"planner {' '.join(arguments)} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", help="a case folder and its axis code")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    case = given.case[:1] + (["--space", given.case[1]] if len(given.case) > 1 else [])
    commands = {
        "planner --help": ["--help"],
        "plan, no pictures": ["plan", *case, "--levels", "C2-C6", "-q", "--no-pictures"],
        "plan, with pictures": ["plan", *case, "--levels", "C2-C6", "-q"],
    }
    print(f"{'command':24} {'median s':>9} {'min':>7} {'max':>7} {'peak MB':>8}")
    for name, arguments in commands.items():
        runs = []
        for _ in range(given.runs):
            with tempfile.TemporaryDirectory() as folder:
                out = ["-o", str(Path(folder) / "plan")] if arguments[0] == "plan" else []
                runs.append(measure([*arguments, *out]))
        seconds = [r[0] for r in runs]
        print(
            f"{name:24} {statistics.median(seconds):9.2f} {min(seconds):7.2f} {max(seconds):7.2f} "
            f"{max(r[1] for r in runs):8.0f}"
        )


if __name__ == "__main__":
    main()
