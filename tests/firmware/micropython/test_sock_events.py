"""Events: identity, payload and CRC, and contexts in parts."""

from sock.event import CONTEXT_SETTINGS, EVENT_MAX_BYTES, MARK, EventError, context_parts, encode_event
from sock.event_reader import ContextParts, decode_event


def refused(data):
    try:
        decode_event(data)
    except EventError as error:
        assert "\n" not in str(error)
        return True
    return False


def test_an_event_comes_back():
    event = decode_event(encode_event(MARK, 7, 300, 1 << 31, b"smooth"))
    assert (event.kind, event.name, event.boot, event.sequence, event.ticks_ms) == (MARK, "mark", 7, 300, 1 << 31)
    assert event.payload == b"smooth"


def test_an_unknown_kind_is_kept():
    event = decode_event(encode_event(99, 0, 0, 0, b"later"))
    assert (event.kind, event.name, event.payload) == (99, "kind-99", b"later")


def test_broken_bytes_are_refused():
    data = encode_event(MARK, 7, 300, 123456, b"smooth")
    for length in range(len(data)):
        assert refused(data[:length])
    for at in range(len(data)):
        assert refused(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    assert refused(data + b"\0")
    assert refused(b"\xb1" + data[1:])


def test_too_much_is_not_encoded():
    try:
        encode_event(MARK, 1, 1, 1, bytes(EVENT_MAX_BYTES))
    except EventError:
        return
    raise AssertionError


def test_a_context_travels_in_parts():
    text = bytes([number & 0xFF for number in range(1000)])
    for max_bytes in (97, 240):
        parts = ContextParts()
        whole = []
        for number, part in enumerate(context_parts(text, max_bytes)):
            data = encode_event(CONTEXT_SETTINGS, 1 << 31, 1 << 31, 1 << 40, part)
            assert len(data) <= max_bytes
            assert not whole
            done = parts.add(decode_event(data).payload)
            if done is not None:
                whole.append((number, done))
        assert [done for _, done in whole] == [text]


def test_a_context_with_a_part_lost_is_not_put_together():
    first, second, third = context_parts(bytes(300), 140)
    parts = ContextParts()
    assert parts.add(first) is None
    assert parts.add(third) is None
    assert parts.add(first) is None
    assert parts.add(second) is None
    assert parts.add(third) == bytes(300)


def test_an_empty_context_is_one_part():
    (part,) = context_parts(b"", 97)
    assert ContextParts().add(part) == b""
