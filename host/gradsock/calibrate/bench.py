"""Readings from an ADS1115 on a bench: a Raspberry Pi or a USB-I2C adapter, through Blinka and the sock's own driver.

Wiring as in the sock: each sensor from the excitation to an input, the divider's resistor from there to ground, the
excitation itself at another input.
"""

import asyncio
import importlib
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from sock import MISSING, SITES

from gradsock.calibrate.readout import Reading, ratio_of
from gradsock.errors import CalibrateError, UsageError

ADDRESS = 0x48
GAIN, DATA_RATE = 2, 250  # +-2.048 V; four inputs in 16 ms, each averaging the mains hum a little
RATE_HZ = 10
INPUTS = 4
SINGLE_ENDED = 4  # what the driver reads is the multiplexer's setting: this and an input is that input against ground
INSTALL = "pip install adafruit-blinka, and see its guide for the I2C of this computer"


class BenchReadout:
    """``sites[i]`` hangs at input ``i``, the excitation at the input after the last."""

    def __init__(self, sites: tuple[str, ...] = SITES, *, open_bus: Callable[[], Any] | None = None) -> None:
        """open_bus: gives a busio-shaped I2C bus; by default Blinka's. UsageError for sites that do not fit."""
        if not 1 <= len(sites) < INPUTS or any(site not in SITES for site in sites):
            raise UsageError(f"the bench takes 1 to {INPUTS - 1} sensors out of {', '.join(SITES)}")
        self.sites = sites
        self.serial, self.side, self.name = "", "unset", "bench"
        self.degC: float | None = None
        self.thermistor_degC: float | None = None
        self._open_bus = open_bus or _blinka
        self._chip: Any = None
        self._bus: Any = None
        self._due_s = 0.0

    async def __aenter__(self) -> Self:
        """CalibrateError: what is missing, and what to do about it."""
        await asyncio.to_thread(self._open)
        self._due_s = asyncio.get_running_loop().time()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        close = getattr(self._bus, "deinit", None)
        if close is not None:
            close()

    def check(self) -> None:
        """CalibrateError when what it needs is not installed."""
        _driver()

    async def next(self) -> Reading:
        """The next scan, on a grid of a tenth of a second."""
        now_s = asyncio.get_running_loop().time()
        self._due_s = max(self._due_s + 1 / RATE_HZ, now_s)
        await asyncio.sleep(self._due_s - now_s)
        counts = await asyncio.to_thread(self._scan)
        reference = counts[-1]
        ratios = tuple(ratio_of(value, reference) for value in counts[:-1])
        return Reading(asyncio.get_running_loop().time(), ratios)

    async def press(self, _mmHg: float) -> bool:
        """A person has to."""
        return False

    def _open(self) -> None:
        self._bus = self._open_bus()
        ads1115 = _driver()
        try:
            self._chip = ads1115.ADS1115(self._bus, gain=GAIN, data_rate=DATA_RATE, address=ADDRESS)
        except (OSError, ValueError) as error:
            raise CalibrateError(
                f"no ADS1115 answers at 0x{ADDRESS:02x} ({error}): check its wires, and ADDR to ground"
            ) from error

    def _scan(self) -> list[int]:
        """Counts of the sensors and, last, of the excitation; MISSING where the chip did not answer."""
        counts = []
        for pin in range(len(self.sites) + 1):
            try:
                counts.append(int(self._chip.read(SINGLE_ENDED + pin)))
            except OSError:
                counts.append(MISSING)
        return counts


def _blinka() -> Any:
    """The I2C bus that Blinka finds on this machine."""
    try:
        return importlib.import_module("board").I2C()
    except ImportError as error:
        raise _missing(error) from None
    except (AttributeError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        reason = " ".join(str(error).split())
        raise CalibrateError(f"Blinka finds no I2C bus on this machine ({reason}): {INSTALL}") from None


def _driver() -> Any:
    try:
        return importlib.import_module("adafruit_ads1x15.ads1115")
    except (ImportError, NameError) as error:  # a NameError: it names busio.I2C, which is Blinka's, without having it
        raise _missing(error) from None


def _missing(error: ImportError | NameError) -> CalibrateError:
    return CalibrateError(f"--bench needs Blinka, which is not installed (no {error.name}): {INSTALL}")
