"""`gradsock record`."""

from gradsock.cli.options import For, Logs, Socks


def record(*socks: Socks, for_: For = None, logs: Logs = None) -> None:
    """Watch one sock or several, and keep everything they send.

    Every sample is on the disk within seconds of its arrival and survives whatever happens to this computer after
    that. Ctrl-C, or the end of --for, closes the recording.
    """
    from gradsock.cli.watch import watch

    watch(socks, recording=True, for_=for_, logs=logs)
