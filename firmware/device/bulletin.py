"""Once a second: the verdict, the pressures for any standard app, and Info when it changed."""

import asyncio
import json
import struct

from sock import MISSING, protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .gatt import Gatt
    from .readings import Readings
    from .ticks import Ticks

PERIOD_MS = 1000
INFO_MAX_BYTES = 512
NO_CALIBRATION = "inconclusive"
"""The verdict of a sock without a calibration: it knows no pressure."""


def pressure_value(cmmHg: int) -> bytes:
    """The Pressure characteristic 2A6D: u32 in 0.1 Pa (1 mmHg = 133.322 Pa), none below 0; empty when missing."""
    if cmmHg == MISSING:
        return b""
    return struct.pack("<I", max(0, cmmHg) * 1333 // 100)


def info_json(fields: "dict[str, object]") -> bytes:
    """Info as JSON of at most 512 bytes: a prescription that makes it longer is left to the settings of the context."""
    text = json.dumps(fields, separators=(",", ":")).encode()
    if len(text) > INFO_MAX_BYTES:
        fields = dict(fields)
        fields["prescription"] = None
        text = json.dumps(fields, separators=(",", ":")).encode()
    return text


class Bulletin:
    """pressures: (site index, handle) for each site that has one. info: gives the fields of Info as they are now."""

    def __init__(
        self,
        gatt: "Gatt",
        readings: "Readings",
        ticks: "Ticks",
        calibrated: bool,
        pressures: "list[tuple[int, int]]",
        info: "Callable[[], dict[str, object]]",
    ) -> None:
        self._gatt = gatt
        self._readings = readings
        self._ticks = ticks
        self._calibrated = calibrated
        self._pressures = pressures
        self._info = info
        self._said: dict[str, object] = {}

    async def run(self, here: "Callable[[], None]") -> None:
        """Publish for ever."""
        while True:
            here()
            self._publish_info()
            self._publish_fit()
            for site, handle in self._pressures:
                self._gatt.publish(handle, pressure_value(self._readings.mean_cmmHg(site)))
            await asyncio.sleep_ms(PERIOD_MS)

    def _publish_info(self) -> None:
        fields = self._info()
        if fields != self._said:
            self._said = fields
            self._gatt.publish(self._gatt.info, info_json(fields))

    def _publish_fit(self) -> None:
        fit = self._readings.fit
        if self._calibrated and not self._readings.fit_is_new:
            return
        self._readings.fit_is_new = False
        verdict = fit.verdict if self._calibrated else NO_CALIBRATION
        findings = [(finding.kind, finding.site, finding.level) for finding in fit.open_findings()]
        room = protocol.largest_notification(self._gatt.mtu)
        share = fit.descending_permille
        self._gatt.publish(self._gatt.fit, protocol.pack_fit(self._ticks.now(), verdict, share, findings, room))
