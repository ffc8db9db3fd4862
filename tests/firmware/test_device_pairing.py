"""When the sock shows its passkey, whom it keeps, and how many guesses that leaves."""

import inspect
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from device import pairing
from device.pairing import GET_SECRET, OWNERS_MAX, WINDOW_S, Pairing

SET_SECRET, PASSKEY_ACTION, DISPLAY, INPUT = 30, 31, 3, 2
PASSKEY = 271828


class Radio:
    def __init__(self):
        self.shown, self.gone = [], []

    def gap_passkey(self, connection, action, passkey):
        self.shown.append((connection, action, passkey))

    def gap_disconnect(self, connection):
        self.gone.append(connection)


class Clock:
    def __init__(self):
        self.now_ms = 5000

    def ticks_ms(self):
        return self.now_ms % (1 << 30)

    def ticks_add(self, ticks, delta):
        return (ticks + delta) % (1 << 30)

    def ticks_diff(self, one, other):
        return ((one - other + (1 << 29)) % (1 << 30)) - (1 << 29)


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(pairing, "time", made)
    return made


@pytest.fixture
def radio():
    return Radio()


def attempt(sock, radio, *, right, connection=0, key=b"\x01host-a"):
    """What the stack tells of one attempt; True when the passkey was shown and right."""
    before = len(radio.shown)
    sock.handle(PASSKEY_ACTION, (connection, DISPLAY, 0), radio)
    if len(radio.shown) == before:
        sock.gone(connection)
        return False
    if right:
        sock.handle(SET_SECRET, (1, memoryview(key), memoryview(b"secret")), radio)
    sock.encryption(connection, right)
    sock.gone(connection)
    return right


def test_a_window_opens_at_power_on_and_ends(clock, radio) -> None:
    sock = Pairing(PASSKEY, [], 0)
    assert not sock.is_open
    sock.powered_on()
    assert sock.is_open
    clock.now_ms += WINDOW_S * 1000
    assert not sock.is_open
    assert not attempt(sock, radio, right=True)
    assert radio.gone == [0]
    assert sock.owners() == []


def test_the_passkey_is_shown_in_the_window_only_and_only_shown(clock, radio) -> None:
    sock = Pairing(PASSKEY, [], 0)
    sock.open()
    sock.handle(PASSKEY_ACTION, (4, INPUT, 0), radio)
    assert (radio.shown, radio.gone) == ([], [4])
    sock.handle(PASSKEY_ACTION, (4, DISPLAY, 0), radio)
    assert radio.shown == [(4, DISPLAY, PASSKEY)]


def test_without_a_passkey_nobody_pairs(clock, radio) -> None:
    sock = Pairing(-1, [], 0)
    sock.open()
    assert not attempt(sock, radio, right=True)


def test_an_owner_is_kept_and_known_again(clock, radio) -> None:
    sock = Pairing(PASSKEY, [], 2)
    sock.open()
    assert attempt(sock, radio, right=True)
    assert (sock.failures, sock.dirty, sock.is_open) == (0, True, False)  # one owner a window
    assert sock.handle(GET_SECRET, (1, 0, memoryview(b"\x01host-a")), radio) == b"secret"
    assert sock.handle(GET_SECRET, (1, 0, memoryview(b"\x01host-b")), radio) is None
    assert sock.handle(GET_SECRET, (1, 0, None), radio) == b"secret"
    assert sock.handle(GET_SECRET, (1, 1, None), radio) is None


def test_a_secret_without_a_passkey_is_not_taken(clock, radio) -> None:
    """Just works: the stack pairs, without asking anybody."""
    sock = Pairing(PASSKEY, [], 0)
    sock.open()
    assert sock.handle(SET_SECRET, (1, memoryview(b"\x01evil"), memoryview(b"s")), radio) is False
    assert sock.encryption(0, False) is False
    assert sock.owners() == []


@pytest.mark.parametrize("first", ["proof", "secret"])
def test_stacks_differ_in_what_they_tell_first(clock, radio, first) -> None:
    """NimBLE: the proof; others: the secret."""
    sock = Pairing(PASSKEY, [], 0)
    sock.open()
    sock.handle(PASSKEY_ACTION, (0, DISPLAY, 0), radio)
    told = [lambda: sock.encryption(0, True), lambda: sock.handle(SET_SECRET, (1, b"\x01host-a", b"secret"), radio)]
    assert all(tell() for tell in (told if first == "proof" else told[::-1]))
    assert sock.handle(SET_SECRET, (2, b"\x01host-a", b"other"), radio)
    assert sock.secrets == [[1, b"\x01host-a", b"secret"], [2, b"\x01host-a", b"other"]]
    sock.gone(0)
    assert sock.handle(SET_SECRET, (1, b"\x01host-b", b"late"), radio) is False


