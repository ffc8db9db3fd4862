"""The pages of the maker's guide that are made from facts: the table of boards, and one page per build."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gradsock.boards.budget import CELLS_mAh, budget_of
from gradsock.boards.circuit import UPPER_kOHM
from gradsock.boards.drawing import leg, wiring
from gradsock.boards.facts import HOUSE, Facts, facts_of, names
from gradsock.boards.parts import Parts, PinId, parts_of

DOCS = HOUSE / "host" / "docs"
MARK = "<!-- {} of what `python -m gradsock.boards` writes -->"
BEGIN, END = MARK.format("begin"), MARK.format("end")
PRICES = {"low": "under 10", "middle": "10 to 20", "high": "over 20"}


def pages() -> dict[Path, str]:
    """Every file made from facts, with what is to stand in it."""
    found = {DOCS / "boards.md": _boards_page(), DOCS / "drawings" / "leg.svg": leg()}
    for board in names():
        facts, parts = facts_of(board), parts_of(board)
        found[DOCS / "drawings" / f"wiring-{board}.svg"] = wiring(facts, parts)
        found[DOCS / "builds" / f"{board}.md"] = build_page(facts, parts)
    return found


def _boards_page() -> str:
    """boards.md with the tables between its marks made anew; the words around them stay."""
    text = (DOCS / "boards.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


def tables() -> str:
    """All that people compare boards by."""
    all_facts = sorted((facts_of(board) for board in names()), key=lambda f: (not parts_of(f.name).pairs, f.product))
    return (
        "\n\n".join(_section(*section) for section in (_overview(all_facts), _power(all_facts), _figures(all_facts)))
        + "\n"
    )


def _overview(all_facts: list[Facts]) -> tuple[str, list[str], list[list[str]]]:
    rows = [
        [
            f"[{facts.product}](builds/{facts.name}.md)",
            "yes" if (parts := parts_of(facts.name)).pairs else "**no**",
            f"{budget_of(facts).journal_h} h",
            _first(facts.supply.sensing),
            _first(facts.supply.charger),
            "yes" if parts.led is not None else "no",
            " x ".join(f"{side:g}" for side in facts.size_mm),
            PRICES[facts.price],
            facts.verified,
        ]
        for facts in all_facts
    ]
    head = [
        "board",
        "BLE can pair",
        "journal",
        "tells its charge",
        "charges the cell",
        "light",
        "mm",
        "price",
        "verified on hardware",
    ]
    return "## At a glance", head, rows


def _power(all_facts: list[Facts]) -> tuple[str, list[str], list[list[str]]]:
    rows = []
    for facts in all_facts:
        budget = budget_of(facts)
        asleep = "not found" if budget.deep_sleep_mA is None else f"{budget.deep_sleep_mA:.2g}"
        hours = [f"{low} to {high} h" for low, high in (budget.hours(cell) for cell in CELLS_mAh)]
        rows.append(
            [
                facts.product,
                f"{budget.listening_mA:.0f}",
                f"{budget.dozing_mA:.0f}",
                asleep,
                *hours,
                f"{budget.day_mAh} mAh",
            ]
        )
    cells = [f"{cell} mAh" for cell in CELLS_mAh]
    return "## Power", ["board", "listening, mA", "dozing, mA", "asleep, mA", *cells, "for a day"], rows


def _figures(all_facts: list[Facts]) -> tuple[str, list[str], list[list[str]]]:
    rows = []
    for facts in all_facts:
        for kind, figure in (
            ("listening", facts.current.listening),
            ("dozing", facts.current.dozing),
            ("asleep", facts.current.deep_sleep),
        ):
            if figure is not None:
                rows.append([facts.product, kind, f"{figure.mA:g} mA", figure.source])
        rows.append([facts.product, "volume", f"{facts.flash.volume_KiB} KiB", facts.flash.source])
    return "## Where the figures are from", ["board", "figure", "board alone", "source"], rows


def build_page(facts: Facts, parts: Parts) -> str:
    """The page of one build."""
    budget = budget_of(facts)
    flash = f"gradsock flash --board {facts.name}" + ("" if parts.pairs else " --allow-unprotected")
    return "\n".join(
        [
            f"# A sock with a {facts.product}",
            "",
            "Made by `python -m gradsock.boards`. Parts, sensors, sewing, power and the acceptance sheet are the same",
            "for every board: see [Building a sock](../building.md). How the boards compare: [Boards](../boards.md).",
            f"Verified on hardware: **{facts.verified}**.",
            "",
            f"![Wiring of a sock with a {facts.product}](../drawings/wiring-{facts.name}.svg)",
            "",
            "## Connections",
            "",
            _table(["wire", "pad", "GPIO", "goes to"], _connections(facts, parts)),
            "",
            f"Pads from: {facts.pins.source}.",
            "",
            "## What is particular",
            "",
            *(f"- {note}" for note in _notes(facts, parts)),
            "",
            "## Hours",
            "",
            f"Without a host the journal holds {budget.journal_h} hours at 25 Hz from 3 sites"
            f" ({facts.flash.volume_KiB} KiB volume).",
            f"With the radio listening all the time the sock takes {budget.listening_mA:.0f} mA, and",
            f"{budget.dozing_mA:.0f} mA if the radio dozes between its events: for a day of wearing plan a cell of",
            f"{budget.day_mAh} mAh. These figures are other people's, not measured on a sock.",
            "",
            "## Firmware",
            "",
            f"1. Put MicroPython 1.29 on the board: <{facts.download}>.",
            f"2. `{flash}`",
            "",
            "## Not sure",
            "",
            *(f"- {doubt}" for doubt in facts.unsure),
            "",
        ]
    )


def _connections(facts: Facts, parts: Parts) -> list[list[str]]:
    header = facts.pins.header
    rows = [
        ["3V3", "3V3", "", "ADS1115 VDD, motor +"],
        ["GND", "GND", "", "ADS1115 GND and ADDR, every ground symbol"],
    ]
    goals: list[tuple[str, PinId | None, str]] = [
        ("SDA", parts.sda, "ADS1115 SDA"),
        ("SCL", parts.scl, "ADS1115 SCL"),
        ("EXCITE", parts.excitation, f"{UPPER_kOHM} k\u03a9 of the excitation divider"),
        ("MOTOR", parts.motor, "gate of the motor's transistor"),
        ("BUTTON", parts.button, "button, whose other side is at ground"),
    ]
    rows += [[net, header[pin], str(pin), goal] for net, pin, goal in goals if isinstance(pin, int)]
    return [*rows, ["cell +", facts.supply.plus, "", _cell(facts)], ["cell -", facts.supply.minus, "", _cell(facts)]]


def _cell(facts: Facts) -> str:
    return {"pads": "the cell, soldered", "plug": "the cell's plug", "module": "the charger board's output"}[
        facts.supply.battery
    ]


def _notes(facts: Facts, parts: Parts) -> Iterable[str]:
    yield from facts.notes
    yield f"Charger: {facts.supply.charger}."
    yield f"Telling the charge: {facts.supply.sensing}."
    if parts.button in facts.pins.wakes:
        yield "The button is on a pin that can wake the chip from deep sleep."


def _first(text: str) -> str:
    """The word before the colon or semicolon: the short answer."""
    short = text.replace(";", ":").split(":")[0]
    return "yes" if short == "on the board" else short


def _section(title: str, head: list[str], rows: list[list[str]]) -> str:
    return f"{title}\n\n{_table(head, rows)}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
