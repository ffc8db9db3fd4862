"""Blocks that wait for the radio."""


class BlockQueue:
    """First in, first out, in a ring of bytes made once; when it is full the oldest blocks make room and are counted.

    In the ring each block follows its length; a length of 0 says that the next one lies at the start.
    """

    def __init__(self, size: int) -> None:
        self._data = bytearray(size)
        self._view = memoryview(self._data)
        self._size = size
        self._head = 0  # the oldest block
        self._tail = 0  # where the next one goes
        self.count = 0
        self.dropped = 0
        """Blocks that were put in and will never come out, since the start."""

    def put(self, block: "bytes | bytearray | memoryview") -> None:
        """Append a copy of block (1 to 255 bytes). ValueError when it could never fit."""
        length = len(block)
        if not 1 <= length <= 255 or length >= self._size:
            raise ValueError(f"a block of {length} bytes does not fit the queue")
        while not self._has_room(length + 1):
            self.pop()
            self.dropped += 1
        at = self._tail
        self._data[at] = length
        self._view[at + 1 : at + 1 + length] = block
        self._tail = at + 1 + length
        self.count += 1

    def peek(self) -> memoryview:
        """The oldest block, valid until it is popped or anything is put. Only when count > 0."""
        at = self._to_head()
        return self._view[at + 1 : at + 1 + self._data[at]]

    def pop(self) -> None:
        """Forget the oldest block. Only when count > 0."""
        at = self._to_head()
        self._head = at + 1 + self._data[at]
        self.count -= 1

    def clear(self) -> None:
        """Drop everything."""
        self.dropped += self.count
        self.count = 0

    def _to_head(self) -> int:
        if self._head == self._size or self._data[self._head] == 0:
            self._head = 0
        return self._head

    def _has_room(self, length: int) -> bool:
        if self.count == 0:
            self._head = self._tail = 0
            return True
        if self._tail <= self._head:  # wrapped: what is free lies between them, nothing when they meet
            return self._head - self._tail >= length
        if self._size - self._tail >= length:
            return True
        if self._head < length:
            return False
        if self._tail < self._size:
            self._data[self._tail] = 0
        self._tail = 0
        return True
