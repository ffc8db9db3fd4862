"""The wire: both ends agree, and nonsense is refused."""

import json

from sock import advertising, asking, protocol
from sock.protocol import ProtocolError


def refused(parse, data):
    try:
        parse(data)
    except ProtocolError as error:
        assert "\n" not in str(error)
        return True
    return False


def test_requests_and_answers():
    request = asking.pack_request(protocol.MARK, 9, b"hi")
    assert protocol.parse_request(request) == (protocol.MARK, 9, b"hi")
    answer = protocol.pack_answer(protocol.MARK, 9, protocol.NOT_PERMITTED, b"no")
    assert asking.parse_answer(answer) == (protocol.MARK, 9, protocol.NOT_PERMITTED, b"no")
    assert refused(protocol.parse_request, b"\x01")
    assert refused(asking.parse_answer, b"\x81\x00")
    assert refused(asking.parse_answer, b"\x01\x00\x00")


def test_probes():
    assert protocol.parse_probe(asking.pack_probe(1 << 31, 1439)) == (1 << 31, 1439)
    assert protocol.parse_probe(asking.pack_probe(5)) == (5, None)
    answer = protocol.pack_probe_answer(1 << 31, 1 << 40, (1 << 40) + 7)
    assert asking.parse_probe_answer(answer) == (1 << 31, 1 << 40, (1 << 40) + 7)
    assert refused(protocol.parse_probe, bytes(5))
    assert refused(protocol.parse_probe, asking.pack_probe(1, 1440))
    assert refused(asking.parse_probe_answer, bytes(19))


def test_marks_are_one_line_of_text():
    assert protocol.parse_mark("glatt, über alles".encode()) == "glatt, über alles"
    for bad in (b"", b"x" * 61, b"\xff\xfe", b"two\nlines"):
        assert refused(protocol.parse_mark, bad)


def test_the_advertisement_fits():
    assert len(advertising.advertisement()) <= 31
    response = advertising.scan_response("sock-12345", "bonded")
    assert len(response) == 31
    assert response[:2] == b"\x12\x21"
    assert response[2:18] == advertising.uuid_bytes(protocol.SERVICE_UUID)
    assert advertising.parse_service_byte(response[18]) == (2, "bonded")
    assert response[19:] == b"\x0b\x09sock-12345"
    assert refused(lambda name: advertising.scan_response(name, "none"), "sock-123456")


def test_a_newer_protection_is_unknown_and_not_an_error():
    assert advertising.parse_service_byte(0x2F) == (2, "unknown")


def test_uuids_differ_in_their_second_group():
    uuids = [value for name, value in vars_of(protocol) if name.endswith("_UUID") and value.startswith("10e5e61a")]
    assert len(set(uuids)) == len(uuids) == 8
    assert {(uuid[:9], uuid[13:]) for uuid in uuids} == {("10e5e61a-", "-44d6-b97a-3fcb82e81ccf")}


def vars_of(module):
    return [(name, getattr(module, name)) for name in dir(module)]


def test_fit_is_json_that_fits():
    findings = [("fold", "knee", "warning"), ("site-missing", None, "info"), ("over-range", "ankle", "info")]
    whole = json.loads(protocol.pack_fit(123456789, "fold", 980, findings, 240))
    assert whole["t"] == 123456789
    assert whole["verdict"] == "fold"
    assert abs(whole["descending"] - 0.98) < 1e-6
    assert [tuple(item) for item in whole["findings"]] == findings
    for max_bytes in range(70, 240, 7):
        data = protocol.pack_fit(123456789, "fold", 1000, findings, max_bytes)
        assert len(data) <= max_bytes
        kept = json.loads(data)["findings"]
        assert [tuple(item) for item in kept] == findings[: len(kept)]
    assert json.loads(protocol.pack_fit(0, "settling", None, [], 97))["descending"] is None


def test_a_notification_leaves_room_for_its_header():
    assert protocol.largest_notification(247) == 240
    assert protocol.largest_notification(100) == 97
