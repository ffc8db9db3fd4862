"""Putting a firmware onto a board: only what changed, checked, and all of it or nothing.

What changed is written to /new on the board, beside what runs; when it is all there and its hashes are right, one
rename declares it complete (``firmware/device/update.py``), and only then is it moved into place. A cable pulled, a
power cut or a ctrl-C at any moment leaves the old firmware or the new one, and the next run goes on where this stopped.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sock.calibration import Calibration, CalibrationError, from_json
from sock.settings import SettingsError, check, defaults, load, validate_patch

from gradsock import clock, jsontext
from gradsock.errors import FlashError, GradsockError, UsageError
from gradsock.flash.cable import About, Cable
from gradsock.flash.firmware import FIRMWARE, MICROPYTHON, Firmware, build, mcu_of
from gradsock.flash.usb import only_port
from gradsock.link.proof import lets_everybody_in

STAGE, COMPLETE, MANIFEST = "/new", "/new/manifest.json", "/manifest.json"
FORMER, TRYING = "/old", "/trying"
IDENTITY, SETTINGS, CALIBRATION, MAINTENANCE = "/identity.json", "/settings.json", "/calibration.json", "/maintenance"
UPDATE, UPDATE_ON_BOARD = FIRMWARE / "device" / "update.py", "/device/update.mpy"
SWAP_S = 30.0  # moving some forty files costs an erase or two each
START_S = 20.0  # of silence until a sock that was reset says that it runs
SPARE_BLOCKS = 8  # for folders, and for the file system's own book-keeping
PAIRING = "/pairing"
PAIRING_SHUT = "the sock was restarted: to pair, press its button or power it anew"
PASSKEY_MAX = 999_999  # six digits; 0 is the passkey of those that have none
CAME_BACK, SAFE = "the former firmware comes back", "in safe mode"  # as the sock says it
SERIAL_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # base32: none of them looks like another

Progress = Callable[[int, int, str], None]
"""Called with bytes done, bytes in all, and what is being done."""


@dataclass(frozen=True)
class FlashReport:
    """What was done to a board."""

    port: str
    board: str
    micropython: str
    """Release and board as MicroPython names them; empty after a dry run, as the serial is."""
    serial: str
    """The sock's serial, made up at its first flashing."""
    sent: dict[str, int]
    """Bytes by path of what was sent."""
    removed: tuple[str, ...]
    unchanged: int
    """How many files were there already as they should be."""
    manifest: dict[str, str]
    """SHA-256 by path of the whole firmware."""
    seconds: float
    passkey: int | None
    """What a host enters to pair with the sock; ``None`` when it has it for longer, and after a dry run."""
    running: str | None
    """What the sock said when it had started; ``None`` when it was not started or kept silent."""
    dry_run: bool = False

    @property
    def bytes_sent(self) -> int:
        """Sum over the files."""
        return sum(self.sent.values())


