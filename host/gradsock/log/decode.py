"""Many sample blocks at once: what `sock.block.decode` says of each, many times as fast.

Blocks are read in step: the n-th value of all of them together, as arrays. A property test holds this equal to the one
definition in `sock`, and that one is asked whenever a block is not as it should be, so that errors are the same.
"""

from binascii import crc32
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from sock import MISSING
from sock.block import BLOCK_MAX_BYTES, BlockError, decode
from sock.decoder import HINT_BITS
from sock.encoder import ESCAPE, plain_bits
from sock.header import BOOT_LIMIT, CRC_BYTES, INDEX_LIMIT, PERIOD_LIMIT, TICKS_LIMIT
from sock.predictor import (
    DOUBLED,
    ERROR_MAX,
    LEAD_START,
    LEAD_WINDOW,
    LIMITS,
    LOW_BITS,
    POINT,
    SLOW_GAIN,
    SPREAD_ROUND,
    SPREAD_START,
    SPREAD_WINDOW,
)

Integers = NDArray[np.int64]
Words = NDArray[np.uint64]

_LIMITS, _LOW_BITS, _DOUBLED = (np.array(table, np.int64) for table in (LIMITS, LOW_BITS, DOUBLED))
_ONES = np.array([ESCAPE - (~value & ((1 << ESCAPE) - 1)).bit_length() for value in range(1 << ESCAPE)], np.int64)
"""How many ones a word of twelve bits begins with."""
_HINT_BITS = np.array([HINT_BITS.get(tag, 0) for tag in range(256)], np.int64)
_VARINT_BYTES = 8


@cache
def _plain_bits() -> Integers:
    """For every step that there may be. Made when there are blocks to read: a sealed session has none."""
    return np.array([plain_bits(step) for step in range((1 << 15) + 1)], np.int64)


@dataclass(frozen=True)
class Batch:
    """Decoded blocks, in the order they were given: arrays with one element per block, and the samples of all.

    Block ``i`` has ``count[i]`` scans of ``channels[i]`` channels, from row ``first[i]`` of ``counts`` on: full scale,
    MISSING where nothing was read and beyond a block's channels.
    """

    channels: Integers
    flags: Integers
    boot: Integers
    index: Integers
    ticks_ms: Integers
    period_ms: Integers
    reference_counts: Integers
    count: Integers
    first: Integers
    step_counts: Integers
    """(blocks, most channels): how many counts a step is, 1 beyond a block's channels"""
    counts: NDArray[np.int16]
    """(scans of all blocks, most channels)"""


def decode_all(blocks: Sequence[bytes]) -> Batch:
    """Decode blocks of `sock`. Raises BlockError for the first one that is none."""
    reader = _Reader(blocks)
    bad = reader.headers()
    if not bad.any():
        bad |= reader.samples()
    for number in np.flatnonzero(bad):
        decode(blocks[int(number)])  # says what is wrong
        raise BlockError(f"block {number} is read in one way only")
    return reader.batch()


