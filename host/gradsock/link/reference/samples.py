"""Messages taken to pieces byte by byte, made and read by the code that a sock and a host use."""

import struct
from array import array
from collections.abc import Iterator

from sock import MISSING, asking, block, event, event_reader, fetching, protocol, records
from sock.varint import take_varint

BOOT, INDEX, TICKS_MS, PERIOD_MS, REFERENCE = 7, 1500, 61_240, 40, 24_000
STEPS = (1, 2, 1)  # counts
SCANS = ((6012, 4480, 3125), (6010, 4482, 3124), (6015, 4479, MISSING), (6011, 4481, 3126), (6013, 4480, 3125))


def a_block() -> Iterator[str]:
    """A live block of five scans of three channels."""
    encoder = block.BlockEncoder(3, protocol.BLOCK_MAX_BYTES)
    encoder.begin(BOOT, INDEX, TICKS_MS, PERIOD_MS, REFERENCE, STEPS)
    for scan in SCANS:
        encoder.add(array("h", [block.quantise(counts, step) for counts, step in zip(scan, STEPS, strict=True)]))
    data = bytes(encoder.finish())
    read = block.decode(data)
    yield _hex(data)
    yield f"{_hex(data[:1])}  a sample block of version {data[0] & 15}"
    yield f"{_hex(data[1:2])}  {data[1] & 15} channels, flags {data[1] >> 4}"
    at = 2
    for name in ("boot", "index of the first sample", "zigzag(start_ms)", "period_ms"):
        value, end = take_varint(data, at, len(data))
        yield f"{_hex(data[at:end])}  {name} = {value}"
        at = end
    start_ms = read.ticks_ms - read.index * read.period_ms
    yield f"       start_ms = {start_ms}, so the first sample is of {read.ticks_ms} ms"
    yield f"{_hex(data[at : at + 2])}  reference_counts = {read.reference_counts}"
    yield f"{_hex(data[at + 2 : at + 3])}  count = {read.count}"
    bits = "".join(f"{byte:08b}" for byte in data[at + 3 : -4])
    for channel in range(3):
        hint = bits[12 * channel : 12 * channel + 12]
        yield f"{hint}  channel {channel}: step {int(hint[:8], 2)}, octave {int(hint[8:11], 2)}, fast leads {hint[11]}"
    yield f"{bits[36:]}  the scans:"
    for row in read.samples:
        yield f"       {row}".replace(str(MISSING), "MISSING")
    yield f"{_hex(data[-4:])}  CRC-32 of all before it"


def an_event() -> Iterator[str]:
    """A mark, as it comes on Live and lies in the journal."""
    data = event.encode_event(event.MARK, BOOT, 12, TICKS_MS, b"stairs")
    read = event_reader.decode_event(data)
    yield _hex(data)
    yield f"{_hex(data[:1])}  an event of version {data[0] & 15}"
    yield f"{_hex(data[1:2])}  kind {read.kind}: {read.name}"
    at = 2
    for name in ("boot", "sequence", "ticks_ms"):
        value, end = take_varint(data, at, len(data))
        yield f"{_hex(data[at:end])}  {name} = {value}"
        at = end
    yield f"{_hex(data[at:-4])}  payload: {read.payload!r}"
    yield f"{_hex(data[-4:])}  CRC-32 of all before it"


def a_probe() -> Iterator[str]:
    """A probe of the time, and its answer."""
    request = asking.pack_request(protocol.PROBE, 0x2A, asking.pack_probe(77, 21 * 60 + 15))
    answer = protocol.pack_answer(
        protocol.PROBE, 0x2A, protocol.OK, protocol.pack_probe_answer(77, TICKS_MS, TICKS_MS + 23)
    )
    opcode, token, result, payload = asking.parse_answer(answer)
    probe_id, came_ms, left_ms = asking.parse_probe_answer(payload)
    yield f"write    {_hex(request)}"
    yield f"         opcode {request[0]}, token {request[1]}, probe id 77 (u32), minute {21 * 60 + 15} of the day (u16)"
    yield f"indicate {_hex(answer)}"
    yield f"         opcode {opcode} | 0x80, token {token}, result {result}, probe id {probe_id},"
    yield f"         it came at {came_ms} ms and the answer left at {left_ms} ms of the sock's ticks (u64 each)"


def a_fetch() -> Iterator[str]:
    """Counting, then reporting one entry that takes two notifications at an MTU of 100, then the end."""
    count = fetching.request(records.COUNT)
    entry = event.encode_event(event.MARK, BOOT, 12, TICKS_MS, b"x" * 60)
    report = fetching.request(records.REPORT, records.WITHIN, 41, 41)
    room = 60 - records.PIECE_HEAD_BYTES
    pieces = [entry[:room], entry[room:]]
    yield f"write    {_hex(count)}  COUNT ALL"
    yield f"indicate {_hex(records.pack_counted(3, 40, 42))}"
    yield "         COUNTED: 3 entries, 40 to 42"
    yield f"write    {_hex(report)}"
    yield "         REPORT WITHIN ENTRIES 41, 41"
    left = len(entry)
    assembled = fetching.Report()
    for piece in pieces:
        left -= len(piece)
        data = struct.pack("<IB", 41, left) + piece
        assembled.add(data)
        yield f"notify   {_hex(data[:5])} + {len(piece)} bytes: entry 41, {left} bytes follow"
    trailer = records.pack_trailer(41, 41, assembled.count, assembled.crc)
    assembled.add(trailer)
    yield f"notify   {_hex(trailer)}"
    yield f"         the trailer: 1 entry, 41 to 41, CRC-32 0x{assembled.crc:08x}; complete: {assembled.complete}"
    yield f"indicate {_hex(records.pack_response(records.REPORT, records.SUCCESS))}  RESPONSE to REPORT: SUCCESS"


def a_fit() -> Iterator[str]:
    """What Fit holds."""
    data = protocol.pack_fit(TICKS_MS, "fold", 912, [("fold", "knee", "notice")], 240)
    yield data.decode()


def _hex(data: bytes) -> str:
    return data.hex(" ")
