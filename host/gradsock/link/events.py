"""What a link tells: typed, each with the wall time at which the host had it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sock import SITES
from sock.finding import LEVEL_NAMES

from gradsock import jsontext
from gradsock.errors import WrongSock


class State(StrEnum):
    """Where a link stands."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    LOST = "lost"
    ENDED = "ended"  # a replay has come to its end


@dataclass(frozen=True, slots=True)
class SockInfo:
    """What a sock says of itself (its Info characteristic); ``raw`` keeps the whole of it."""

    serial: str
    name: str
    side: str  # left, right or unset
    boot: int
    firmware: str
    rate_Hz: int
    sites: tuple[str, ...]  # the site of each channel of a block, in its order
    prescription: str
    dropped: int  # blocks the sock had to drop since its boot
    raw: dict[str, Any]

    @classmethod
    def parse(cls, data: bytes | str) -> "SockInfo":
        """Read the JSON of Info; WrongSock when it is none, or lacks what everything else rests on."""
        try:
            raw = jsontext.loads(data)
            sites = tuple(str(channel[0]) for channel in raw["channels"] if channel[0] in SITES)
            return cls(
                serial=_plain(raw["serial"]),
                name=str(raw.get("name", "")),
                side=str(raw.get("side", "unset")),
                boot=int(raw["boot"]),
                firmware=str(raw.get("firmware", "")),
                rate_Hz=int(raw["rate_Hz"]),
                sites=sites,
                prescription=str(raw.get("prescription") or ""),
                dropped=int(raw.get("dropped", 0)),
                raw=raw,
            )
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise WrongSock("the sock's Info cannot be read; flash it anew: gradsock flash") from error

    @property
    def label(self) -> str:
        """How people tell two socks apart: the side, else the name."""
        return self.side if self.side in ("left", "right") else self.name or self.serial


def _plain(serial: object) -> str:
    """A serial names files, so nothing but letters and digits passes."""
    text = str(serial)
    if not (1 <= len(text) <= 16 and text.isascii() and text.isalnum()):
        raise ValueError("a serial has 1 to 16 letters and digits")
    return text


@dataclass(frozen=True, slots=True)
class FitNow:
    """The sock's own word on how it sits (its Fit characteristic)."""

    ticks_ms: int
    verdict: str
    descending: float | None  # share of the time with pressure falling from site to site
    findings: tuple[tuple[str, str | None, str], ...]  # kind, site, level
    reminder: str | None = None  # the one that stands; not about the leg

    @property
    def level(self) -> str:
        """That of the weightiest finding, which need not be the one of the verdict; empty where there is none."""
        levels = {level for _, _, level in self.findings}
        return next((level for level in reversed(LEVEL_NAMES) if level in levels), "")

    @classmethod
    def parse(cls, data: bytes | str) -> "FitNow":
        """Read the JSON of Fit; ValueError when it is none."""
        try:
            raw = jsontext.loads(data)
            share = raw["descending"]
            findings = tuple(
                (str(kind), None if site is None else str(site), str(level)) for kind, site, level in raw["findings"]
            )
            share = None if share is None else float(share)
            reminder = raw.get("reminder")
            return cls(int(raw["t"]), str(raw["verdict"]), share, findings, None if reminder is None else str(reminder))
        except (TypeError, LookupError, AttributeError) as error:
            raise ValueError("not the JSON of Fit") from error


@dataclass(frozen=True, slots=True)
class Probe:
    """One exchange of clocks: the host asked and got the answer, the sock got the question and answered."""

    boot: int
    sent_utc_us: int
    received_utc_us: int
    sock_received_ticks_ms: int
    sock_sent_ticks_ms: int

    @property
    def round_trip_us(self) -> int:
        """Time on the way, both ways together, without the sock's own delay."""
        return self.received_utc_us - self.sent_utc_us - 1000 * (self.sock_sent_ticks_ms - self.sock_received_ticks_ms)


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The link was made or lost; ``text`` says why and what to do."""

    state: State
    text: str
    t_utc_us: int


@dataclass(frozen=True, slots=True)
class InfoRead:
    """The sock said what it is; comes first after each connection."""

    info: SockInfo
    t_utc_us: int


@dataclass(frozen=True, slots=True)
class BlockReceived:
    """A block of samples or an event block, undecoded (``sock.block.kind_of`` tells which)."""

    data: bytes
    t_utc_us: int


@dataclass(frozen=True, slots=True)
class BlockDoubled:
    """A copy of a block that had come before, dropped here; counted in the loss account."""

    data: bytes
    t_utc_us: int


@dataclass(frozen=True, slots=True)
class BlockFetched:
    """A block of samples or an event block that the sock had kept in its journal, undecoded."""

    data: bytes
    t_utc_us: int


@dataclass(frozen=True, slots=True)
class FitChanged:
    """The sock's verdict; ``data`` is what it sent."""

    fit: FitNow
    data: bytes
    t_utc_us: int


@dataclass(frozen=True, slots=True)
class Probed:
    """A time probe came back."""

    probe: Probe
    t_utc_us: int


@dataclass(frozen=True, slots=True)
class BatteryRead:
    """How full the sock's battery is, in percent; None: its board cannot tell."""

    percent: int | None
    t_utc_us: int


LinkEvent = StateChanged | InfoRead | BlockReceived | BlockDoubled | BlockFetched | FitChanged | Probed | BatteryRead
