"""How far the first evening has come: kept in a file, so that it can be left and gone on with."""

import json
import os
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self

from gradsock import jsontext
from gradsock.errors import GradsockError
from gradsock.places import make_private, state_folder

STEPS = ("read", "flash", "side", "prescription", "leg", "calibrate", "donning")
BEFORE_YOU_WEAR_IT = Path(__file__).parents[2] / "docs/before-you-wear-it.md"


@dataclass
class Evening:
    """What is done and known by now; :meth:`done` writes it down."""

    finished: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    port: str = ""
    board: str = ""
    serial: str = ""
    sock: str = ""  # its moniker
    side: str = ""
    prescription: str = ""

    @classmethod
    def load(cls) -> Self:
        """As it was left; from the beginning where nothing, or nothing readable, was written."""
        try:
            stored = jsontext.loads(_file().read_text(encoding="utf-8"))
            known = {key: value for key, value in stored.items() if key in cls.__dataclass_fields__}
            evening = cls(**known)
            evening.finished = [str(step) for step in evening.finished if step in STEPS]
        except (OSError, ValueError, TypeError, AttributeError):
            return cls()
        return evening

    def next_step(self) -> str | None:
        """The first step that is not finished; None at the end."""
        return next((step for step in STEPS if step not in self.finished), None)

    def redo(self, step: str) -> None:
        """Have a step done again; with a calibration also the verdict that it was wanted for."""
        again = {step} | ({"donning"} & set(self.skipped) if step == "calibrate" else set())
        self.finished = [name for name in self.finished if name not in again]

    def done(self, step: str, *, skipped: bool = False) -> None:
        """Note that a step is finished, or was skipped for now."""
        self.finished = [*(name for name in self.finished if name != step), step]
        self.skipped = [name for name in self.skipped if name != step] + [step] * skipped
        self.save()

    def save(self) -> None:
        """Write it down; GradsockError when that cannot be."""
        _replace(_file(), json.dumps(asdict(self), indent=1))


def has_read() -> bool:
    """Whether somebody here has confirmed the page as it is now."""
    try:
        return _confirmation().read_text(encoding="utf-8").strip() == _digest()
    except OSError:
        return False


def note_read() -> None:
    """Note that the page was confirmed: it is not shown again until it says something else."""
    _replace(_confirmation(), _digest())


def before_you_wear_it() -> str:
    """The page, without its marks."""
    text = BEFORE_YOU_WEAR_IT.read_text(encoding="utf-8")
    return text.replace("**", "").replace("`", "").removeprefix("# ")


def _digest() -> str:
    return sha256(BEFORE_YOU_WEAR_IT.read_bytes()).hexdigest()


def _file() -> Path:
    return state_folder() / "first-evening.json"


def _confirmation() -> Path:
    return state_folder() / "before-you-wear-it"


def _replace(file: Path, text: str) -> None:
    try:
        make_private(file.parent)
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise GradsockError(f"cannot write {file} ({error.strerror}): set GRADSOCK_HOME to another folder") from None