@pytest.mark.parametrize("victim", [b"\x01host-a", b"\x01evil"])
def test_being_asked_for_the_passkey_proves_nothing(clock, radio, victim) -> None:
    """Pairing begun anew without a passkey, after the first one had asked for it."""
    sock = Pairing(PASSKEY, [[1, b"\x01host-a", b"secret"]], 0)
    sock.open()
    sock.handle(PASSKEY_ACTION, (0, DISPLAY, 0), radio)
    for _ in range(9):
        sock.handle(SET_SECRET, (1, victim, b"of just works"), radio)
    assert sock.encryption(0, False) is False
    assert sock.handle(SET_SECRET, (1, victim, b"of just works"), radio) is False
    assert sock.secrets == [[1, b"\x01host-a", b"secret"]]
    assert sock.failures == 1


def test_an_attempt_begun_anew_is_one_that_failed(clock, radio) -> None:
    sock = Pairing(PASSKEY, [], 0)
    sock.open()
    for _ in range(2):
        sock.handle(PASSKEY_ACTION, (0, DISPLAY, 0), radio)
    assert (sock.failures, len(radio.shown), radio.gone) == (1, 1, [0])


def test_whoever_pretends_to_be_an_owner_does_not_have_them_forgotten(clock, radio) -> None:
    """On a repeated pairing NimBLE asks for the bond and has it removed, for as long as it gets it or that succeeds."""
    victim = [1, b"\x01host-a", b"secret"]
    sock = Pairing(PASSKEY, [victim], 0)
    key = memoryview(victim[1])
    assert sock.handle(SET_SECRET, (1, key, None), radio) is True
    assert sock.handle(SET_SECRET, (1, key, None), radio) is False
    assert sock.handle(GET_SECRET, (1, 0, key), radio) is None
    assert sock.handle(GET_SECRET, (1, 0, None), radio) is None
    assert sock.owners() == [victim[1]]
    sock.gone(0)
    assert sock.handle(GET_SECRET, (1, 0, key), radio) == b"secret"
    assert sock.secrets == [victim]
    assert not sock.dirty


def test_an_owner_who_lost_its_key_and_knows_the_passkey_gets_a_new_one(clock, radio) -> None:
    sock = Pairing(PASSKEY, [[1, b"\x01host-a", b"secret"]], 0)
    sock.open()
    sock.handle(SET_SECRET, (1, b"\x01host-a", None), radio)
    sock.handle(PASSKEY_ACTION, (0, DISPLAY, 0), radio)
    assert sock.encryption(0, True)
    assert sock.handle(SET_SECRET, (1, b"\x01host-a", b"another"), radio) is True
    assert sock.handle(GET_SECRET, (1, 0, b"\x01host-a"), radio) == b"another"
    assert sock.owners() == [b"\x01host-a"]


def test_the_key_by_which_owners_recognise_the_address_is_kept_and_is_no_owner(clock, radio) -> None:
    sock = Pairing(PASSKEY, [[1, b"\x01%d" % number, b"x"] for number in range(OWNERS_MAX)], 0)
    assert sock.handle(GET_SECRET, (10, 0, b"irk"), radio) is None
    assert sock.handle(SET_SECRET, (10, b"irk", bytes(16)), radio) is True
    assert sock.handle(GET_SECRET, (10, 0, b"irk"), radio) == bytes(16)
    assert sock.dirty
    assert len(sock.owners()) == OWNERS_MAX


def test_there_is_room_for_three_and_they_may_pair_again(clock, radio) -> None:
    sock = Pairing(PASSKEY, [], 0)
    for number in range(OWNERS_MAX + 1):
        sock.open()
        attempt(sock, radio, right=True, key=b"\x01" + bytes([number] * 6))
    assert len(sock.owners()) == OWNERS_MAX
    sock.open()
    attempt(sock, radio, right=True, key=sock.owners()[0])
    assert len(sock.owners()) == OWNERS_MAX
    sock.remove(sock.owners()[1])
    assert len(sock.owners()) == OWNERS_MAX - 1


def test_leaving_in_the_middle_counts_as_a_failure(clock, radio) -> None:
    sock = Pairing(PASSKEY, [], 0)
    sock.open()
    sock.handle(PASSKEY_ACTION, (0, DISPLAY, 0), radio)
    sock.gone(0)
    assert sock.failures == 1


