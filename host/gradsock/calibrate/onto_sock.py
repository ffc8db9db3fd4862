"""A calibration onto a sock, over its cable: stored in one piece, in force from the boot that follows."""

import asyncio
from pathlib import Path

from sock.calibration import Calibration

from gradsock import jsontext
from gradsock.calibrate.readout import SockReadout
from gradsock.errors import CalibrateError, FlashError
from gradsock.flash.install import CALIBRATION, IDENTITY
from gradsock.link.reach import Tell, silent
from gradsock.owner.at_rest import at_rest, settings_on

IN_FORCE_S = 60.0
"""A restarted sock is back in seconds; a virtual one on a busy machine takes longer."""


def put(port: str, calibration: Calibration, serial: str = "") -> None:
    """Store it on the sock at a port and restart the sock; blocks.

    A cable pulled at any moment leaves the old calibration or the new one. serial: of the sock that is meant.
    CalibrateError and FlashError say what is wrong.
    """
    with at_rest(port) as cable:
        settings = settings_on(cable)
        try:
            found = jsontext.loads(cable.read(IDENTITY) or b"")["serial"]
        except (ValueError, KeyError, TypeError):
            found = ""
        if serial and found != serial:
            raise CalibrateError(f"the sock at {port} is {found or 'another one'}, not {serial}: connect that one")
        sites = sum(1 for role, *_ in settings["channels"] if role not in ("reference", "temperature"))
        if sites != len(calibration.knots):
            raise CalibrateError(f"{calibration.id} has {len(calibration.knots)} curves for {sites} sensors")
        text = calibration.to_json().encode()
        cable.write(CALIBRATION + ".new", text)
        if cable.read(CALIBRATION + ".new") != text:
            raise FlashError("the calibration did not arrive as it was sent: check the cable and repeat")
        cable.rename(CALIBRATION + ".new", CALIBRATION)


async def put_and_see(readout: SockReadout, port: str, calibration: Calibration, tell: Tell = silent) -> None:
    """The same while the sock is also on the air; returns when it says there that it uses it. CalibrateError."""
    tell("the sock takes the calibration")
    following = asyncio.create_task(readout.until_calibration(calibration.id))
    try:
        await asyncio.to_thread(put, port, calibration, readout.serial)
        async with asyncio.timeout(IN_FORCE_S):
            await following
    except TimeoutError:
        raise CalibrateError(
            "the sock has the calibration and has not come back yet: look with gradsock status"
        ) from None
    finally:
        following.cancel()


def command(board: str, path: Path) -> str:
    """What to type where the sock is not on a cable now."""
    return f"gradsock flash --board {board or 'BOARD'} --calibration {path}"
