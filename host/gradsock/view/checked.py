"""What the fit check found, as text."""

from collections.abc import Iterator

from sock import SITES

from gradsock.analysis.check import Checked, FoundSpan
from gradsock.view.words import duration


def describe(checked: Checked) -> str:
    """Several lines: what was asked, the verdicts over time, the findings."""
    return "\n".join(_lines(checked))


def _lines(checked: Checked) -> Iterator[str]:
    yield f"{checked.samples:,} samples over {duration(checked.duration_s)}"
    missing = [f"{checked.lost:,} samples lost"] if checked.lost else []
    missing += [f"{checked.damaged_bytes:,} bytes damaged"] if checked.damaged_bytes else []
    if missing:
        yield f"not whole: {', '.join(missing)}; gradsock logs show tells where"
    yield f"prescription {checked.prescription.text}: {_bands(checked)}"
    share = checked.descending_fraction
    falling = "not enough evidence" if share is None else f"{100 * share:.0f} % of the time"
    yield f"pressure falling from ankle to knee: {falling}"
    yield "verdicts"
    for span in checked.verdicts:
        yield f"  {duration(span.start_s):>8} - {duration(span.end_s):>8}  {span.verdict}"
    yield "findings" if checked.findings else "findings: none"
    for found in checked.findings:
        yield f"  {_found(found)}"


def _bands(checked: Checked) -> str:
    told = []
    for site, band in zip(SITES, checked.prescription.bands, strict=True):
        if band is not None:
            low, high = ("" if end is None else f"{end / 100:.0f}" for end in band)
            told.append(f"{site} {low or 'up to '}{'-' if low and high else ''}{high or ' and more'} mmHg")
    return ", ".join(told)


def _found(found: FoundSpan) -> str:
    where = f" at the {found.site}" if found.site else ""
    end = "still there at the end" if found.end_s is None else f"until {duration(found.end_s)}"
    said = "" if found.notified_s is None else f", said after {duration(found.notified_s - found.start_s)}"
    return f"{found.level:<8} {found.kind}{where} from {duration(found.start_s)} {end}{said}"
