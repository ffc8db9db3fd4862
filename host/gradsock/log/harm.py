"""What damage of its file costs a recording, and what there is to do about it: one wording for whoever uses it."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradsock.counting import counted
from gradsock.log import layout

if TYPE_CHECKING:
    from gradsock.log.recording import Recording


@dataclass(frozen=True)
class Harm:
    """Damage of a file, but not the unfinished record that a killed recorder leaves: nothing is lost by that.

    ``samples``: how many the file held and are gone, None where nobody can tell; ``blank``: per site in how many
    samples its reading is gone; ``told``: whether what was no sample (a mark, a verdict, a probe) may be gone.
    """

    path: Path
    places: int
    size_bytes: int
    samples: int | None
    blank: dict[str, int]
    told: bool

    @property
    def lost(self) -> str:
        """What is lost, as a part of a sentence."""
        gone = [counted(self.samples, "sample")] if self.samples else []
        for number in dict.fromkeys(self.blank.values()):
            sites = ", ".join(site for site, blank in self.blank.items() if blank == number)
            gone.append(f"the readings of {sites} in {counted(number, 'sample')}")
        if self.samples is None:
            gone.append("what stood there, samples or not")
        if gone:
            return f"lost: {', '.join(gone)}"
        return "no sample is lost, but a mark, a verdict or a time may be" if self.told else "nothing is lost by it"

    @property
    def what_to_do(self) -> str:
        """A sentence of its own."""
        listed = self.path.parent.name.startswith("date=")
        named = self.path.stem if listed else shlex.quote(str(self.path))
        if not (self.samples or self.samples is None or self.blank or self.told):
            return f"gradsock logs seal {named} writes it anew, so that other programs can read it too"
        return (
            "Put an undamaged copy of the file in its place if there is one; "
            f"else gradsock logs seal {named} writes it anew from what is left"
        )

    def in_words(self) -> str:
        """Where, what is lost and what to do, in one line."""
        where = f"{counted(self.size_bytes, 'byte')} in {counted(self.places, 'place')}"
        return f"{self.path.stem} is damaged ({where}); {self.lost}. {self.what_to_do}"


def harm_of(recording: "Recording") -> Harm | None:
    """What damage of its file costs a recording; None: there is none."""
    held = recording.contents
    hit = [damage for damage in recording.damage if not damage.torn]
    if not hit and not held.unreadable:
        return None
    said = (recording.closing or {}).get("received") if held.written is None else held.written
    samples = said - len(recording) if isinstance(said, int) else None
    sizes = sum(damage.length for damage in hit)
    return Harm(recording.path, len(hit) + len(held.unreadable), sizes, samples, held.blank, held.told_lost)


def kept_aside(path: Path) -> list[Path]:
    """The damaged files that a recording was made from as far as they could be read."""
    return sorted(path.parent.glob(f"{path.stem}.*{layout.DAMAGED}"))
