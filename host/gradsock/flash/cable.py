"""The line to a board's MicroPython prompt, spoken by mpremote; what goes wrong with it, in words."""

import ast
import os
import struct
import time
from base64 import b64encode
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from gradsock.errors import FlashError

CHUNK_BYTES = 3072  # written at a time: 4 KiB of text, which a board compiles with 12 KiB of heap
PATIENCE_S = 10.0  # without a character from a board that has something to say
BREATH_S = 0.2  # how long one looks whether there is more
RETURN_S = 8.0  # until a board that was reset is back on USB
OPENINGS = 4  # how often a port that cannot be opened is tried
KNOCK_S = 3.0  # within which a program lets itself be interrupted
KNOCKS = 3  # how often a busy program is interrupted before the board counts as silent

_LOOK = """
import os, sys
i, s = sys.implementation, os.statvfs('/')
mpy, machine = getattr(i, '_mpy', 0) & 255, getattr(i, '_machine', '')
print((i.name, tuple(i.version[:3]), mpy, sys.platform, machine, s[1], s[1] * s[3]))
"""
_HASH = """
import binascii, hashlib
_b = bytearray(512)
_m = memoryview(_b)
def _hash(path):
    try:
        h = hashlib.sha256()
        with open(path, 'rb') as f:
            n = f.readinto(_b)
            while n:
                h.update(_m[:n])
                n = f.readinto(_b)
        return binascii.hexlify(h.digest()).decode()
    except OSError:
        return ''
"""
_TREE = """
import os
def _tree(folder):
    try:
        found = list(os.ilistdir(folder))
    except OSError:
        return []
    files = []
    for entry in found:
        path = folder + '/' + entry[0]
        files += _tree(path) if entry[1] & 0x4000 else [path]
    return files
"""
_READ = """
def _read(path):
    try:
        with open(path, 'rb') as f:
            return f.read()
    except OSError:
        return None
"""


@dataclass(frozen=True)
class About:
    """What a board says of itself."""

    name: str
    """Of its Python: ``micropython``."""
    version: tuple[int, ...]
    mpy_version: int
    platform: str
    machine: str
    block_bytes: int
    free_bytes: int

    @property
    def mcu(self) -> str:
        """Its controller, which MicroPython writes after "with", as in ``XIAO ESP32S3 with ESP32S3``."""
        if self.platform == "webassembly":
            return self.platform
        return self.machine.rpartition(" with ")[2].replace("-", "").lower()


