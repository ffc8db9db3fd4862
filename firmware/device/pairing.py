"""Owners: who may pair and when, and the secrets by which the radio knows them again.

The stack asks for secrets and passkeys, and MicroPython keeps none of them: what is answered here decides who is let
in. A secret is taken only from a connection that proved in the window to know the passkey: having been asked for it is
not enough, since pairing can be begun anew without it. NimBLE tells of the proof first and of the secrets then
(ble_sm_process_result: ble_gap_enc_event, then ble_sm_persist_keys), others the other way round.

A secret is removed only on an owner's word: a stranger who pretends to be an owner must not be able to have the owner
forgotten. But NimBLE asks for that whenever somebody with an owner's address pairs anew, and asks again for ever while
it still gets the secret (ble_sm_chk_repeat_pairing), and also as long as removing it succeeds
(ble_store_util_delete_all). So a secret is out of sight from the first time on until that connection ends: it is there
again for the owner, unless whoever came knew the passkey and so had it replaced.
"""

import asyncio
import sys
import time

from sock import const

from .modules import unload_since

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

GET_SECRET = const(29)
_SET_SECRET = const(30)
_PASSKEY_ACTION = const(31)
_DISPLAY = const(3)

OWNERS_MAX = const(3)
WINDOW_S = const(120)
"""After a power-on, the button, or an owner's word."""
_TRIES_MAX = const(3)
"""Attempts that fail close the window: a fixed passkey gives one of its 20 bits away in each."""
_FAILURES_MAX = const(9)
"""After so many, and none that succeeded, a power-on opens no window any more: the button still does."""
_REST_MS = const(4000)
"""After a failed attempt; twice as long after each further one."""
_KEEP_MS = const(250)
_OUR_KEY = const(10)
"""Kind of the secret by which owners recognise the sock's address (modbluetooth_nimble: SECRET_TYPE_OUR_IRK)."""
_OFFERED_MAX = const(4)
"""NimBLE has two or three secrets for each bond."""


class Pairing:
    """passkey: of this sock, -1 for none: then nobody can pair. secrets: [kind, key, value] of each.

    failures: attempts that failed since one succeeded. dirty: what is known has changed and wants to be kept.
    """

    def __init__(self, passkey: int, secrets: "list[list[Any]]", failures: int) -> None:
        self.passkey = passkey
        self.secrets = secrets
        self.failures = failures
        self.dirty = False
        self._until: Any = None  # raw ticks
        self._tries = 0
        self._rests_until: Any = None
        self._shown: int | None = None  # the connection that was shown the passkey
        self._proved: int | None = None  # the one that knew it
        self._offered: list[list[Any]] = []  # secrets of a connection that has not proved anything yet
        self._hidden: list[list[Any]] = []  # kind and key of secrets that are out of sight for this connection

    def open(self) -> None:
        """Somebody is at the sock: pairing is possible for a time."""
        self._until = time.ticks_add(time.ticks_ms(), WINDOW_S * 1000)
        self._tries = 0
        self._rests_until = None

    def powered_on(self) -> None:
        """The same, unless somebody has guessed too often."""
        if self.failures < _FAILURES_MAX:
            self.open()

    @property
    def is_open(self) -> bool:
        """Whether a passkey is shown now."""
        now_ms = time.ticks_ms()
        if self._until is not None and time.ticks_diff(self._until, now_ms) <= 0:
            self._until = None
        if self._rests_until is not None and time.ticks_diff(self._rests_until, now_ms) <= 0:
            self._rests_until = None
        return self._until is not None and self._rests_until is None and self.passkey >= 0

    def owners(self) -> "list[bytes]":
        """The keys of those who have a bond: address type and address."""
        found: list[bytes] = []
        for kind, key, _ in self.secrets:
            if kind != _OUR_KEY and key not in found:
                found.append(key)
        return found

    def remove(self, owner: bytes) -> None:
        """Their next connection is a stranger's."""
        self.secrets = [secret for secret in self.secrets if secret[1] != owner]
        self.dirty = True

    def handle(self, event: int, data: "tuple[Any, ...]", ble: "Any") -> "Any":
        """What the stack asks."""
        if event == GET_SECRET:
            return self._get(data[0], data[1], data[2])
        if event == _SET_SECRET:
            return self._set(data[0], bytes(data[1]), data[2])
        if event == _PASSKEY_ACTION:
            self._proved = None
            if self._shown is not None:  # begun anew: the attempt before has failed
                self._shown = None
                self._fail()
            if data[1] == _DISPLAY and self.is_open:
                self._shown = data[0]
            try:
                if self._shown is None:
                    ble.gap_disconnect(data[0])
                else:
                    ble.gap_passkey(data[0], _DISPLAY, self.passkey)
            except OSError:
                pass  # it has gone
        return None

    def encryption(self, connection: int, opened: bool) -> bool:
        """The protection of a link has changed. False: that was an attempt to get in that failed, it may go."""
        shown, offered = self._shown, self._offered
        self._shown = None
        self._offered = []
        if not opened:
            self._proved = None
            if shown == connection:
                self._fail()
            return False
        if shown == connection:
            self._until = None  # one owner a window
            self._proved = connection
            if self.failures:
                self.failures = 0
                self.dirty = True
            for secret in offered:
                self._keep(secret)
        return True

    def gone(self, connection: int) -> None:
        """The connection ended; in the middle of an attempt that counts as a failure."""
        self._hidden = []
        if self._proved == connection:
            self._proved = None
        if self._shown == connection:
            self._shown = None
            self._offered = []
            self._fail()

    async def run(self, here: "Callable[[], None]") -> None:
        """Keep on the flash what has changed, for ever: not in the handler, where nothing may take long."""
        while True:
            here()
            if self.dirty:
                self.dirty = False
                try:
                    self._write()
                except OSError:
                    self.dirty = True
            await asyncio.sleep_ms(_KEEP_MS)

    def _write(self) -> None:
        known = set(sys.modules)  # two kilobytes, which a task would hold on to
        try:
            from . import store  # here, since a running sock does without it

            store.keep_pairing(self)
        finally:
            unload_since(known)

    def _fail(self) -> None:
        self.failures += 1
        self.dirty = True
        self._tries += 1
        if self._tries >= _TRIES_MAX:
            self._until = None
        self._rests_until = time.ticks_add(time.ticks_ms(), _REST_MS << self._tries)

    def _get(self, kind: int, index: int, key: "Any") -> "bytes | None":
        for known in self.secrets:
            if known[0] == kind and (key is None or known[1] == key) and known[:2] not in self._hidden:
                if index == 0 or key is not None:
                    value: bytes = known[2]
                    return value
                index -= 1
        return None

    def _set(self, kind: int, key: bytes, value: "Any") -> bool:
        if value is None:
            if self._get(kind, 0, key) is None:
                return False
            self._hidden.append([kind, key])
            return True
        if key not in self.owners() and len(self.owners()) >= OWNERS_MAX and kind != _OUR_KEY:
            return False
        secret = [kind, key, bytes(value)]
        if self._proved is not None or kind == _OUR_KEY:
            self._keep(secret)
        elif self._shown is not None and len(self._offered) < _OFFERED_MAX:
            self._offered.append(secret)
        else:
            return False
        return True

    def _keep(self, secret: "list[Any]") -> None:
        self.secrets = [known for known in self.secrets if known[:2] != secret[:2]]
        self._hidden = [hidden for hidden in self._hidden if hidden != secret[:2]]
        self.secrets.append(secret)
        self.dirty = True
