"""The protocol's reference is that of the code, whole, and its examples can be read by what it says."""

import json
import re

import pytest
from gradsock.link.reference import source, tables
from gradsock.link.reference.page import PAGE, page
from sock import asking, block, event, event_reader, protocol, records


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make it anew: python -m gradsock.link.reference"


def test_everything_that_can_be_said_stands_in_it() -> None:
    text = page()
    uuids = [value for name, value in vars(protocol).items() if name.endswith("_UUID") and name != "_UUID_TAIL"]
    assert len(uuids) == 9
    for uuid in uuids:
        assert uuid in text
    for opcode in range(protocol.START, protocol.WIPE + 1):
        assert re.search(rf"^\| [A-Z_]+ \| {opcode} \| .+ \|$", text, re.M)
    for kind, name in event_reader.KIND_NAMES.items():
        assert f"| {kind} | {name} |" in text
    for result, words in enumerate(asking.RESULT_TEXT):
        assert f"| {result} | {words} |" in text
    assert {name for name, _ in source.characteristics()} == set(tables.CHARACTERISTICS)
    assert source.keys_of_info() == set(tables.INFO)


def test_keys_of_fit_are_those_that_a_sock_sends() -> None:
    said = json.loads(protocol.pack_fit(1, "fold", 912, [("fold", "knee", "notice")], 240, "hydrate"))
    assert set(said) == set(tables.FIT)


def test_what_a_sock_says_of_itself_has_just_these_keys(made) -> None:
    assert set(made.info().raw) <= set(tables.INFO)


@pytest.mark.parametrize(
    ("title", "decode"), [("A block of five scans", block.decode), ("A mark", event_reader.decode_event)]
)
def test_the_bytes_of_an_example_are_what_is_said_of_them(title, decode) -> None:
    example = page().split(f"{title}:\n\n```text\n")[1].split("\n```")[0].splitlines()
    data = bytes.fromhex(example[0])
    read = decode(data)
    assert f"boot = {read.boot}" in "\n".join(example)
    taken_apart = b"".join(
        bytes.fromhex(m[1]) for line in example[1:] if (m := re.match(r"((?:[0-9a-f]{2} )+) ", line))
    )
    assert data.startswith(taken_apart[:4])
    assert data.endswith(bytes.fromhex(example[-1].split("  ")[0]))


def test_numbers_are_those_of_the_code() -> None:
    assert source.constants("sock/event")["MARK"].value == event.MARK
    assert source.constants("sock/records")["TRAILER"].value == records.TRAILER
    assert source.constants("sock/predictor")["SPREAD_ROUND"].value == 16
    assert source.constants("sock/protocol")["START"].remark.startswith("u8 flags")
