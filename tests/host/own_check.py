"""What a sock's own check says of its samples, and its state on the way, as the sock tells it to a host."""

from gradsock.link import BlockReceived
from sock import event
from sock.state import pack


def streamed(machine, ticks_ms, rows, joined=()):
    """Samples go in, scan by scan: all that was found, those that are open last; the state before some samples."""
    found, states = [], {}
    for index, (t_ms, row) in enumerate(zip(ticks_ms.tolist(), rows.tolist(), strict=True)):
        if index in joined:
            states[index] = pack(machine, index)
        if machine.add(t_ms, row):
            found += machine.take_closed()
    return found + machine.open_findings(), states


def tell_states(recorder, sock, states):
    """States by their sample's index, in parts."""
    for index, state in (states or {}).items():
        tell(recorder, sock, event.CONTEXT_FIT, state, first=100 * index + 1)


def tell(recorder, sock, kind, told, first=0):
    """What a sock tells in parts; first: the number of the first one."""
    for number, part in enumerate(event.context_parts(told, 240)):
        said = event.encode_event(kind, sock.boot, number + first, 0, part)
        recorder.take(BlockReceived(said, sock.t0_us))