def flash(
    port: str | None,
    board: str = "sim",
    settings: Mapping[str, object] | None = None,
    calibration: str | Path | None = None,
    allow_unprotected: bool = False,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> FlashReport:
    """Put the firmware, settings and a calibration onto the board at ``port``, and start it.

    port                 a serial device, or ``socket://HOST:PORT`` of a virtual board; ``None``: the one that is there
    settings             changes to the sock's settings (see ``sock.settings``); what is not named stays
    calibration          its JSON text, or the file that holds it
    allow_unprotected    lets the sock stream without pairing; only a cable can say so
    dry_run              only say what a board that has nothing would get; no board is looked for, let alone touched

    Blocks until done (run it in a thread beside an event loop). Raises :class:`FlashError` or :class:`UsageError` with
    one line that says what to do.
    """
    tell = progress or (lambda _done, _all, _what: None)
    begun_us = clock.utc_us()
    patch = dict(settings or {}) | ({"allow_unprotected": True} if allow_unprotected else {})
    _check_patch(patch)
    artefact = _calibration(calibration)
    tell(0, 1, "compiling")
    firmware = build(board)
    if dry_run:
        return _imagined(firmware, patch, artefact, port, begun_us)
    port = port or only_port()
    tell(0, 1, "connecting")
    with Cable(port) as cable:
        try:
            report = _install(cable, firmware, patch, artefact, tell)
        except GradsockError as error:
            if _start_again(cable):
                raise type(error)(f"{error} ({PAIRING_SHUT})") from error
            raise
        except BaseException:
            _start_again(cable)
            raise
        cable.write(PAIRING, b"")  # whoever holds the cable pairs next
        cable.remove([MAINTENANCE, TRYING])
        cable.reset()
        tell(1, 1, "starting")
        running = _running(cable.listen(_settled, START_S), port)
    if patch.get("allow_unprotected"):
        lets_everybody_in(report["serial"])
    return FlashReport(**report, seconds=(clock.utc_us() - begun_us) / 1e6, running=running)


def _install(
    cable: Cable, firmware: Firmware, patch: dict[str, object], artefact: str | None, tell: Progress
) -> dict[str, Any]:
    about = cable.look()
    check_board(about, firmware, cable.port)
    tell(0, 1, "comparing")
    _swap(cable)  # what an earlier run had completed
    manifest = firmware.manifest
    before = _manifest_on(cable)
    wanted = firmware.files | _data(cable, patch, artefact)
    there = cable.hashes(wanted)
    changed = {path: content for path, content in wanted.items() if there.get(path) != sha256(content).hexdigest()}
    removed = tuple(sorted(set(before) - set(manifest)))
    if changed or removed or before != manifest:
        if UPDATE_ON_BOARD in before:
            _to_maintenance(cable)
        if before != manifest:  # what is there now becomes the former firmware, in place of the one before it
            cable.remove([FORMER + MANIFEST])
            cable.remove(cable.files(FORMER))
            about = cable.look()
        _stage(cable, about, changed, manifest, tell)
        tell(1, 1, "moving into place")
        _swap(cable)
        wrong = {p for p, h in cable.hashes(wanted).items() if h != sha256(wanted[p]).hexdigest()}
        if wrong:
            raise FlashError(
                f"{len(wrong)} files on the board differ from what was sent: repeat; if it stays so, the flash is worn"
            )
    return {
        "port": cable.port,
        "board": firmware.board,
        "micropython": f"{'.'.join(map(str, about.version))} on {about.machine or about.platform}",
        "serial": jsontext.loads(wanted[IDENTITY])["serial"],
        "passkey": jsontext.loads(wanted[IDENTITY])["passkey"] if IDENTITY in changed else None,
        "sent": {path: len(content) for path, content in sorted(changed.items())},
        "removed": removed,
        "unchanged": len(wanted) - len(changed),
        "manifest": manifest,
    }


def _imagined(
    firmware: Firmware, patch: dict[str, object], artefact: str | None, port: str | None, begun_us: int
) -> FlashReport:
    """What a board that has nothing would get. To ask a board what it has would stop the sock that runs on it."""
    sent = {path: len(content) for path, content in firmware.files.items()}
    if patch:
        sent[SETTINGS] = len(_json(defaults() | patch))
    if artefact is not None:
        sent[CALIBRATION] = len(artefact.encode())
    return FlashReport(
        port=port or "",
        board=firmware.board,
        micropython="",
        serial="",
        sent=dict(sorted(sent.items())),
        removed=(),
        unchanged=0,
        manifest=firmware.manifest,
        seconds=(clock.utc_us() - begun_us) / 1e6,
        passkey=None,
        running=None,
        dry_run=True,
    )


def check_board(about: About, firmware: Firmware, port: str) -> None:
    """Refuse a board on which this firmware cannot run; :class:`FlashError` says why and what to do."""
    release, wanted = ".".join(map(str, about.version)), ".".join(map(str, MICROPYTHON))
    if about.name != "micropython":
        raise FlashError(f"the board at {port} runs {about.name} {release}: put MicroPython {wanted} onto it first")
    if tuple(about.version[:2]) < MICROPYTHON:
        raise FlashError(
            f"the board at {port} runs MicroPython {release}, which is too old: put {wanted} onto it first"
        )
    if about.mpy_version != firmware.mpy_version:
        raise FlashError(
            f"the board at {port} runs MicroPython {release}, which cannot load what is compiled for {wanted}:"
            f" put {wanted} onto it"
        )
    wanted, found = mcu_of(firmware.board), about.mcu
    if wanted and wanted != found:
        raise FlashError(
            f"the board at {port} is built on {found} ({about.machine}), a {firmware.board} on {wanted}:"
            " name the right one with --board"
        )


def _data(cable: Cable, patch: dict[str, object], artefact: str | None) -> dict[str, bytes]:
    """Identity, settings and calibration as they are to be on the board; what nobody asked for is not touched."""
    identity = _object(cable.read(IDENTITY)) or {}
    if not isinstance(identity.get("serial"), str):
        identity["serial"] = "".join(secrets.choice(SERIAL_LETTERS) for _ in range(8))
    if not isinstance(identity.get("passkey"), int):
        identity["passkey"] = 1 + secrets.randbelow(PASSKEY_MAX)
    files = {IDENTITY: _json(identity)}
    stored = _object(cable.read(SETTINGS))
    try:
        settings = load(stored or {})
        if patch:
            settings = validate_patch(settings, patch, True)
            files[SETTINGS] = _json(settings)
    except SettingsError as error:
        raise UsageError(f"{error}") from None
    if artefact is not None:
        _check_curves(from_json(artefact), settings)
        files[CALIBRATION] = artefact.encode()
    return files


def _check_patch(patch: dict[str, object]) -> None:
    """Refuse what no sock could take; whether a board's other settings go with it is seen when they are read."""
    try:
        for key, value in patch.items():
            check(key, value)
    except SettingsError as error:
        raise UsageError(f"{error}") from None


def _check_curves(calibration: Calibration, settings: Mapping[str, Any]) -> None:
    sites = sum(1 for role, *_ in settings["channels"] if role not in ("reference", "temperature"))
    if len(calibration.knots) != sites:
        raise UsageError(
            f"calibration {calibration.id} has {len(calibration.knots)} curves for {sites} sensors: calibrate this sock"
        )


def _calibration(given: str | Path | None) -> str | None:
    """What a sock needs of an artefact, as text."""
    if given is None:
        return None
    text, named = str(given), "calibration"
    if not text.lstrip().startswith("{"):
        named = f"{given} is no file of gradsock calibrate"
        try:
            text = Path(given).read_text(encoding="utf-8")
        except UnicodeError:
            raise UsageError(f"{named}: it is not text") from None
        except OSError as error:
            raise UsageError(f"calibration {given} cannot be read: {(error.strerror or str(error)).lower()}") from None
    try:
        return from_json(text).to_json()
    except CalibrationError as error:
        raise UsageError(f"{named}: {error}") from None


def _stage(cable: Cable, about: About, changed: dict[str, bytes], manifest: dict[str, str], tell: Progress) -> None:
    """Write what changed beside what runs, check it, and declare it complete."""
    staged = {STAGE + path: content for path, content in changed.items()}
    staged[f"{STAGE}/manifest.part"] = _json(manifest)
    lying = cable.files(STAGE)
    cable.remove(path for path in lying if path not in staged)
    there = cable.hashes(path for path in lying if path in staged)
    missing = {path: content for path, content in staged.items() if there.get(path) != sha256(content).hexdigest()}
    need = sum(len(content) // about.block_bytes + 1 for content in missing.values()) + SPARE_BLOCKS
    if need * about.block_bytes > about.free_bytes:
        raise FlashError(
            f"the board at {cable.port} has {about.free_bytes // 1024} KiB free, the new firmware needs"
            f" {need * about.block_bytes // 1024} KiB: delete files that are not the sock's (mpremote fs ls, fs rm)"
        )
    for folder in sorted({path.rpartition("/")[0] for path in missing} | {STAGE}):
        cable.make_folder(folder)
    total, done = sum(map(len, missing.values())), 0
    for path, content in missing.items():
        shown = path.removeprefix(STAGE)
        cable.write(path, content, lambda part, done=done, shown=shown: tell(done + part, total, shown))  # type: ignore[misc]
        done += len(content)
    found = cable.hashes(staged)
    wrong = [path for path, content in staged.items() if found.get(path) != sha256(content).hexdigest()]
    if wrong:
        raise FlashError(f"{len(wrong)} files did not arrive as they were sent: check the cable and repeat")
    cable.rename(f"{STAGE}/manifest.part", COMPLETE)


def _swap(cable: Cable) -> None:
    """Move a complete firmware into place, as the board itself would at its next start."""
    cable.run(UPDATE.read_text(encoding="utf-8") + "\nfinish()", SWAP_S)


def _to_maintenance(cable: Cable) -> None:
    """Restart a running sock without its watchdog, which would reset the board half way."""
    cable.write(MAINTENANCE, b"")
    cable.reset()
    cable.listen(lambda heard: heard.endswith(">>> "), START_S)
    cable.knock()
    cable.remove([MAINTENANCE])  # a slow board may not have come to it: the next start is not to wait for a host


def _manifest_on(cable: Cable) -> dict[str, str]:
    return {str(path): str(value) for path, value in (_object(cable.read(MANIFEST)) or {}).items()}


def _start_again(cable: Cable) -> bool:
    """After a failure or a ctrl-C: let the sock run again, if it can be reached. Whether a sock was restarted."""
    with suppress(FlashError):
        if not cable.lost:
            cable.knock()
            cable.remove([MAINTENANCE])
            try:
                return cable.read(MANIFEST) is not None
            finally:
                cable.reset()
    return False


def _settled(heard: str) -> bool:
    """Whether a board that was reset has come to something: the sock runs, in whatever way, or the prompt waits."""
    return _line_that_runs(heard) is not None or heard.endswith((">>> ", f"{SAFE}\r\n", f"{SAFE}\n"))


def _line_that_runs(heard: str) -> str | None:
    lines = (line.strip() for line in heard.splitlines())
    return next((line for line in lines if line.startswith("sock ") and line.endswith("running")), None)


def _running(heard: str, port: str) -> str | None:
    running = _line_that_runs(heard)
    reason = next((line.strip() for line in reversed(heard.splitlines()) if "Error" in line), "it hangs or resets")
    if CAME_BACK in heard:
        raise FlashError(f"the new firmware does not start ({reason}), so the sock went back to the one before")
    if SAFE in heard:
        raise FlashError(
            f"the firmware at {port} does not start ({reason}): the sock only lets its owners fetch what it"
            " kept (gradsock sync) until it is flashed anew"
        )
    if running is None and "Traceback" in heard:
        raise FlashError(f"the firmware is on the board at {port} but stops: {reason}; look with: {_how_to_look(port)}")
    return running


def _how_to_look(port: str) -> str:
    """The command that shows the whole traceback; the prompt of mpremote wants a device, not a socket."""
    if "://" in port:
        return f'mpremote connect {port} exec "import main"'
    return f"mpremote connect {port}"


def _object(content: bytes | None) -> dict[str, Any] | None:
    """A JSON object, ``None`` where there is none or it is damaged."""
    try:
        value = jsontext.loads(content or b"")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
