"""The queue of blocks against a plain list of bytes."""

from collections import deque

import pytest
from device.queue import BlockQueue
from hypothesis import given
from hypothesis import strategies as st

blocks = st.binary(min_size=1, max_size=40)
doings = st.lists(st.one_of(blocks, st.sampled_from(["pop", "clear"])), max_size=200)


@given(doings, st.integers(41, 200))
def test_what_comes_out_is_what_went_in_in_order_without_the_oldest_that_had_to_go(doings: list, size: int) -> None:
    queue, wanted, dropped = BlockQueue(size), deque[bytes](), 0
    for doing in doings:
        if doing == "clear":
            dropped += len(wanted)
            wanted.clear()
            queue.clear()
        elif doing == "pop":
            if wanted:
                assert bytes(queue.peek()) == wanted.popleft()
                queue.pop()
        else:
            queue.put(doing)
            wanted.append(doing)
            while len(wanted) > queue.count:
                wanted.popleft()
                dropped += 1
        assert queue.count == len(wanted)
        assert queue.dropped == dropped
        if wanted:
            assert bytes(queue.peek()) == wanted[0]
    for block in wanted:
        assert bytes(queue.peek()) == block
        queue.pop()


def test_nothing_is_dropped_while_half_of_it_is_free() -> None:
    queue = BlockQueue(400)
    for _ in range(1000):
        queue.put(b"x" * 39)
        if queue.count == 5:
            queue.pop()
    assert queue.dropped == 0


def test_the_newest_block_always_gets_in() -> None:
    queue = BlockQueue(100)
    for number in range(50):
        queue.put(bytes([number]) * 60)
        assert queue.peek()[0] == number
    assert queue.dropped == 49


@pytest.mark.parametrize("length", [0, 100, 256])
def test_a_block_that_can_never_fit_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        BlockQueue(100).put(b"x" * length)
