"""What is wrong, and what to do about it: this computer, a board on the cable, a sock on the air.

Each part is a function that returns `Check`s. It never raises for what it is there to find.
"""

from gradsock.owner.doctor.checks import FAULT, NOTE, OK, Check
from gradsock.owner.doctor.computer import computer
from gradsock.owner.doctor.on_air import on_air
from gradsock.owner.doctor.on_cable import on_cable

__all__ = ["FAULT", "NOTE", "OK", "Check", "computer", "on_air", "on_cable"]
