"""A busio-shaped face on machine.I2C, as drivers written for CircuitPython want one."""

from sock import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any


class Bus:
    """A machine.I2C as one chip sees it. Buffers are cut without copying; the last cut is kept: drivers repeat it."""

    def __init__(self, i2c: "Any") -> None:
        self.i2c = i2c
        self._whole: bytearray | bytes = b""
        self._start = 0
        self._end = 0
        self._cut = memoryview(self._whole)

    def try_lock(self) -> bool:
        """Always: every transaction is over before anybody else runs."""
        return True

    def unlock(self) -> None:
        """Nothing was locked."""

    def writeto(self, address: int, buffer: "bytearray | bytes", *, start: int = 0, end: "int | None" = None) -> None:
        """Write buffer[start:end]; OSError when nobody answers."""
        self.i2c.writeto(address, self._view(buffer, start, end))

    def readfrom_into(self, address: int, buffer: bytearray, *, start: int = 0, end: "int | None" = None) -> None:
        """Fill buffer[start:end]; OSError when nobody answers."""
        self.i2c.readfrom_into(address, self._view(buffer, start, end))

    def writeto_then_readfrom(
        self,
        address: int,
        out_buffer: "bytearray | bytes",
        in_buffer: bytearray,
        *,
        out_start: int = 0,
        out_end: "int | None" = None,
        in_start: int = 0,
        in_end: "int | None" = None,
    ) -> None:
        """Read a register: write its one-byte number, then read without a stop between; OSError when nobody answers."""
        if (len(out_buffer) if out_end is None else out_end) - out_start != 1:
            raise ValueError("a register number has one byte")
        self.i2c.readfrom_mem_into(address, out_buffer[out_start], self._view(in_buffer, in_start, in_end))

    def _view(self, buffer: "bytearray | bytes", start: int, end: "int | None") -> "bytearray | bytes | memoryview":
        if end is None:
            end = len(buffer)
        if start == 0 and end == len(buffer):
            return buffer
        if buffer is not self._whole or start != self._start or end != self._end:
            self._whole = buffer
            self._start = start
            self._end = end
            self._cut = memoryview(buffer)[start:end]
        return self._cut