class Cable:
    """A board's prompt. Opening interrupts the program that runs on the board; :meth:`reset` starts it again.

    Raises :class:`FlashError` with one line that says what to do when the port cannot be opened, the board does not
    answer, or it is lost later.
    """

    def __init__(self, port: str) -> None:
        from mpremote import transport_serial

        # mpremote prints what it received when it gives up; a library keeps quiet, the error says it.
        vars(transport_serial)["print"] = lambda *_args, **_options: None
        self.port = port
        self.lost = False
        """Whether the board went away; then nothing more can be asked of it."""
        self._errors: tuple[type[Exception], ...] = (transport_serial.TransportError, OSError, struct.error)
        self._connect: Callable[[], Any] = lambda: transport_serial.SerialTransport(port)
        self._line = self._open()
        try:
            self.knock()
        except FlashError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the port; the board stays as it is."""
        with suppress(*self._errors):
            self._line.close()

    def look(self) -> About:
        """Which Python runs there and how much room there is."""
        return About(*self.answer(_LOOK))

    def hashes(self, paths: Iterable[str]) -> dict[str, str]:
        """SHA-256 (hex) of files on the board, by path; those that are not there are left out."""
        found = self.answer(_HASH + f"print({{p: _hash(p) for p in {list(paths)!r}}})")
        return {path: value for path, value in found.items() if value}

    def files(self, folder: str) -> list[str]:
        """Paths of all files below a folder, with it in front; empty when there is no such folder."""
        return list(self.answer(_TREE + f"print(_tree({folder!r}))"))

    def read(self, path: str) -> bytes | None:
        """A small file's content, ``None`` when there is no such file."""
        content = self.answer(_READ + f"print(_read({path!r}))")
        return content if content is None else bytes(content)

    def make_folder(self, path: str) -> None:
        """Make a folder unless it is there."""
        self.run(f"import os\ntry:\n os.mkdir({path!r})\nexcept OSError:\n pass")

    def rename(self, old: str, new: str) -> None:
        """Rename a file, in place of another where there is one."""
        self.run(f"import os\nos.rename({old!r}, {new!r})")

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files, as far as they are there."""
        each = f"for p in {list(paths)!r}:\n try:\n  os.remove(p)\n except OSError:\n  pass"
        self.run(f"import os\n{each}")

    def write(self, path: str, content: bytes, progress: Callable[[int], None] = lambda _done: None) -> None:
        """Write a file; ``progress`` is told how many of its bytes are there."""
        self.run(f"from binascii import a2b_base64 as _d\n_f = open({path!r}, 'wb')")
        for at in range(0, len(content), CHUNK_BYTES):
            chunk = content[at : at + CHUNK_BYTES]
            self.run(f"_f.write(_d({b64encode(chunk)!r}))")
            progress(at + len(chunk))
        self.run("_f.close()")

    def answer(self, source: str) -> Any:
        """Run source whose last print shows a literal, and return that."""
        said = self.run(source)
        try:
            return ast.literal_eval(said.strip().splitlines()[-1])
        except (ValueError, SyntaxError, IndexError):
            raise FlashError(f"{self.port} answers, but not as MicroPython does: '{said[:60].strip()}'") from None

    def run(self, source: str, patience_s: float | None = None) -> str:
        """Run source on the board; what it printed. A board that is silent for longer counts as lost."""
        try:
            said, error = self._line.exec_raw(source, timeout=patience_s or PATIENCE_S)
        except self._errors as lost:
            raise self._lost(lost) from None
        if error:
            reason = error.decode(errors="replace").strip().splitlines()[-1]
            raise FlashError(f"the board at {self.port} could not do it: {reason}")
        return bytes(said).decode(errors="replace")

    def reset(self) -> None:
        """Reset the board, as its button would; it starts its program. Then only :meth:`listen` or :meth:`knock`."""
        try:
            self._line.exec_raw_no_follow("import machine\nmachine.reset()")
            self._line.in_raw_repl = False
        except self._errors as lost:
            raise self._lost(lost) from None

    def listen(self, until: Callable[[str], bool], patience_s: float) -> str:
        """What the board prints after a reset, until that satisfies, or nothing more comes for ``patience_s``."""
        heard, silent = bytearray(), 0
        while not until(heard.decode(errors="replace")) and silent * BREATH_S < patience_s:
            before = len(heard)
            try:
                self._line.serial.timeout = BREATH_S  # a pseudo terminal does not tell whether there is something
                self._line.read_until(1, b"\n", timeout=BREATH_S, data_consumer=heard.extend)
            except self._errors:  # a board with USB of its own goes away while it starts
                if not self._reconnect():
                    break
            silent = silent + 1 if len(heard) == before else 0
        return heard.decode(errors="replace")

    def knock(self) -> None:
        """Come to the prompt, after a reset or out of whatever runs."""
        for earlier in range(KNOCKS):
            try:
                self._enter()
                if earlier:  # it was busy, and may answer each of the knocks: once more when it has
                    self.listen(lambda _heard: False, 2 * BREATH_S)
                    self._enter()
                return
            except self._errors as error:
                gone = isinstance(error, OSError)
                if gone and (self.lost or not self._reconnect()):
                    raise self._lost(error) from None
        raise FlashError(
            f"the board at {self.port} does not answer: is it a MicroPython board? Press its reset button and try again"
        )

    def _enter(self) -> None:
        self._line.serial.timeout = PATIENCE_S  # mpremote would wait for ever for the answer to a command
        self._line.enter_raw_repl(soft_reset=False, timeout_overall=KNOCK_S)

    def _open(self) -> Any:
        """The port, for which a program that is just closing it may be waited a moment."""
        for _ in range(OPENINGS):
            try:
                return self._connect()
            except self._errors as error:
                failed = error
                time.sleep(BREATH_S)
        raise FlashError(_why_not_open(self.port, failed))

    def _reconnect(self) -> bool:
        """Open the port again once it is back; False when it stays away."""
        self.close()
        for _ in range(int(RETURN_S / BREATH_S)):
            time.sleep(BREATH_S)
            try:
                self._line = self._connect()
                return True
            except self._errors:
                continue
        return False

    def _lost(self, error: Exception) -> FlashError:
        self.lost = True
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return FlashError(
            f"lost the board at {self.port} ({reason}): connect it again and repeat, it goes on where it stopped"
        )


def _why_not_open(port: str, error: Exception) -> str:
    """Why a port cannot be opened; mpremote only says that, so it is tried once more."""
    import serial

    reason: object = error
    try:
        serial.serial_for_url(port, exclusive=True).close()
    except (OSError, ValueError) as real:
        reason = real
    code = getattr(reason, "errno", None) or 0
    said = str(reason).lower()
    if "refused" in said:
        return f"nothing answers at {port}, or another program is connected to it: close that one"
    if code in (16, 11) or "busy" in said or "lock" in said or ("denied" in said and os.name == "nt"):
        return f"{port} is in use: close the other program that has it open (a terminal, an editor)"
    if code == 13 or "denied" in said:
        return f"no permission to open {port}: add yourself to the group that owns it (often dialout), then log in anew"
    if code == 2 or "no such" in said or "could not find" in said or "could not open" in said:
        return f"there is no port {port}: gradsock flash --list shows those that there are"
    if code == 25 or "inappropriate ioctl" in said:
        return f"{port} is no serial port: gradsock flash --list shows those that there are"
    return f"{port} cannot be opened: {said.splitlines()[0] if said else reason}"
