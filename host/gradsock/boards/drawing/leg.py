"""Where the sensors go: the leg from its inner side, a look down onto it, and what a fold does to a top sensor."""

from __future__ import annotations

from gradsock.boards.drawing.svg import Sheet

WIDTH, HEIGHT = 1200, 720
FLOOR_Y, CM = 650, 12
"""The floor, and one centimetre of the large figure in pixels."""

TOP_EDGE, KNEE, CALF, ANKLE = 39.0, 36.0, 31.0, 11.0
"""Heights in cm of a middle-sized leg: the edge (leg point D), the sensors at D, C and B."""

SKIN = (
    "M196 90C190 130 190 160 190 182C184 210 178 250 178 278C178 330 204 370 212 410C222 460 228 490 228 518"
    "C228 548 212 580 212 608C210 640 222 650 240 650L452 650C478 650 478 626 452 616C400 600 340 580 322 552"
    "C310 530 308 520 308 518C308 480 308 440 308 410C310 350 316 320 316 278C318 240 318 210 318 182"
    "C320 150 322 120 322 90Z"
)
SOCK = (
    "M187 182C181 210 175 250 175 278C175 330 201 370 209 410C219 460 225 490 225 518C225 548 209 580 209 608"
    "C207 643 220 653 240 653L372 653L386 596C350 582 334 566 325 552C313 530 311 520 311 518C311 480 311 440 311 410"
    "C313 350 319 320 319 278C321 240 321 210 321 182Z"
)


def leg() -> str:
    """The drawing, as SVG."""
    sheet = Sheet(WIDTH, HEIGHT, "Where to sew the three pressure sensors")
    sheet.words(24, 36, "Where the sensors go", size="large")
    sheet.words(
        24, 56, "A right leg seen from its inner side. Heights are those of a middle-sized leg: measure yours.", "faint"
    )
    _leg(sheet)
    _heights(sheet)
    _ring(sheet)
    _fold(sheet, 630, 470, folded=False)
    _fold(sheet, 910, 470, folded=True)
    return sheet.text()


def _y(height_cm: float) -> float:
    return FLOOR_Y - CM * height_cm


def _leg(sheet: Sheet) -> None:
    sheet.curve(SKIN, "faint", "skin")
    sheet.curve(SOCK, "ink", "sock")
    sheet.wire("ink", (187, _y(TOP_EDGE)), (321, _y(TOP_EDGE)))
    sheet.wire("faint", (60, FLOOR_Y + 3), (500, FLOOR_Y + 3), kind="line")
    _pouch(sheet)
    for height, x in ((KNEE, 246), (CALF, 240), (ANKLE, 262)):
        sheet.box(x - 14, _y(height) - 11, 28, 22, "paper", "brown")
        sheet.wire("brown", (x - 8, _y(height) + 6), (x + 8, _y(height) - 6), kind="line")
    edge, knee = _y(TOP_EDGE), _y(KNEE)
    sheet.wire("orange", (150, edge), (184, edge), kind="line dash")
    sheet.wire("orange", (150, knee), (230, knee), kind="line dash")
    sheet.wire("orange", (158, edge), (158, knee))
    sheet.words(150, (edge + knee) / 2 + 4, "3 cm", "orange", "end", "bold")
    sheet.words(170, edge - 10, "top edge", at="end")


def _pouch(sheet: Sheet) -> None:
    """On the outer side, so seen through the leg; wires in zigzag, since the cloth stretches to twice its length."""
    x, y = 246, 400
    sheet.curve(
        f"M{x} {y}h52a8 8 0 0 1 8 8v50a8 8 0 0 1 -8 8h-52a8 8 0 0 1 -8 -8v-50a8 8 0 0 1 8 -8z", "ink", None, "line dash"
    )
    sheet.words(334, 424, "pouch with board and cell,", size="small")
    sheet.words(334, 439, "outside the sock, on the outer", size="small")
    sheet.words(334, 454, "side of the leg, held by a plug", size="small")
    sheet.wire("ink", (308, 428), (328, 428), kind="line")
    for height, edge, left in ((KNEE, 260, 274), (CALF, 254, 290)):
        sheet.wire("green", (edge, _y(height)), (left, _y(height)), kind="line")
        _zigzag(sheet, left, _y(height), y)
    _zigzag(sheet, 268, y + 66, _y(ANKLE) - 11)


