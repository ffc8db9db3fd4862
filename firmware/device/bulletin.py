"""Once a second: the verdict, the pressures for any standard app, and Info when it changed."""

import asyncio
import json
import struct

from sock import MISSING, SITES, const, protocol

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .adc import Scanner
    from .gatt import Gatt
    from .indicator import Indicator
    from .readings import Readings
    from .stream import Stream
    from .ticks import Ticks

_BEAT_MS = const(250)  # a new verdict waits no longer than this, the rest four times as long
_INFO_MAX_BYTES = const(512)
NO_CALIBRATION = "inconclusive"
"""The verdict of a sock without a calibration: it knows no pressure."""


def pressure_value(cmmHg: int) -> bytes:
    """The Pressure characteristic 2A6D: u32 in 0.1 Pa (1 mmHg = 133.322 Pa), none below 0; empty when missing."""
    if cmmHg == MISSING:
        return b""
    return struct.pack("<I", max(0, cmmHg) * 1333 // 100)


def info_json(fields: "dict[str, Any]") -> bytes:
    """Info as JSON of at most 512 bytes: a prescription that makes it longer is left to the settings of the context."""
    text = json.dumps(fields, separators=(",", ":")).encode()
    if len(text) > _INFO_MAX_BYTES:
        fields = dict(fields)
        fields["prescription"] = None
        text = json.dumps(fields, separators=(",", ":")).encode()
    return text


class Bulletin:
    """pressures: (site index, handle) for each site that has one. info: the fields of Info that never change."""

    def __init__(
        self,
        gatt: "Gatt",
        readings: "Readings",
        stream: "Stream",
        ticks: "Ticks",
        calibrated: bool,
        pressures: "list[tuple[int, int]]",
        info: "dict[str, Any]",
        channels: "list[list[Any]]",
        indicator: "Indicator",
        scanner: "Scanner",
    ) -> None:
        self._gatt = gatt
        self._readings = readings
        self._stream = stream
        self._ticks = ticks
        self._calibrated = calibrated
        self._pressures = pressures
        self._info = info
        self._channels = channels
        self._indicator = indicator
        self._scanner = scanner
        self._steps: list[int] = []

    async def run(self, here: "Callable[[], None]") -> None:
        """Publish for ever."""
        index = 0
        while True:
            here()
            if not index & 3:
                self._publish_info()
                journal = self._stream.journal
                if journal is not None and journal.context_due == 2:  # here, since it takes longer than a scan may
                    journal.context_due = 0
                    try:
                        self._stream.keep_context(journal, self._indicator.wearer("context"))
                    except MemoryError:
                        pass  # whoever reads on from here judges as if the sock had just been put on
                for site, handle in self._pressures:
                    self._gatt.publish(handle, pressure_value(self._readings.mean_cmmHg(site)))
            if self._readings.fit_is_new if self._calibrated else not index & 3:
                self._publish_fit()
            index += 1
            await asyncio.sleep_ms(_BEAT_MS)

    def _publish_info(self) -> None:
        info = self._info
        steps = self._readings.steps
        dropped = self._stream.dropped
        journal = None if self._stream.journal is None else self._stream.journal.held()
        if info.get("dropped") != dropped or self._steps != steps or info["journal"] != journal:
            self._steps = list(steps)
            info["dropped"] = dropped
            info["journal"] = journal
            info["missed"] = self._scanner.missed
            info["channels"] = with_steps(self._channels, steps)
            self._gatt.publish(self._gatt.info, info_json(info))

    def _publish_fit(self) -> None:
        fit = self._readings.fit
        self._readings.fit_is_new = False
        verdict = fit.verdict if self._calibrated else NO_CALIBRATION
        self._indicator.heed(fit.open_findings(True))
        findings = [(finding.kind, finding.site, finding.level) for finding in fit.open_findings()]
        room = protocol.largest_notification(self._gatt.mtu)
        told = protocol.pack_fit(
            self._ticks.now(), verdict, fit.descending_permille, findings, room, self._indicator.reminder
        )
        self._gatt.publish(self._gatt.fit, told)


def with_steps(channels: "list[list[Any]]", steps: "list[int]") -> "list[list[Any]]":
    """[role, address, input, counts per step] per channel; the reference is kept whole, once per block."""
    told = []
    at = 0
    for channel in channels:
        is_site = channel[0] in SITES
        told.append(channel[:3] + [steps[at] if is_site else 1])
        at += is_site
    return told