class _Reader:
    """Places in all blocks at once. `at` is a place in bits, counted over all blocks laid end to end."""

    def __init__(self, blocks: Sequence[bytes]) -> None:
        sizes = np.fromiter(map(len, blocks), np.int64, len(blocks))
        ends = np.cumsum(sizes)
        self.begin = ends - sizes
        self.end = ends - CRC_BYTES
        self.bad = (sizes < 11 + CRC_BYTES) | (sizes > BLOCK_MAX_BYTES)
        joined = b"".join(blocks)
        self.bytes = np.frombuffer(joined + bytes(16), np.uint8)
        self.crc = np.fromiter((crc32(block[:-CRC_BYTES]) for block in blocks), np.int64, len(blocks))
        self.words = _words(self.bytes)
        # A place that ran off stops here; a block's own end is checked when all is read.
        self.stop = 8 * len(joined)

    def headers(self) -> NDArray[np.bool_]:
        """Read the headers; True where one is not as it should be."""
        if self.bad.any():
            return self.bad
        self.hint_bits = _HINT_BITS[self.bytes[self.begin]]
        bad = self.hint_bits == 0
        stored = sum(self.bytes[self.end + n].astype(np.int64) << 8 * n for n in range(CRC_BYTES))
        bad |= stored != self.crc
        second = self.bytes[self.begin + 1].astype(np.int64)
        self.channels, self.flags = second & 0x0F, second >> 4
        at = self.begin + 2
        fields = []
        for _ in range(4):
            value, at, broken = self._varint(at)
            fields.append(value)
            bad |= broken
        self.boot, self.index, start, self.period_ms = fields
        self.ticks_ms = (start >> 1 ^ -(start & 1)) + self.index * self.period_ms
        bad |= (self.boot >= BOOT_LIMIT) | (self.index >= INDEX_LIMIT) | (self.ticks_ms < 0)
        bad |= (self.ticks_ms >= TICKS_LIMIT) | (self.period_ms < 1) | (self.period_ms >= PERIOD_LIMIT)
        bad |= (at + 3 + (self.channels * self.hint_bits + 7) // 8 > self.end) | (self.channels == 0)
        at = np.minimum(at, len(self.bytes) - 3)
        low, high, count = (self.bytes[at + n].astype(np.int64) for n in range(3))
        self.reference = (low | high << 8).astype(np.uint16).astype(np.int16).astype(np.int64)
        self.count = count
        self.at = 8 * (at + 3)
        return np.asarray(bad | (count == 0))

    def samples(self) -> NDArray[np.bool_]:
        """Read the samples; True where a block's bits run out, are left over or make no sense."""
        most = int(self.channels.max(initial=0))
        self.first = np.cumsum(self.count) - self.count
        self.counts = np.full((int(self.count.sum()), most), MISSING, np.int16)
        self.step_counts = np.ones((len(self.count), most), np.int64)
        bad = np.zeros(len(self.count), bool)
        states = []
        for channel in range(most):
            has = self.channels > channel
            hints = self._take(np.where(has, self.hint_bits, 0))
            hints = np.where(self.hint_bits == 8, 16 << (hints >> 4) | hints & 15, hints)  # version 1
            bad |= has & (hints < 16)
            hints = np.where(hints < 16, 16, hints)
            self.step_counts[:, channel] = hints >> 4
            states.append(_Channel(hints))
        # Longest first: those that are still being read are then always the first so many.
        order = np.argsort(-self.count, kind="stable")
        channels, count, first = self.channels[order], self.count[order], self.first[order]
        at = self.at[order]
        states = [state.ordered(order) for state in states]
        for scan in range(int(count.max(initial=0))):
            live = int(np.searchsorted(-count, -scan, "left"))
            for channel, state in enumerate(states):
                now = np.flatnonzero(channels[:live] > channel)
                at[now], value, broken = state.read(self.words, np.minimum(at[now], self.stop), now)
                bad[order[now]] |= broken
                self.counts[first[now] + scan, channel] = value
        left = 8 * self.end[order] - at
        rest = self._window(np.minimum(at, self.stop)) >> np.uint64(1)
        bad[order] |= (left < 0) | (left > 7)
        bad[order] |= (rest >> (63 - np.clip(left, 0, 7)).astype(np.uint64)) != 0
        return bad

    def batch(self) -> Batch:
        """What was read."""
        return Batch(
            channels=self.channels,
            flags=self.flags,
            boot=self.boot,
            index=self.index,
            ticks_ms=self.ticks_ms,
            period_ms=self.period_ms,
            reference_counts=self.reference,
            count=self.count,
            first=self.first,
            step_counts=self.step_counts,
            counts=self.counts,
        )

    def _varint(self, at: Integers) -> tuple[Integers, Integers, NDArray[np.bool_]]:
        """(value, place behind it, whether it has no end in its block or a needless byte), places in bytes."""
        value, length = np.zeros_like(at), np.zeros_like(at)
        more = np.ones(len(at), bool)
        bad = np.zeros(len(at), bool)
        for n in range(_VARINT_BYTES):
            byte = self.bytes[np.minimum(at + n, len(self.bytes) - 1)].astype(np.int64)
            bad |= more & ((at + n >= self.end) | ((byte == 0) & (n > 0)))
            value += np.where(more, (byte & 0x7F) << 7 * n, 0)
            length += more
            more &= byte >= 0x80
        return value, at + length, bad | more

    def _window(self, at: Integers) -> Words:
        """The 57 bits or more from a place on, at the top of 64."""
        return np.asarray(self.words[at >> 3] << (at & 7).astype(np.uint64))

    def _take(self, bits: Integers) -> Integers:
        """The next so many bits of each block, which goes on behind them; 0 for none."""
        taken = (self._window(self.at) >> np.uint64(1) >> (63 - bits).astype(np.uint64)).astype(np.int64)
        self.at = self.at + bits
        return taken


def _words(data: NDArray[np.uint8]) -> Words:
    """Eight bytes from each byte on, as one number, the first byte on top."""
    words = np.zeros(len(data) - 7, np.uint64)
    for n in range(8):
        words |= data[n : n + len(words)].astype(np.uint64) << np.uint64(56 - 8 * n)
    return words


class _Channel:
    """One channel of all blocks: the state of `sock.predictor.Predictor`, and how a value is read from bits."""

    def __init__(self, hints: Integers) -> None:
        octave = hints >> 1 & 7
        self.step = hints >> 4
        self.limit = 32767 // self.step
        self.plain_bits = _plain_bits()[self.step]
        self.lead = np.where(hints & 1, LEAD_START, -LEAD_START)
        self.level = np.maximum(3 * octave - 2, 0)
        self.spread = SPREAD_START << octave
        self.slow, self.ahead, self.slope, self.seen = (np.zeros_like(hints) for _ in range(4))
        self.gone = np.ones(len(hints), bool)

    def ordered(self, order: NDArray[np.intp]) -> "_Channel":
        """The same with the blocks in another order."""
        for name, state in vars(self).items():
            setattr(self, name, state[order])
        return self

    def read(self, words: Words, at: Integers, now: NDArray[np.intp]) -> tuple[Integers, Integers, NDArray[np.bool_]]:
        """(place behind, value in full scale, whether it makes no sense) of the next value of the blocks `now`."""
        window = words[at >> 3] << (at & 7).astype(np.uint64)
        gone, known = self.gone[now], self.seen[now] > 0
        here = gone & (window >> np.uint64(63) == 1)  # a value again, or the first
        at = at + gone
        window = np.where(gone, window << np.uint64(1), window)
        ones = _ONES[(window >> np.uint64(64 - ESCAPE)).astype(np.int64)]
        escaped = (ones == ESCAPE) & known
        tail = np.where(escaped, window << np.uint64(ESCAPE), window)
        missing = np.where(gone, ~here, escaped & (tail >> np.uint64(63) == 0))
        missing |= here & escaped & (tail >> np.uint64(63) == 0)
        plain = ~known | escaped
        level, bits = self.level[now], self.plain_bits[now]
        coded, coded_bits = _coded(window, ones, level)
        literal = (np.where(escaped, tail << np.uint64(1), tail).view(np.int64) >> (64 - bits)).astype(np.int64)
        expected = (np.where(self.lead[now] > 0, self.ahead[now], self.slow[now]) + 32) >> POINT
        value = np.where(plain, literal, expected + coded)
        bits = np.where(plain, bits + np.where(escaped, ESCAPE + 1, 0), coded_bits)
        bits = np.where(missing, np.where(gone & ~here, 0, ESCAPE + 1), bits)
        bad = ~missing & (np.abs(value) > self.limit[now])
        value = np.where(bad, 0, value)
        self.gone[now] = missing
        took = now[~missing]
        self._learn(took, value[~missing], (value - expected)[~missing])
        return at + bits, np.where(missing, MISSING, value * self.step[now]), bad

    def _learn(self, now: NDArray[np.intp], value: Integers, error: Integers) -> None:
        """`Predictor.learn`, or `first` where nothing was known."""
        seen, known = self.seen[now], self.seen[now] > 0
        value = value << POINT
        slow, ahead, lead, spread = self.slow[now], self.ahead[now], self.lead[now], self.spread[now]
        slow_error, fast_error = value - slow, value - ahead
        quarter = fast_error >> 2
        slope = (self.slope[now] + quarter) >> 1
        gain = np.where(seen > 3, SLOW_GAIN, (seen + 2) >> 1)
        nearer = (np.abs(slow_error) - np.abs(fast_error) - lead) >> LEAD_WINDOW
        miss = np.minimum(np.abs(error), ERROR_MAX) << POINT
        self.seen[now] = seen + 1
        self.slow[now] = np.where(known, slow + (slow_error >> gain), value)
        self.ahead[now] = np.where(known, value - quarter + slope, value)
        self.slope[now] = np.where(known, slope, 0)
        self.lead[now] = np.where(known, lead + nearer, lead)
        spread = np.where(known, spread + ((miss - spread + SPREAD_ROUND) >> SPREAD_WINDOW), spread)
        self.spread[now] = spread
        self.level[now] = np.where(known, np.searchsorted(_LIMITS, spread, "right"), self.level[now])


def _coded(window: Words, ones: Integers, level: Integers) -> tuple[Integers, Integers]:
    """(error, bits) of a value in the code of its level."""
    doubled = _DOUBLED[level]
    low_bits = _LOW_BITS[level] + (ones < doubled)
    rest = window << (ones + 1).astype(np.uint64)
    low = np.where(low_bits, rest >> (64 - np.maximum(low_bits, 1)).astype(np.uint64), 0).astype(np.int64)
    quotient = np.where(ones < doubled, ones, ones + doubled)
    folded = quotient << low_bits | low
    return folded >> 1 ^ -(folded & 1), ones + 1 + low_bits
