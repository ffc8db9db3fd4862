"""What a board.py names, seen without the board: it runs against a `machine` that only writes down what is asked of it.

So the pins have one definition, the firmware's own; the pages, the drawings and the tests take them from there.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from gradsock.boards.facts import BOARDS

PinId = int | str


@dataclass
class Pin:
    """A pin as board.py asked for it."""

    IN, OUT, PULL_UP, PULL_DOWN = 0, 1, 2, 3

    id: PinId
    mode: int | None = None
    pull: int | None = None
    value: int | None = None


@dataclass
class I2C:
    """The bus as board.py asked for it."""

    id: int
    scl: Pin
    sda: Pin
    freq: int = 400_000
    timeout: int = 50_000


@dataclass
class ADC:
    """A channel of the board's own converter."""

    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3

    pin: Pin
    atten: int = 3
    read_uv: Any = field(default=lambda: 1_000_000, repr=False)


@dataclass
class WDT:
    """The watchdog."""

    timeout: int = 5000

    def feed(self) -> None:
        """Nothing to do."""


@dataclass(frozen=True)
class Parts:
    """The parts of a board; pins by number, or by name where the chip has none for it."""

    name: str
    pairs: bool
    sda: PinId
    scl: PinId
    led: PinId | None
    led_lit: int
    button: PinId | None
    excitation: PinId | None
    motor: PinId | None
    battery: PinId | None
    """The analog pin that sees the cell."""
    others: tuple[PinId, ...]
    """Pins that it sets and gives no name for others to use."""
    module: dict[str, Any] = field(repr=False)
    """The names of board.py, as it left them."""


def parts_of(board: str) -> Parts:
    """The parts that ``boards/BOARD/board.py`` names."""
    made: list[Pin] = []
    converters: list[ADC] = []
    module = _run(board, made, converters)
    bus: I2C = module["i2c"]()
    named = {key: module[key] for key in ("led", "button", "excitation", "motor")}
    ids = {key: None if pin is None else pin.id for key, pin in named.items()}
    battery = converters[0].pin.id if converters else None
    known = {*ids.values(), battery, bus.sda.id, bus.scl.id}
    return Parts(
        name=module["NAME"],
        pairs=module["PAIRS"],
        sda=bus.sda.id,
        scl=bus.scl.id,
        led_lit=module["LED_LIT"],
        battery=battery,
        others=tuple(pin.id for pin in made if pin.id not in known),
        module=module,
        **ids,
    )


def _run(board: str, made: list[Pin], converters: list[ADC]) -> dict[str, Any]:
    class RecordingPin(Pin):
        def __init__(self, id: PinId, mode: int | None = None, pull: int | None = None, *, value: int | None = None):
            super().__init__(id, mode, pull, value)
            made.append(self)

    class RecordingADC(ADC):
        def __init__(self, pin: Pin, *, atten: int = 3):
            super().__init__(pin, atten)
            converters.append(self)

    machine = ModuleType("machine")
    causes = ("PWRON", "HARD", "WDT", "DEEPSLEEP", "SOFT")
    vars(machine).update({f"{cause}_RESET": number for number, cause in enumerate(causes, 1)})
    vars(machine).update(Pin=RecordingPin, I2C=I2C, ADC=RecordingADC, WDT=WDT)
    vars(machine).update(reset_cause=lambda: 1, unique_id=lambda: bytes(6), reset=lambda: None)

    def load(name: str, *_: Any) -> Any:
        if name != "machine":
            raise ImportError(f"board.py imports {name}, but machine is all that a board may import")
        return machine

    file = BOARDS / board / "board.py"
    names: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": load}, "__name__": "board"}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), names)  # our own file, from our own repository
    return names
