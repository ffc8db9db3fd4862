"""`gradsock live`."""

from gradsock.cli.options import For, Logs, Socks


def live(*socks: Socks, for_: For = None, logs: Logs = None) -> None:
    """Watch one sock or several.

    The leg with its sites in their bands, the newest minute, the verdict and what to do, wear, battery, the age of the
    data and what was lost; several socks side by side. Keys: m mark, t tare, a ack, s snooze, p pause, tab the next
    sock, ? help, q end. Without a terminal it is one line a second. Nothing is kept: see `gradsock record`.
    """
    from gradsock.cli.watch import watch

    watch(socks, recording=False, for_=for_, logs=logs)
