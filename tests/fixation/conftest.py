"""Puts the toy vertebra of boxes, `fixation_blocks`, in reach of this room's tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
