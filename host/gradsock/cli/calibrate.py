"""`gradsock calibrate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from gradsock.cli.options import Cable, Sock

if TYPE_CHECKING:
    from gradsock.calibrate.artefact import Artefact
    from gradsock.calibrate.keyboard import Keyboard
    from gradsock.calibrate.plan import Plan
    from gradsock.calibrate.readout import SockReadout
    from gradsock.calibrate.wizard import Wizard

Flag = Parameter(negative="", show_default=False)


def calibrate(
    *sock: Sock,
    port: Cable = None,
    into: Annotated[Path | None, Parameter(help="The artefact's file; one that was begun is gone on with.")] = None,
    bench: Annotated[bool, Flag] = False,
    site: Annotated[
        tuple[Literal["ankle", "calf", "knee"], ...],
        Parameter(negative="", help="Only this sensor. Repeatable: those are pressed together."),
    ] = (),
    method: Annotated[Literal["cuff", "picopress", "weights"] | None, Parameter(help="What presses.")] = None,
    sensor: Annotated[
        Literal["flexiforce", "fsr", "velostat", "textile", "other"] | None, Parameter(help="Their sort.")
    ] = None,
    operator: Annotated[str | None, Parameter(help="Who calibrates.")] = None,
    gauge: Annotated[
        str | None, Parameter(help="What the gauge showed at known pressures, 21=20,41=40,60.5=60, or none.")
    ] = None,
    degc: Annotated[float | None, Parameter(name="--degC", help="How warm the bottle is.")] = None,
    area: Annotated[float | None, Parameter(help="Of the pad under weights, in cm2.")] = None,
    levels: Annotated[
        str | None, Parameter(help="Pressures in mmHg, such as 0,15,30,45,60 (default: 5 apart).")
    ] = None,
    settle: Annotated[str | None, Parameter(help="Wait so long at each level (default: 15s).")] = None,
    hold: Annotated[str | None, Parameter(help="The long hold, for the creep (default: 10m); 0 leaves it out.")] = None,
    quick: Annotated[bool, Flag] = False,
) -> None:
    """Calibrate the sensors of a sock, guided: counts become mmHg.

    You press with a manual blood-pressure cuff round a bottle (or with a PicoPress, or weights) from 0 to 60 mmHg, up
    and down; the sock reads, and a curve with creep and hysteresis is fitted for each sensor. The result goes into a
    file, and over the cable onto the sock (--port, or the one board that is connected); from then on it is in every
    recording. It can be left at any time: levels that were read are kept. host/docs/calibrating.md has the whole
    procedure.

    Parameters
    ----------
    bench
        Read an ADS1115 on this computer's own I2C, through Blinka, instead of a sock.
    quick
        Five levels and short waits, a quarter of the time: for trying it out, not for wearing.
    """
    from gradsock.calibrate.keyboard import Keyboard
    from gradsock.calibrate.plan import QUICK, Plan
    from gradsock.calibrate.questions import AREA_CM2, DEGC, Head, within
    from gradsock.calibrate.reference import Gauge, parse_checks
    from gradsock.calibrate.wizard import Wanted, Wizard
    from gradsock.cli.running import run

    checked = None if gauge is None else Gauge() if gauge == "none" else parse_checks(gauge)
    plan = _plan(QUICK if quick else Plan(), levels, settle, hold)
    head = Head(operator, sensor, method, checked, within("--degC", degc, DEGC), within("--area", area, AREA_CM2))
    keyboard = Keyboard()
    wizard = Wizard(keyboard, Wanted(into.expanduser() if into else None, head, site, plan))
    run(_bench(wizard, site, sock, port) if bench else _sock(wizard, keyboard, sock, port))


async def _bench(wizard: "Wizard", site: tuple[str, ...], sock: tuple[str, ...], port: str | None) -> None:
    from gradsock.calibrate.bench import BenchReadout
    from gradsock.errors import UsageError

    if sock or port:
        raise UsageError("--bench reads this computer's own I2C: without a sock and --port")
    readout = BenchReadout(site) if site else BenchReadout()
    readout.check()
    await wizard.prepare()
    async with readout:
        await wizard.run(readout)


async def _sock(wizard: "Wizard", keyboard: "Keyboard", sock: tuple[str, ...], port: str | None) -> None:
    from gradsock.calibrate.readout import SockReadout
    from gradsock.cli.owning import tell
    from gradsock.cli.words import only_sock

    readout = SockReadout(only_sock(sock), tell=tell)
    await wizard.prepare()
    async with readout:
        tell("")
        made = await wizard.run(readout)
        if wizard.complete:
            await _hand_over(readout, keyboard, made, wizard.path, port)


async def _hand_over(
    readout: "SockReadout", keyboard: "Keyboard", made: "Artefact", path: Path, port: str | None
) -> None:
    """Put it on the sock, where there is a cable."""
    from gradsock.calibrate.onto_sock import command, put_and_see
    from gradsock.cli.owning import tell
    from gradsock.flash import ports

    port = port or readout.port
    found = [] if port else ports()
    if len(found) == 1:
        at = found[0].device
        port = at if await keyboard.confirm(f"Is {readout.name} on the cable at {at}, to be given it now?") else None
    if port is None:
        keyboard.say(f"The sock does not have it yet. Connect its cable, then: {command(readout.board, path)}")
        return
    await put_and_see(readout, port, made.calibration, tell)
    tell("")
    if readout.port is not None:
        keyboard.say(f"{readout.name} uses it now. A virtual sock forgets it when this ends; the file stays.")
    else:
        keyboard.say(f"{readout.name} uses it now, and every recording of it will say so.")


def _plan(plan: "Plan", levels: str | None, settle: str | None, hold: str | None) -> "Plan":
    from dataclasses import replace

    from gradsock.calibrate.plan import CREEP_MAX_S, SETTLE_S, checked
    from gradsock.errors import UsageError
    from gradsock.period import seconds

    if levels is not None:
        try:
            plan = replace(plan, levels_mmHg=checked([float(level) for level in levels.split(",")]))
        except ValueError:
            raise UsageError(f"'{levels}' are no levels in mmHg: write 0,15,30,45,60") from None
    if settle is not None:
        plan = replace(plan, settle_s=seconds(settle))
        if not SETTLE_S[0] <= plan.settle_s <= SETTLE_S[1]:
            raise UsageError(f"--settle is {SETTLE_S[0]:g}s to {SETTLE_S[1]:g}s")
    if hold is not None:
        try:
            plan = replace(plan, creep_s=0.0 if hold.strip("0smh") == "" else seconds(hold))
        except UsageError as error:
            raise UsageError(f"--hold: {error}; 0 leaves it out") from None
        if plan.creep_s > CREEP_MAX_S:
            raise UsageError(f"--hold is at most {CREEP_MAX_S / 60:g}m; 0 leaves it out")
    return plan
