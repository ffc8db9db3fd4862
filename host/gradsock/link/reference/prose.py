"""What the page says in sentences; what is in braces is filled in from the code."""

HEAD = """
# The protocol

What a sock says over Bluetooth LE and what it is told, complete enough to write another client. This page is made from
the code that speaks it (`python -m gradsock.link.reference`), and its examples by running that code. The same modules
are Python that runs anywhere: `firmware/sock/` needs nothing but `struct`, `array`, `json` and `binascii`.

Protocol version {version}. All integers are little-endian. A *varint* is an unsigned integer in groups of 7 bits, the
lowest first, with the high bit set on all bytes but the last, in its shortest form; *zigzag* maps 0, -1, 1, -2 to 0, 1,
2, 3. *ticks_ms* are milliseconds of the sock's own clock since its power-on; it knows no date. CRC-32 is that of zlib.
"""

CONNECTING = """
## From finding to streaming

1. Scan for the service `{service}`. The answer to a scan carries its name and one byte of service data: the protocol's
   version in the high nibble, the protection in the low one (0 `none`, 1 `bonded`).
2. Connect, and read Hello. A version that is newer than yours: tell the person, and stop.
3. With `bonded`, pair: by passkey entry, the sock being the display, within two minutes of a power-on, of a press of
   its button or of an owner's ALLOW_PAIRING. The passkey is the one that flashing told. Until the link is encrypted
   with an authenticated, bonded key of 16 bytes only Hello can be read, and nothing is notified or obeyed.
4. Exchange MTUs. Below {mtu} START is refused; 247 carries every message in one piece.
5. Read Info, and Settings where you need them.
6. Subscribe to Control, Fit and Live, and only then write START: what is sent before a subscription stands is lost.
7. Events come first on Live: calibration, settings, zero, what was learned. Then blocks, one every five scans.
8. Write PROBE some ten times, then now and then: the exchanges with the shortest round trip tell which UTC a tick was.
9. Write STOP: its answer comes behind the last block. Or disconnect: the sock goes on, and its journal keeps the rest.

One host at a time. A sample is known by (serial, boot, index): copies of it, live or kept, are the same sample.
"""

WRITING = """
A write is never refused by ATT, since the sock's stack cannot: results come as indications. Long writes are not used; a
patch of Settings has at most MTU - 3 bytes, a request to Control at most 80. One is answered after the other, the next
when the host has confirmed the answer; up to eight wait meanwhile, and what is written beyond them is dropped.
"""

ANSWERS = """
A reason in words may follow a refusal, in UTF-8. The token is any byte; it comes back, so that answers find their
questions. The answer to PROBE holds u32 probe id, u64 ticks_ms when it came, u64 ticks_ms when the answer left, which
is after 0 to {delay} ms at random, since waiting for a connection event would bias the time otherwise. The minute tells
the sock the local time of the day, {none}: not known. Which settings there are: [settings](settings.md).
"""

BLOCKS = """
Channels are those of Info's `channels` whose role is a site, in that order. The reference, which is the excitation as
the ADC read it, is kept once per block. A count of -32768 is MISSING, and never a reading. The time of sample n of a
block is ticks_ms + n * period_ms, exactly: the grid is never moved, and a slot that was missed is MISSING.
"""

PRESSURE = """x_q14 = counts * 16384 // (reference_counts - counts)     conductance times the divider, in 2^-14
cmmHg = the curve of (x_q14, cmmHg), piecewise linear     hundredths of mmHg"""

CONTEXT = """
What does not fit into one event comes in parts: `u8 part, u8 parts`, then a piece; a part out of order starts over.

**settings**: the JSON of all settings. **zero**, and a tare: `u64 ticks_ms` of the first sample that it holds for, then
`i32 x_q14` per channel at no pressure: move each curve along x, so that it gives 0 there. **calibration**:
"""

CALIBRATION = """u8 version (1; 2: with creep and hysteresis)   u8 bytes of the id, the id in UTF-8   u8 channels
per channel: u8 knots, then per knot u24 x_q14 + 2^18, u16 cmmHg + 30000
             version 2 adds u16 creep, u16 hysteresis of 2, 7 and 20 mmHg reach, as shares of 2^14"""

STATE = """
Beyond its first and last knot a curve goes on in the direction that it has there. What lies at 300 mmHg or above is a
short, at -300 an open wire, and no pressure. **load-history**, **context-donnings** and **context-fit** are the state
of the sock's own logic, so that a replay finds the same; whoever wants pressures alone may pass over them.
"""

VERSIONS = """
- Protocol {protocol}, in Hello, Info and the advertisement. A newer sock tells an older client so, which stops.
- Blocks begin with {block}, events with {event}: the high nibble tells which it is in every version, the low nibble is
  the version. One of a version that you cannot read is still one: keep its bytes.
- JSON may get more keys; those that are there keep their meaning.
"""