def guess_for_hours(sock, clock, radio, *, hours):
    """Somebody who tries without end while the sock is on; how often a passkey was shown."""
    tries = 0
    until = clock.now_ms + hours * 3_600_000
    while clock.now_ms < until:
        before = len(radio.shown)
        attempt(sock, radio, right=False)
        tries += len(radio.shown) - before
        clock.now_ms += 500
    return tries


def test_three_guesses_a_window_and_it_closes(clock, radio, capsys) -> None:
    sock = Pairing(PASSKEY, [], 0)
    sock.powered_on()
    tries = guess_for_hours(sock, clock, radio, hours=2)
    with capsys.disabled():
        print(f"\n  {tries} guesses in a window; each gives one bit of 20 away: chance {2**tries / 2**20:.6f}")
    assert tries == 3
    assert not sock.is_open
    sock.open()  # the button
    assert sock.is_open


def test_guesses_over_many_power_ons_end_as_well(clock, radio) -> None:
    """Nine of twenty bits: one in two thousand is let in, and then the button is needed."""
    failures = tries = 0
    for _ in range(50):
        sock = Pairing(PASSKEY, [], failures)  # what is kept on the flash
        sock.powered_on()
        tries += guess_for_hours(sock, clock, radio, hours=1)
        failures = sock.failures
    assert tries == 9


def test_each_failure_makes_the_next_one_wait_longer(clock, radio) -> None:
    sock = Pairing(PASSKEY, [], 0)
    sock.open()
    waits = []
    for _ in range(2):
        attempt(sock, radio, right=False)
        began = clock.now_ms
        while not sock.is_open and clock.now_ms - began < 60_000:
            clock.now_ms += 100
        waits.append(clock.now_ms - began)
    assert waits[1] == 2 * waits[0] >= 8000


GUARDS = {
    "the window ends": ("self._until is not None and self", "self", test_a_window_opens_at_power_on_and_ends),
    "one owner a window": ("self._until = None  # one owner a window", "pass", test_an_owner_is_kept_and_known_again),
    "three tries": ("if self._tries >= _TRIES_MAX:", "if False:", test_three_guesses_a_window_and_it_closes),
    "nine failures": ("if self.failures < _FAILURES_MAX:", "if True:", test_guesses_over_many_power_ons_end_as_well),
    "rest": ("self._rests_until is None and", "", test_each_failure_makes_the_next_one_wait_longer),
    "longer rest": ("_REST_MS << self._tries", "_REST_MS", test_each_failure_makes_the_next_one_wait_longer),
    "a passkey": ("self.passkey >= 0", "True", test_without_a_passkey_nobody_pairs),
    "only shown": ("data[1] == _DISPLAY and", "", test_the_passkey_is_shown_in_the_window_only_and_only_shown),
    "three owners": ("len(self.owners()) >= OWNERS_MAX", "False", test_there_is_room_for_three_and_they_may_pair_again),
    "proof": ("if self._proved is not None or kind", "if True or kind", test_a_secret_without_a_passkey_is_not_taken),
    "begun anew": ("if self._shown is not None:  #", "if False:  #", test_an_attempt_begun_anew_is_one_that_failed),
    "leaving": ("if self._shown == connection:", "if False:", test_leaving_in_the_middle_counts_as_a_failure),
    "kept bonds": (
        "self._hidden.append([kind, key])",
        "self.remove(key)",
        test_whoever_pretends_to_be_an_owner_does_not_have_them_forgotten,
    ),
}
"""Per guard its line, what stands there without it, and the test that has to miss it."""


@pytest.mark.parametrize("guard", GUARDS)
def test_a_missing_guard_is_noticed(monkeypatch, request, clock, radio, guard) -> None:
    line, instead, test = GUARDS[guard]
    source = Path(pairing.__file__).read_text(encoding="utf-8")
    assert source.count(line) == 1
    without = ModuleType("device.pairing")
    without.__package__ = "device"
    exec(compile(source.replace(line, instead), "pairing.py", "exec"), vars(without))
    monkeypatch.setattr(without, "time", clock)
    monkeypatch.setitem(globals(), "Pairing", without.Pairing)
    given = {name: request.getfixturevalue(name) for name in inspect.signature(test).parameters}
    if "capsys" in given:
        given["capsys"] = SimpleNamespace(disabled=nullcontext)  # what is printed without a guard is nobody's figure
    with pytest.raises(AssertionError):
        test(**given)
