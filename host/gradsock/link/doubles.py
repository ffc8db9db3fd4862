"""Dropping copies: after a reconnect a radio stack may deliver each notification twice."""

from collections import OrderedDict

REMEMBERED = 512


class Doubles:
    """Remembers the last blocks; identity is the block itself, which carries boot and index."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def is_new(self, data: bytes) -> bool:
        """Whether these bytes have not come before; remembers them."""
        if data in self._seen:
            return False
        self._seen[data] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True
