"""What damage of its file costs a recording, and what there is to do about it: one wording for whoever uses it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsock.counting import counted
from gradsock.log import layout
from gradsock.log.ranges import Ranges

if TYPE_CHECKING:
    from gradsock.log.recording import Recording

NOTED = "damage"
"""Where the loss account of a session that was written anew keeps what that had lost."""


@dataclass(frozen=True)
class Loss:
    """What damage took away.

    ``samples``: how many the file held and are gone, None where nobody can tell; ``blank``: per site of which samples
    its reading is gone; ``told``: whether what was no sample (a mark, a verdict, a probe) may be gone.
    """

    samples: int | None = 0
    blank: Mapping[str, Ranges] = field(default_factory=dict)
    told: bool = False

    @property
    def anything(self) -> bool:
        """Whether anything is lost, or may be."""
        return self.samples != 0 or self.told or any(len(of_site) for of_site in self.blank.values())

    @property
    def lost(self) -> str:
        """What is lost, as a part of a sentence."""
        gone = [counted(self.samples, "sample")] if self.samples else []
        numbers = {site: len(of_site) for site, of_site in self.blank.items() if len(of_site)}
        for number in dict.fromkeys(numbers.values()):
            sites = ", ".join(site for site, blank in numbers.items() if blank == number)
            gone.append(f"the readings of {sites} in {counted(number, 'sample')}")
        if self.samples is None:
            gone.append("what stood there, samples or not")
        if gone:
            return f"lost: {', '.join(gone)}"
        return "no sample is lost, but a mark, a verdict or a time may be" if self.told else "nothing is lost by it"

    @property
    def before(self) -> str:
        """The same of what has been written anew since."""
        return f"written anew after damage; {self.lost}"

    def noted(self) -> dict[str, Any]:
        """For the loss account of what is written anew."""
        blank = {site: [list(run) for run in of_site] for site, of_site in self.blank.items()}
        return {"samples": self.samples, "blank": blank, "told": self.told}


@dataclass(frozen=True, kw_only=True)
class Harm(Loss):
    """Damage of a file, but not the unfinished record that a killed recorder leaves: nothing is lost by that."""

    path: Path
    places: int
    size_bytes: int

    @property
    def what_to_do(self) -> str:
        """A sentence of its own."""
        named = layout.in_a_command(self.path)
        if not self.anything:
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
    return Harm(
        path=recording.path,
        places=len(hit) + len(held.unreadable),
        size_bytes=sum(damage.length for damage in hit),
        samples=said - len(recording) if isinstance(said, int) else None,
        blank=held.blank,
        told=held.told_lost,
    )


def loss_before(closing: Mapping[str, Any] | None) -> Loss | None:
    """What a recording had lost by damage when it was written anew, by its loss account; None: it was not."""
    try:
        said = (closing or {})[NOTED]
        blank = {
            str(site): Ranges((int(b), int(s), int(e)) for b, s, e in runs) for site, runs in said["blank"].items()
        }
        return Loss(None if said["samples"] is None else int(said["samples"]), blank, bool(said["told"]))
    except (LookupError, TypeError, ValueError, AttributeError):
        return None


def together(losses: Sequence[Loss]) -> Loss:
    """Several as one."""
    blank: dict[str, Ranges] = {}
    for loss in losses:
        for site, of_site in loss.blank.items():
            blank.setdefault(site, Ranges()).update(of_site)
    known = [loss.samples for loss in losses if loss.samples is not None]
    return Loss(sum(known) if len(known) == len(losses) else None, blank, any(loss.told for loss in losses))


def past(recording: "Recording") -> str:
    """That a recording was written anew after damage, what it had lost, and what is kept of it; empty: it was not."""
    kept = [path.name for path in kept_aside(recording.path)]
    before = recording.loss_before
    if before is None and not kept:
        return ""
    told = before.before if before is not None else "written anew after damage; what could not be read is missing"
    return told + (f"; kept as {', '.join(kept)}" if kept else "")


def kept_aside(path: Path) -> list[Path]:
    """The damaged files that a recording was made from as far as they could be read."""
    return sorted(path.parent.glob(f"{path.stem}.*{layout.DAMAGED}"))
