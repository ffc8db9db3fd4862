"""`gradsock scan`."""

from typing import Annotated

from cyclopts import Parameter

from gradsock.cli.options import Json


def scan(
    *, for_: Annotated[str, Parameter(name="--for", help="Look for so long: 10s.")] = "5s", json: Json = False
) -> None:
    """Find the socks that are near.

    Lists the name, protection and signal strength of each sock that advertises itself. A sock is then reached as
    ble:NAME.
    """
    import gradsock.link.radio as radio
    from gradsock.cli.running import run
    from gradsock.cli.say import say, say_json, say_table
    from gradsock.period import seconds

    found: list[radio.Found] = []

    async def look() -> None:
        found.extend(await radio.scan(seconds(for_)))

    run(look())
    if json:
        fields = ("name", "protocol", "protection", "rssi_dBm")
        say_json([{field: getattr(sock, field) for field in fields} for sock in found])
    elif not found:
        say("no sock is near: wake it and come closer, or try a virtual one: gradsock demo")
    else:
        rows = [(f"ble:{sock.name}", sock.protection, f"{sock.rssi_dBm} dBm") for sock in found]
        say_table(("sock", "protection", "signal"), rows)
