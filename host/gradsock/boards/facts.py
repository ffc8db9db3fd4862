"""What is true of a board and has no place in MicroPython's board.json: `boards/BOARD/facts.toml`, read and checked."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Literal

import msgspec

from gradsock.errors import GradsockError

HOUSE = Path(__file__).parents[3]
BOARDS = HOUSE / "boards"


class Pad(msgspec.Struct, frozen=True):
    """One place on a board's header: what is printed there, and the GPIO behind it if there is one."""

    label: str
    gpio: int | None = None


class Flash(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The flash chip, and the part of it that is the file system."""

    chip_MiB: int
    volume_KiB: int
    source: str


class Pins(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The header as seen from the front, and what else the GPIOs (by number) are for.

    left, right  the two rows from top to bottom, as "LABEL GPIO" or "LABEL"
    on_board     parts of the board itself, by name
    taken        pins of the flash chip or the radio
    wakes        pins that can end deep sleep
    adc          pins of the converter that works beside the radio
    """

    source: str
    left: list[str]
    right: list[str]
    on_board: dict[str, int]
    read_at_boot: list[int]
    console: list[int]
    usb: list[int]
    taken: list[int]
    wakes: list[int]
    adc: list[int]
    inputs_only: list[int] = []
    usb_at: Literal["top", "bottom"] = "top"

    @property
    def rows(self) -> tuple[list[Pad], list[Pad]]:
        """The two rows of the header."""
        return [_pad(text) for text in self.left], [_pad(text) for text in self.right]

    @property
    def header(self) -> dict[int, str]:
        """What is printed beside each GPIO of the header."""
        return {pad.gpio: pad.label for row in self.rows for pad in row if pad.gpio is not None}


class Supply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a cell is connected (to pads, by a plug, or through a module of its own), and what comes after it."""

    battery: Literal["pads", "plug", "module"]
    plus: str
    minus: str
    charger: str
    sensing: str
    regulator: Literal["linear", "switching"]
    measured_at_V: float = 3.7


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A current and who says so."""

    mA: float
    source: str


class Current(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the board takes: with the radio asleep between its events, with it listening all the time, and asleep."""

    dozing: Figure
    listening: Figure
    deep_sleep: Figure | None = None


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A board's facts.toml. `product` and `vendor` are board.json's."""

    name: str
    product: str
    vendor: str
    mcu: str
    port: Literal["esp32", "rp2"]
    download: str
    size_mm: tuple[float, float]
    price: Literal["low", "middle", "high"]
    verified: str
    notes: list[str]
    unsure: list[str]
    flash: Flash
    pins: Pins
    supply: Supply
    current: Current


def names() -> list[str]:
    """The boards that there are facts of: all but the virtual one."""
    return sorted(file.parent.name for file in BOARDS.glob("*/facts.toml"))


def facts_of(board: str) -> Facts:
    """The facts of a board; `GradsockError` with one line when there are none or they make no sense."""
    folder = BOARDS / board
    try:
        facts = tomllib.loads((folder / "facts.toml").read_text(encoding="utf-8"))
        about = json.loads((folder / "board.json").read_text(encoding="utf-8"))
        own = {key: about[key] for key in ("product", "vendor", "mcu")}
        return msgspec.convert({"name": board, **own, **facts}, Facts)
    except OSError:
        raise GradsockError(f"nothing is known of a board '{board}'; there are: {', '.join(names())}") from None
    except (tomllib.TOMLDecodeError, json.JSONDecodeError, KeyError, msgspec.ValidationError) as error:
        raise GradsockError(f"the facts of board {board} make no sense: {error}") from None


def _pad(text: str) -> Pad:
    label, _, gpio = text.partition(" ")
    return Pad(label, int(gpio) if gpio else None)
