"""The sock's electronics beside the board, the same for every board: converter, dividers, sensors, motor, button."""

from __future__ import annotations

from gradsock.boards.circuit import EXCITATION_LIMIT_V, EXCITATION_V, DIVIDER_kOHM, LOWER_kOHM, UPPER_kOHM
from gradsock.boards.drawing.svg import Point, Sheet

CHIP_X, CHIP_WIDTH, CHIP_TOP, CHIP_BOTTOM = 600, 120, 96, 370
INPUTS = (("A0", "ankle", 132), ("A1", "calf", 204), ("A2", "knee", 276))
REFERENCE_Y = 348
NODE_X = 772
PLUG_X, SENSOR_X, RAIL_X = 944, 1000, 1104
WIDTH_OF_SOCK = 190
GATE: Point = (640, 548)
SWITCH: Point = (640, 670)

TARGETS: dict[str, Point] = {
    "3V3": (CHIP_X, 126),
    "GND": (CHIP_X, 158),
    "SCL": (CHIP_X, 226),
    "SDA": (CHIP_X, 258),
    "EXCITE": (NODE_X, 452),
    "MOTOR": GATE,
    "BUTTON": SWITCH,
}
"""Where the wires from the board end."""


def draw_electronics(sheet: Sheet) -> None:
    """All of it, onto the right half of the sheet."""
    _sock(sheet)
    _converter(sheet)
    for _, site, y in INPUTS:
        _input(sheet, y)
        _sensor(sheet, site, y)
    _excitation(sheet)
    _motor(sheet)
    _button(sheet)


def _converter(sheet: Sheet) -> None:
    sheet.box(CHIP_X, CHIP_TOP, CHIP_WIDTH, CHIP_BOTTOM - CHIP_TOP)
    middle = CHIP_X + CHIP_WIDTH / 2
    sheet.words(middle, 318, "ADS1115", at="middle", size="bold")
    sheet.words(middle, 334, "address 0x48", "faint", "middle", "small")
    for label, y in (("VDD", 126), ("GND", 158), ("ADDR", 190), ("SCL", 226), ("SDA", 258)):
        sheet.words(CHIP_X + 8, y + 4, label, size="small")
        sheet.dot(CHIP_X, y)
    sheet.wire("ink", (CHIP_X, 190), (CHIP_X - 18, 190), (CHIP_X - 18, 158))
    sheet.dot(CHIP_X - 18, 158)
    for label, y in (*((name, y) for name, _, y in INPUTS), ("A3", REFERENCE_Y)):
        sheet.words(CHIP_X + CHIP_WIDTH - 8, y + 4, label, at="end", size="small")
        sheet.dot(CHIP_X + CHIP_WIDTH, y)


def _input(sheet: Sheet, y: float) -> None:
    """An input with its lower resistor, and a capacitor that keeps the radio out."""
    sheet.wire("brown", (CHIP_X + CHIP_WIDTH, y), (SENSOR_X, y))
    sheet.resistor(NODE_X, y, f"{DIVIDER_kOHM} k\u03a9 1 %", down=True)
    sheet.ground(NODE_X, y + 30)
    sheet.dot(NODE_X, y, "brown")
    sheet.capacitor(NODE_X + 92, y, "10 nF")
    sheet.ground(NODE_X + 92, y + 30)
    sheet.dot(NODE_X + 92, y, "brown")


def _sensor(sheet: Sheet, site: str, y: float) -> None:
    """A sensor: a resistor that pressure changes, from the excitation to the input."""
    sheet.box(SENSOR_X, y - 8, 60, 16, "paper", "brown")
    sheet.wire("brown", (SENSOR_X + 10, y + 15), (SENSOR_X + 50, y - 15), kind="line")
    sheet.wire("brown", (SENSOR_X + 43, y - 15), (SENSOR_X + 50, y - 15), (SENSOR_X + 48, y - 8), kind="line")
    sheet.words(SENSOR_X + 30, y - 20, site, at="middle", size="bold")
    sheet.wire("orange", (SENSOR_X + 60, y), (RAIL_X, y))
    sheet.dot(RAIL_X, y, "orange")
    sheet.ring(PLUG_X, y, 5, "brown")


def _sock(sheet: Sheet) -> None:
    sheet.box(PLUG_X + 12, 78, WIDTH_OF_SOCK, 296, "sock", "faint")
    sheet.words(PLUG_X + 12 + WIDTH_OF_SOCK / 2, 367, "in the sock", "faint", "middle", "small")
    sheet.wire("faint", (PLUG_X, 70), (PLUG_X, 374), kind="line dash")
    sheet.words(PLUG_X - 6, 72, "plug with 4 contacts", "faint", "end", "small")


