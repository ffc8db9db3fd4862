"""Virtual boards between two commands: which one is taken, and what stays with its scenario."""

import json

import pytest
from gradsock.errors import SimError
from gradsock.link import slot as module
from gradsock.link.slot import take_slot
from gradsock.sim.flash_image import FlashImage
from gradsock.sim.volume import Volume


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADSOCK_HOME", str(tmp_path))


def used(stamp, scenario, setup="left", *, keep=False):
    """The number of the slot that a run of the scenario takes, and flashes where it has to."""
    slot = take_slot(stamp, scenario, setup)
    try:
        slot.board_folder.mkdir(exist_ok=True)
        slot.set_stamp(stamp)
        if keep:
            slot.keep_for(scenario)
        return slot.number
    finally:
        slot.release()


def put(slot, **files):
    slot.board_folder.mkdir(exist_ok=True)
    image = FlashImage(slot.board_folder / module.FLASH)
    volume = Volume(image)
    for name, content in files.items():
        number, _ = volume.call("fs.open", [f"/{name}.json", "wb"], b"")
        volume.call("fs.write", [number], json.dumps(content).encode())
        volume.call("fs.close", [number], b"")
    image.close()


def test_a_board_that_was_told_nothing_is_anybody_s():
    assert used("a", "walk") == 1
    assert used("a", "stand") == 1


def test_two_at_once_take_two():
    first = take_slot("a", "walk")
    assert used("a", "walk") == 2
    first.release()


def test_what_was_told_stays_with_its_scenario_alone():
    assert used("a", "walk", keep=True) == 1
    assert used("a", "stand") == 2
    assert used("a", "walk") == 1
    assert used("newer firmware", "walk") == 1
    assert used("a", "stand") == 2


def test_another_set_up_is_another_sock():
    assert used("a", "left", "left") == 1
    assert used("b", "right", "right") == 2
    assert used("newer firmware", "left", "left") == 1
    assert used("a", "stand", "left") == 1


def test_where_there_is_no_room_one_of_another_set_up_is_made_new(monkeypatch):
    monkeypatch.setattr(module, "MAX_SLOTS", 1)
    assert used("a", "left", "left") == 1
    slot = take_slot("b", "right", "right")
    assert (slot.number, slot.stamp, slot.setup, slot.board_folder.exists()) == (1, None, "right", False)
    slot.release()


def test_one_that_is_wiped_is_anybody_s_again():
    assert used("a", "walk", keep=True) == 1
    slot = take_slot("a", "walk")
    slot.wipe()
    slot.release()
    assert used("b", "stand") == 1


def test_when_all_are_kept_another_s_is_made_new(monkeypatch):
    monkeypatch.setattr(module, "MAX_SLOTS", 2)
    assert [used("a", name, keep=True) for name in ("walk", "stand")] == [1, 2]
    slot = take_slot("a", "left")
    assert (slot.number, slot.scenario, slot.stamp) == (1, None, None)
    other = take_slot("a", "stand")
    with pytest.raises(SimError, match="2 virtual socks run already"):
        take_slot("a", "right")
    slot.release()
    other.release()


def test_a_kept_sock_is_known_by_the_name_it_was_given():
    slot = take_slot("a", "walk")
    assert slot.name() == ""
    put(slot, settings={"name": "mine"}, identity={"serial": "5R2YBUAB"})
    assert slot.name() == "mine"
    put(slot, settings={"name": ""})
    assert slot.name() == "sock-53e7"
    slot.forget_journal()
    slot.release()
