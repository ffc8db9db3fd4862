"""How a board is wired: one drawing per board, with the places and numbers of its own pins."""

from __future__ import annotations

from dataclasses import dataclass

from gradsock.boards.drawing.electronics import TARGETS, draw_electronics
from gradsock.boards.drawing.svg import Point, Sheet
from gradsock.boards.facts import Facts, Pad
from gradsock.boards.parts import Parts

WIDTH = 1200
BOARD_X, BOARD_WIDTH, BOARD_TOP = 130, 256, 176
LANES_X, LANE, RUN = 424, 19, 13
SUPPLY_Y = 106

NET_X = 78
"""How far inside the board the name of a wire is written."""

COLOURS = {
    "3V3": "red",
    "GND": "ink",
    "SCL": "blue",
    "SDA": "green",
    "EXCITE": "orange",
    "MOTOR": "purple",
    "BUTTON": "teal",
    "+": "red",
    "-": "ink",
}


@dataclass(frozen=True)
class Place:
    """A pad of the board in the drawing."""

    pad: Pad
    left: bool
    y: float

    @property
    def x(self) -> float:
        """Where a wire begins."""
        return BOARD_X if self.left else BOARD_X + BOARD_WIDTH


def wiring(facts: Facts, parts: Parts) -> str:
    """The drawing for a board, as SVG."""
    places = _places(facts)
    used = _used(facts, parts, places)
    bottom = _bottom(places)
    sheet = Sheet(WIDTH, max(730, int(bottom) + 130), f"Wiring of a sock with a {facts.product}")
    sheet.words(24, 36, f"{facts.vendor} {facts.product}", size="large")
    sheet.words(
        24, 56, f"MicroPython board {facts.name}. All ground symbols are one wire, and so are all marked 3V3.", "faint"
    )
    for net, points in routes(facts, parts).items():
        sheet.wire("paper", *points, kind="halo")
        sheet.wire(COLOURS[net], *points)
    draw_electronics(sheet)
    _board(sheet, facts, places, used, bottom)
    _battery(sheet, facts, places)
    return sheet.text()


def _places(facts: Facts) -> list[Place]:
    left, right = facts.pins.rows
    pitch = 30 if len(left) <= 9 else 24 if len(left) <= 16 else 22
    return [
        Place(pad, side, BOARD_TOP + 24 + pitch * number)
        for side, row in ((True, left), (False, right))
        for number, pad in enumerate(row)
        if pad.label
    ]


def _bottom(places: list[Place]) -> float:
    return max(place.y for place in places) + 20


def _used(facts: Facts, parts: Parts, places: list[Place]) -> dict[str, Place]:
    """Which pad each wire of the electronics begins at."""
    by_gpio = {place.pad.gpio: place for place in places if place.pad.gpio is not None}
    wanted = {"SCL": parts.scl, "SDA": parts.sda, "EXCITE": parts.excitation, "MOTOR": parts.motor}
    wanted["BUTTON"] = parts.button
    used = {net: by_gpio[pin] for net, pin in wanted.items() if isinstance(pin, int)}
    taken = {facts.supply.minus: 1} if facts.supply.battery == "module" else {}
    for label in ("3V3", "GND"):
        found = sorted((p for p in places if p.pad.label == label), key=lambda p: (p.left, p.y))
        used[label] = found[min(taken.get(label, 0), len(found) - 1)]
    return used


def routes(facts: Facts, parts: Parts) -> dict[str, list[Point]]:
    """The corners of each wire, by its name: out to the side, round the bottom from the left, along its lane."""
    places = _places(facts)
    used, bottom = _used(facts, parts, places), _bottom(places)
    lefts = sorted((net for net in used if used[net].left), key=lambda net: -used[net].y)
    rights = sorted((net for net in used if not used[net].left), key=lambda net: TARGETS[net][1])
    upward = [net for net in lefts if TARGETS[net][1] < bottom]
    downward = [net for net in reversed(lefts) if net not in upward]
    first = _free(bottom + 22, len(lefts))
    lanes = {net: LANES_X + LANE * number for number, net in enumerate([*reversed(rights), *upward, *downward])}
    found: dict[str, list[Point]] = {}
    for net, place in used.items():
        x, y = TARGETS[net]
        points: list[Point] = [(place.x, place.y)]
        if place.left:
            number = lefts.index(net)
            out, under = BOARD_X - 22 - RUN * number, first + RUN * number
            points += [(out, place.y), (out, under), (lanes[net], under)]
        else:
            points.append((lanes[net], place.y))
        found[net] = [*points, (lanes[net], y), (x, y)]
    return found


