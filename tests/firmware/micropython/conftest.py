"""The tests in this folder also run under MicroPython: plain functions that import `sock` and their neighbours only."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # neighbours, as on the board
