"""The steps of the first evening: what is asked and told at each. What they do is the library's."""

import contextlib
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gradsock.cli.owning import tell, with_sock
from gradsock.cli.pairing import pair_with
from gradsock.cli.questions import ask, confirm
from gradsock.cli.say import say
from gradsock.errors import FlashError, GradsockError, SockNotFound, SockRefused, UsageError
from gradsock.owner.evening import Evening, before_you_wear_it, has_read, note_read

if TYPE_CHECKING:
    from gradsock.link.events import SockInfo
    from gradsock.link.owned import OwnedSock

WIDTH = 78
BLINK_S = 20
LOOKS, LOOK_S = 6, 4.0  # for a sock that has just been flashed and starts
LATER = "gradsock start goes on from here."


class Guide:
    """Takes one step at a time. Each returns whether it was skipped, and raises GradsockError when it cannot go on."""

    def __init__(self, evening: Evening, physician: bool) -> None:
        self._evening = evening
        self._physician = physician
        self._steps: dict[str, tuple[str, Callable[[], bool]]] = {
            "read": ("before you wear it", self._read),
            "flash": ("the firmware onto the board", self._flash),
            "side": ("which leg", self._side),
            "prescription": ("what the sock should do", self._prescription),
            "leg": ("your leg", self._leg),
            "calibrate": ("calibration", self._calibrate),
            "donning": ("putting it on", self._donning),
        }

    def title(self, step: str) -> str:
        """What a step is about."""
        return self._steps[step][0]

    def take(self, step: str) -> bool:
        """Take a step; True when it was skipped."""
        return self._steps[step][1]()

    def farewell(self) -> str:
        """What comes after."""
        evening = self._evening
        lines = ["\nThat was the first evening."]
        if evening.skipped:
            lines.append(f"Skipped: {', '.join(evening.skipped)}. Later: gradsock start --again STEP")
        lines.append(f"From now on: gradsock live {evening.sock}")
        lines.append(f"To keep it:  gradsock record {evening.sock}")
        return "\n".join(lines)

    def _read(self) -> bool:
        if has_read():
            say("You have confirmed host/docs/before-you-wear-it.md.")
            return False
        for paragraph in before_you_wear_it().split("\n\n"):
            items = paragraph.strip().split("\n- ")
            for at, item in enumerate(items):
                mark = "- " if at or item.startswith("- ") else ""
                text = f"{mark}{' '.join(item.removeprefix('- ').split())}"
                say(textwrap.fill(text, WIDTH, subsequent_indent="  " if mark else ""))
            say("")
        if not confirm("Have you read this, and is it all right for you to wear one?"):
            raise GradsockError("then ask a physician first; gradsock start goes on when you have")
        note_read()
        return False

    def _flash(self) -> bool:
        from gradsock.boards import parts_of
        from gradsock.flash import boards, flash, only_port

        evening = self._evening
        evening.port = evening.port or only_port()
        asked = False
        while evening.board not in boards():
            if evening.board:
                say(f"There is no board '{evening.board}'.")
            say(textwrap.fill(f"Boards: {', '.join(boards())}", WIDTH, subsequent_indent="  "))
            evening.board = ask(f"Which one is it, at {evening.port}?")
            asked = True
        pairs, open_ = parts_of(evening.board).pairs, False
        if not pairs:
            say("This board cannot pair: the sock can be read by anyone near.")
            open_ = confirm("Let it stream all the same? It cannot be reached by radio otherwise.")
        elif not asked:  # somebody has to read the passkey
            ask(f"Press Enter to put the firmware onto the {evening.board} at {evening.port}.")
        report = flash(evening.port, evening.board, allow_unprotected=open_, progress=_bar)
        tell("")
        evening.serial = report.serial
        say(f"{len(report.sent)} files sent: {report.running or 'the board restarts'}")
        if pairs:
            self._pair(report.passkey)
        return False

    def _pair(self, passkey: int | None) -> None:
        """Become an owner, unless this machine is one. passkey: None when the sock has it for longer."""
        evening = self._evening
        evening.sock = evening.sock or self._find()
        if passkey is None:
            with contextlib.suppress(SockRefused):  # to a stranger
                return self._is_the_one(with_sock(evening.sock, _info_of))
            say("It has a passkey from its first flashing.")
        else:
            say(f"Its passkey is {passkey:06d}: write it down, it is not shown again.")
        self._is_the_one(pair_with(evening.sock.removeprefix("ble:"), passkey).info)
        say(f"This computer is an owner of {evening.sock}: nobody else gets a reading.")
        return None

    def _is_the_one(self, info: "SockInfo") -> None:
        evening = self._evening
        if evening.serial and info.serial != evening.serial:
            named, evening.sock = evening.sock, ""
            raise UsageError(f"{named} is not the sock just flashed: say which it is with --sock ble:NAME")
        evening.serial = info.serial

    def _side(self) -> bool:
        from sock import protocol

        evening = self._evening
        evening.sock = evening.sock or self._find()

        async def blink(owned: "OwnedSock") -> None:
            self._is_the_one(owned.info)
            await owned.tell(protocol.IDENTIFY, bytes([BLINK_S]))

        with_sock(evening.sock, blink)
        say(f"{evening.sock} blinks now.")
        if not confirm("Does the one in front of you blink?"):
            evening.sock = ""
            raise GradsockError("then another one does: switch it off, or start with --sock ble:NAME")
        evening.side = ""  # asked again, it may be another
        while evening.side not in ("left", "right"):
            typed = ask("Which leg is it for, left or right?").lower()
            evening.side = {"l": "left", "r": "right"}.get(typed, typed)
            if evening.side not in ("left", "right"):
                say("Please answer left or right.")
        with_sock(evening.sock, lambda owned: owned.change({"side": evening.side}))
        say(f"It knows: {evening.side}.")
        return False

    def _find(self) -> str:
        import asyncio

        import gradsock.link.radio as radio

        for _ in range(LOOKS):
            tell("looking for the sock")
            found = asyncio.run(radio.scan(LOOK_S))
            tell("")
            if len(found) == 1:
                return f"ble:{found[0].name}"
            if found:
                say(f"Near are: {', '.join(sock.name for sock in found)}")
                return f"ble:{ask('Which one is it?')}"
        raise SockNotFound(f"no sock is near: is it switched on? {LATER}")

    def _prescription(self) -> bool:
        from sock.prescription import PrescriptionError, parse

        from gradsock.view.bands import describe

        evening = self._evening
        say("STANDARD:CLASS, such as us:15-20, ral:I or afnor:II, or custom:ankle=14-22.")
        while True:
            try:
                wanted = parse(ask("What does the sock's package, or your physician, say?", "us:15-20"))
            except PrescriptionError as error:
                _say_wrapped(f"{error}.")
                continue
            say(describe(wanted))
            question = "Did a physician prescribe it?"
            if not wanted.needs_physician or self._physician or confirm(question):
                break
            say("Then take a lighter one, or ask a physician first.")
        evening.prescription = wanted.text
        with_sock(evening.sock, lambda owned: owned.change({"prescription": wanted.text}))
        return False

    def _leg(self) -> bool:
        from sock import SITES
        from sock.prescription import parse

        from gradsock.owner import leg as legs
        from gradsock.view.leg import describe

        evening, where = self._evening, ("just above its bones", "where it is thickest", "just below the knee cap")
        say("Girths in cm, with the height above the floor if you like: 22.5@10.")
        say("Enter skips one, back goes back to the one before.")
        measured: legs.Leg = {}
        at = 0
        while at < len(SITES):
            site = SITES[at]
            answer = ask(f"Girth at the {site}, {where[at]}?")
            if answer.lower() == "back":
                at = max(0, at - 1)
                measured.pop(SITES[at], None)
                continue
            try:
                if answer:
                    measured = legs.checked(measured | legs.parse([f"{site}={answer}"]))
                at += 1
            except UsageError as error:
                _say_wrapped(f"{error}.")
        if measured:
            whole = legs.remember(evening.side, measured)
            say(describe(evening.side, whole, parse(evening.prescription)))
        return not measured

    def _calibrate(self) -> bool:
        from gradsock.cli import run

        say("Without a calibration a sock knows counts, not pressures: no verdict. You need")
        say("a blood-pressure cuff and half an hour, see host/docs/calibrating.md.")
        while True:
            answer, *options = ask("What will you do: calibrate, file or skip?").split() or [""]
            if answer.lower() == "skip":
                say("Skipped. Later: gradsock start --again calibrate")
                return True
            if answer.lower() == "calibrate":
                port = ["--port", self._evening.port] if self._evening.port else []
                if run(["calibrate", self._evening.sock, *port, *options]):
                    raise GradsockError(f"there is no calibration yet. {LATER}")
                return False
            if answer.lower() != "file":
                say("Please answer calibrate, file or skip.")
            elif self._from_file(Path(ask("Which file?")).expanduser()):
                return False

    def _from_file(self, file: Path) -> bool:
        from gradsock.calibrate.files import keep
        from gradsock.flash import flash

        evening = self._evening
        if not evening.port:
            raise FlashError("a calibration's file goes over the cable: connect the board and say --port")
        try:
            flash(evening.port, evening.board, calibration=file, progress=_bar)
            keep(file)
        except UsageError as error:
            _say_wrapped(f"{error}.")
            return False
        finally:
            tell("")
        say("The sock has it.")
        return True

    def _donning(self) -> bool:
        from gradsock import clock
        from gradsock.cli.running import run
        from gradsock.owner.donning import LAST, verdicts
        from gradsock.view.status import verdict

        evening = self._evening
        if not with_sock(evening.sock, _info_of).raw.get("calibration"):
            say("No verdict without a calibration: gradsock start --again calibrate")
            return True
        say("Take it off its cable first. Then pull it up smoothly: no fold at the top, no")
        say("wrinkle at the ankle.")
        ask("Press Enter when you begin.")
        say("It settles for one to five minutes; ctrl-C leaves, gradsock start goes on.")
        last = ""

        async def follow() -> None:
            nonlocal last
            async for fit in verdicts(evening.sock, evening.serial):
                last = fit.verdict
                at = clock.local(clock.utc_us())
                say(textwrap.fill(f"{at:%H:%M:%S}  {verdict(fit)}", WIDTH, subsequent_indent=" " * 10))

        run(follow())
        return last != LAST


async def _info_of(owned: "OwnedSock") -> "SockInfo":
    return owned.info


def _say_wrapped(text: str) -> None:
    say(textwrap.fill(text, WIDTH))


def _bar(done: int, whole: int, what: str) -> None:
    tell(f"{what} {100 * done // whole} %" if whole > 1 else what)
