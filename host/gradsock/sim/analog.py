"""The world at the inputs of a virtual board's ADC."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

INPUTS = 4
"""Inputs of one ADC."""


class AnalogSource(Protocol):
    """What gives the voltages."""

    def window(
        self, address: int, t0_s: float, dt_s: float, n: int
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """`(volts (4, n), noise_V_rms (4,))` at `t0_s + k * dt_s`, UTC seconds, for the ADC at `address`."""


class Steady:
    """Constant volts at every chip: by default a sock that nothing presses on."""

    def __init__(self, volts: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.5)) -> None:
        self.volts = volts

    def window(
        self, _address: int, _t0_s: float, _dt_s: float, n: int
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """The same at every chip and time, without noise."""
        column = np.array(self.volts, dtype=np.float32)[:, None]
        return np.repeat(column, n, axis=1), np.zeros(INPUTS, np.float32)