def _excitation(sheet: Sheet) -> None:
    """A part of a pin's 3.3 V, measured where it leaves: A3 is what the sensors are compared with."""
    y, right = REFERENCE_Y, CHIP_X + CHIP_WIDTH
    sheet.wire("orange", (right, y), (RAIL_X, y), (RAIL_X, INPUTS[0][2]))
    sheet.ring(PLUG_X, y, 5, "orange")
    sheet.wire("orange", (NODE_X, y), (NODE_X, y + 26))
    sheet.resistor(NODE_X, y + 26, f"{UPPER_kOHM} k\u03a9 1 %", down=True, side="left")
    sheet.wire("orange", (NODE_X, y + 56), TARGETS["EXCITE"])
    sheet.dot(NODE_X, y, "orange")
    sheet.wire("orange", (NODE_X + 46, y), (NODE_X + 46, y + 26))
    sheet.resistor(NODE_X + 46, y + 26, f"{LOWER_kOHM} k\u03a9 1 %", down=True)
    sheet.ground(NODE_X + 46, y + 56)
    sheet.dot(NODE_X + 46, y, "orange")
    sheet.wire("orange", (NODE_X + 138, y), (NODE_X + 138, y + 26))
    sheet.capacitor(NODE_X + 138, y + 26, "100 nF")
    sheet.ground(NODE_X + 138, y + 56)
    sheet.dot(NODE_X + 138, y, "orange")
    sheet.words(
        NODE_X + 20,
        y + 100,
        f"excitation: {EXCITATION_V:.2f} V, never more than {EXCITATION_LIMIT_V} V",
        "orange",
        size="small",
    )


def _motor(sheet: Sheet) -> None:
    """A vibration motor (or an active buzzer) switched to ground by a small transistor."""
    x, y = GATE
    top = y - 76
    sheet.supply(x + 84, top + 4)
    sheet.wire("red", (x + 84, top + 4), (x + 84, top + 18))
    sheet.ring(x + 84, top + 34, 16)
    sheet.words(x + 84, top + 39, "M", at="middle", size="bold")
    sheet.wire("ink", (x + 84, top + 50), (x + 84, y - 12), (x + 66, y - 12))
    sheet.wire("red", (x + 84, top + 10), (x + 124, top + 10), (x + 124, top + 26), kind="line")
    sheet.curve(f"M{x + 116} {top + 40}L{x + 124} {top + 26}L{x + 132} {top + 40}Z", "ink", "ink")
    sheet.wire("ink", (x + 116, top + 26), (x + 132, top + 26), kind="line")
    sheet.wire("ink", (x + 124, top + 40), (x + 124, top + 58), (x + 84, top + 58), kind="line")
    sheet.words(x + 140, top + 38, "diode, its bar to 3V3", size="small")
    sheet.wire("purple", (x, y), (x + 54, y))
    sheet.wire("ink", (x + 56, y - 14), (x + 56, y + 14))
    sheet.wire("ink", (x + 62, y - 18), (x + 62, y + 18))
    sheet.wire("ink", (x + 62, y - 12), (x + 84, y - 12))
    sheet.wire("ink", (x + 62, y + 12), (x + 84, y + 12), (x + 84, y + 22))
    sheet.ground(x + 84, y + 22)
    sheet.resistor(x + 26, y + 6, "100 k\u03a9", down=True, side="left")
    sheet.wire("purple", (x + 26, y), (x + 26, y + 6))
    sheet.dot(x + 26, y, "purple")
    sheet.ground(x + 26, y + 36)
    sheet.lines(
        x + 140,
        y - 18,
        (
            "N-channel MOSFET that is on at 2.5 V",
            "M: vibration motor, 3 V, at most 100 mA,",
            "or an active buzzer for 3 V",
        ),
    )


def _button(sheet: Sheet) -> None:
    x, y = SWITCH
    sheet.wire("teal", (x, y), (x + 20, y))
    sheet.ring(x + 24, y, 4)
    sheet.ring(x + 56, y, 4)
    sheet.wire("ink", (x + 22, y - 10), (x + 58, y - 10), kind="line")
    sheet.wire("ink", (x + 40, y - 10), (x + 40, y - 18), kind="line")
    sheet.wire("ink", (x + 60, y), (x + 84, y))
    sheet.ground(x + 84, y)
    sheet.words(x + 140, y - 2, "button: opens pairing, wakes the sock", size="small")
    sheet.words(x + 140, y + 13, "(no resistor: the board has one inside)", "faint", size="small")