def _free(y: float, count: int) -> float:
    """From where on so many wires can run side by side below the board, none at the height where another ends."""
    ends = [end for _, end in TARGETS.values()]
    while any(abs(y + RUN * number - end) < RUN * 0.7 for number in range(count) for end in ends):
        y += 3
    return y


def _board(sheet: Sheet, facts: Facts, places: list[Place], used: dict[str, Place], bottom: float) -> None:
    middle = BOARD_X + BOARD_WIDTH / 2
    sheet.box(BOARD_X, BOARD_TOP, BOARD_WIDTH, bottom - BOARD_TOP)
    usb_y = BOARD_TOP - 8 if facts.pins.usb_at == "top" else bottom - 14
    sheet.box(middle - 22, usb_y, 44, 22, "paper")
    sheet.words(middle, usb_y + 15, "USB", at="middle", size="small")
    nets = {place: net for net, place in used.items()}
    for place in places:
        net = nets.get(place)
        colour = COLOURS[net] if net else "faint"
        inward = 1 if place.left else -1
        sheet.dot(place.x, place.y, colour, 4.5 if net else 3)
        label = place.pad.label
        number = place.pad.gpio
        if number is not None and str(number) not in label:
            label = f"{label} ({number})" if place.left else f"({number}) {label}"
        elif label == "5" or label.isdigit():
            label = f"GPIO{label}"
        at = "start" if place.left else "end"
        sheet.words(place.x + 10 * inward, place.y + 4, label, colour, at, "bold" if net else "small")
        if net and net not in ("3V3", "GND"):
            sheet.words(place.x + NET_X * inward, place.y + 4, net, colour, at, "small")


def _battery(sheet: Sheet, facts: Facts, places: list[Place]) -> None:
    """The cell above the board: at its pads or plug, or through a charger board."""
    sheet.box(BOARD_X, SUPPLY_Y - 20, 92, 40, "paper")
    sheet.words(BOARD_X + 46, SUPPLY_Y - 3, "LiPo cell 3.7 V", at="middle", size="small")
    sheet.words(BOARD_X + 46, SUPPLY_Y + 11, "with protection", at="middle", size="small")
    plus_y, minus_y = SUPPLY_Y - 9, SUPPLY_Y + 9
    start = BOARD_X + 92
    if facts.supply.battery != "module":
        right = BOARD_X + BOARD_WIDTH
        for label, colour, y, x in (
            (facts.supply.plus, "red", plus_y, right - 36),
            (facts.supply.minus, "ink", minus_y, right - 80),
        ):
            sheet.wire(colour, (start, y), (x, y), (x, BOARD_TOP + 5))
            sheet.dot(x, BOARD_TOP + 5, colour, 4.5)
            plus = label == facts.supply.plus
            sheet.words(x + (8 if plus else -6), SUPPLY_Y + 36, label, colour, "start" if plus else "end", "small")
        where = "on the back" if facts.supply.battery == "pads" else "JST-PH plug"
        sheet.words(right - 28, SUPPLY_Y + 52, where, "faint", size="small")
        return
    sheet.box(start + 34, SUPPLY_Y - 24, 104, 48, "board")
    sheet.words(start + 86, SUPPLY_Y - 6, "LiPo charger", at="middle", size="small")
    volts = "5 V out" if facts.supply.plus == "5V" else "cell's voltage out"
    sheet.words(start + 86, SUPPLY_Y + 10, volts, at="middle", size="small")
    sheet.wire("red", (start, plus_y), (start + 34, plus_y))
    sheet.wire("ink", (start, minus_y), (start + 34, minus_y))
    _from_charger(sheet, facts, places, start + 138)


def _from_charger(sheet: Sheet, facts: Facts, places: list[Place], x: float) -> None:
    for label, sign, y in ((facts.supply.plus, "+", SUPPLY_Y - 9), (facts.supply.minus, "-", SUPPLY_Y + 9)):
        found = sorted((p for p in places if p.pad.label == label), key=lambda p: (p.left, p.y))
        place = found[0]
        colour = COLOURS[sign]
        if place.left:
            out = 34 if sign == "+" else 48
            over = SUPPLY_Y - 36 if sign == "+" else SUPPLY_Y + 42
            points = [(x, y), (x + 12, y), (x + 12, over), (out, over), (out, place.y), (place.x, place.y)]
        else:
            lane = BOARD_X + BOARD_WIDTH + (22 if sign == "+" else 11)
            points = [(x, y), (lane, y), (lane, place.y), (place.x, place.y)]
        sheet.wire("paper", *points, kind="halo")
        sheet.wire(colour, *points)
        sheet.dot(place.x, place.y, colour, 4.5)
