"""`gradsock live`."""

from gradsock.cli.options import For, Logs, Socks


def live(*socks: Socks, for_: For = None, logs: Logs = None) -> None:
    """Watch one sock or several.

    Pressures in their bands, the verdict and what to do, the age of the data and what was lost; side by side for a left
    and a right sock. Without a terminal it is one line a second. Nothing is kept: see `gradsock record`.
    """
    from gradsock.cli.watch import watch

    watch(socks, recording=False, for_=for_, logs=logs)
