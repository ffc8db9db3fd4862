"""Firmware onto boards: compile it, send what changed, take over all of it or nothing, start it.

>>> from gradsock.flash import flash
>>> flash("/dev/ttyACM0", board="SEEED_XIAO_ESP32S3", settings={"side": "left"}).running
'sock 7QK2M4XA firmware 0.1.0 running'
"""

from gradsock.flash.firmware import Firmware, boards, build
from gradsock.flash.install import FlashReport, flash
from gradsock.flash.nominal import calibration_from_curves
from gradsock.flash.usb import Port, only_port, ports

__all__ = [
    "Firmware",
    "FlashReport",
    "Port",
    "boards",
    "build",
    "calibration_from_curves",
    "flash",
    "only_port",
    "ports",
]