def _zigzag(sheet: Sheet, x: float, top: float, bottom: float) -> None:
    steps = int((bottom - top) // 8)
    points = [(x + (4 if n % 2 else -4), top + (bottom - top) * n / steps) for n in range(1, steps)]
    sheet.wire("green", (x, top), *points, (x, bottom), kind="line")


def _heights(sheet: Sheet) -> None:
    rows = (
        (TOP_EDGE, "D, below the knee: the sock's edge, 36 to 44 cm"),
        (KNEE, "sensor \u201cknee\u201d: 3 cm below the edge"),
        (CALF, "sensor \u201ccalf\u201d: C, the thickest place, 28 to 36 cm"),
        (ANKLE, "sensor \u201cankle\u201d: B, the thinnest place, 9 to 14 cm"),
    )
    for height, text in rows:
        y = _y(height)
        sheet.wire("faint", (324, y), (356, y), kind="line dash")
        sheet.words(362, y + 4, text, size="small")
    sheet.words(150, FLOOR_Y + 24, "heights above the floor, standing barefoot", "faint", size="small")
    sheet.lines(362, 330, ("one common wire and one from each", "sensor, in zigzag: the cloth stretches"), "green")


def _ring(sheet: Sheet) -> None:
    """A look down onto the leg."""
    x, y = 950, 244
    sheet.words(680, 92, "Looking down onto the leg", size="bold")
    sheet.ring(x, y, 118, "ink", "sock")
    sheet.ring(x, y, 108, "faint", "skin")
    sheet.curve(f"M{x - 6} {y - 96}L{x + 26} {y - 58}L{x - 30} {y - 54}Z", "faint", "paper")
    sheet.ring(x + 54, y - 34, 11, "faint", "paper")
    sheet.words(x, y - 128, "front", "faint", "middle", "small")
    sheet.words(x, y + 138, "back", "faint", "middle", "small")
    sheet.box(x - 124, y - 16, 16, 32, "paper", "brown")
    sheet.lines(
        668,
        y - 22,
        ("inner side: sew here,", "all three in one line,", "over muscle", "reads about 74 %", "of the ring's mean"),
        "brown",
    )
    sheet.wire("orange", (x + 4, y - 112), (x + 70, y - 146), (x + 94, y - 146), kind="line")
    sheet.lines(x + 100, y - 150, ("never over the shin:", "reads about 137 %"), "orange")
    sheet.lines(x + 136, y + 4, ("outer side:", "the pouch"), "ink")
    sheet.box(x + 106, y - 24, 22, 48, "board", "ink")
    sheet.lines(668, y + 92, ("the same place on both legs,", "mirrored; write it down"), "faint")


def _fold(sheet: Sheet, x: float, y: float, *, folded: bool) -> None:
    """The cloth at the edge, cut open: straight, and folded over."""
    title = "folded: the ring below the edge presses harder" if folded else "straight: the sensor 3 cm below the edge"
    sheet.words(x, y, title, size="small")
    left, top, bottom = x + 60, y + 24, y + 190
    sheet.curve(f"M{left} {top - 10}H{left - 46}V{bottom}H{left}Z", "faint", "skin")
    sheet.words(left - 23, bottom + 18, "skin", "faint", "middle", "small")
    sensor = top + 64
    if folded:
        fold = top + 34
        sheet.curve(
            f"M{left + 6} {bottom}V{fold + 4}"
            f"C{left + 6} {fold - 14} {left + 26} {fold - 14} {left + 26} {fold + 4}V{fold + 56}",
            "blue",
            None,
            "wire",
        )
        sheet.wire("orange", (left + 70, fold + 30), (left + 34, fold + 30), kind="wire")
        sheet.wire("orange", (left + 42, fold + 24), (left + 34, fold + 30), (left + 42, fold + 36), kind="wire")
        sheet.lines(left + 78, fold + 20, ("two layers, about", "twice the pressure:", "the sensor feels it"), "orange")
    else:
        sheet.wire("blue", (left + 6, bottom), (left + 6, top))
        sheet.wire("orange", (left + 18, top), (left + 40, top), kind="line dash")
        sheet.wire("orange", (left + 22, sensor), (left + 40, sensor), kind="line dash")
        sheet.wire("orange", (left + 32, top), (left + 32, sensor))
        sheet.lines(
            left + 46,
            top + 22,
            ("3 cm: nearer the edge a fold", "would carry the sensor away", "with it, and nothing be seen"),
            "orange",
        )
    sheet.box(left + 3, sensor - 12, 7, 24, "paper", "brown")
    sheet.words(left + 78 if folded else left + 46, bottom - 20, "sock", "blue", size="small")
    sheet.wire("blue", (left + 72 if folded else left + 40, bottom - 24), (left + 10, bottom - 24), kind="line")
