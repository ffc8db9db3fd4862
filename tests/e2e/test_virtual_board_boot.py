"""How a board starts, ends and starts again."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gradsock.errors import SimError
from gradsock.sim import interpreter
from gradsock.sim.board import Board
from gradsock.sim.launch import VirtualBoard
from tests.e2e.conftest import HANG_S, Bench, MakeBench
