"""The maker's guide: what is made from facts is up to date, the drawings are sound, the words are those of wellness."""

import itertools
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from gradsock.boards import facts_of, names, parts_of
from gradsock.boards.drawing.electronics import TARGETS
from gradsock.boards.drawing.svg import COLOURS, Point
from gradsock.boards.drawing.wiring import routes
from gradsock.boards.pages import DOCS, pages

SVG = "{http://www.w3.org/2000/svg}"
Segment = tuple[Point, Point]
WIDEST = {"small": 6.2, "large": 9.6, "bold": 7.8, "": 7.1}
"""Pixels per letter, on average over a line, of fonts that browsers fall back to."""
PAGES = pages()
NEVER = ("prevents", "detects", "medical-grade", "alarm", "diagnos", " safe ")
GUIDES = [DOCS / "building.md", DOCS / "boards.md", *sorted((DOCS / "builds").glob("*.md"))]


def segments(points: list[Point]) -> list[Segment]:
    return [(a, b) for a, b in itertools.pairwise(points) if a != b]


def lie_on_each_other(one: Segment, other: Segment, apart: float = 4) -> bool:
    """Whether two axis-parallel pieces of wire run along the same line for a while."""
    for axis in (0, 1):
        across = 1 - axis
        if one[0][across] == one[1][across] and other[0][across] == other[1][across]:
            start = max(min(p[axis] for p in one), min(p[axis] for p in other))
            end = min(max(p[axis] for p in one), max(p[axis] for p in other))
            if end - start > apart and abs(one[0][across] - other[0][across]) < apart:
                return True
    return False


@pytest.mark.parametrize("path", list(PAGES), ids=lambda path: path.name)
def test_what_is_made_from_facts_is_up_to_date(path: Path) -> None:
    """If not: python -m gradsock.boards"""
    assert path.read_text(encoding="utf-8") == PAGES[path]


def test_no_page_or_drawing_is_left_of_a_board_that_is_gone() -> None:
    found = {*(DOCS / "builds").iterdir(), *(DOCS / "drawings").glob("wiring-*")}
    assert found <= set(PAGES)


@pytest.mark.parametrize("board", names())
def test_no_two_wires_of_a_drawing_lie_on_each_other(board: str) -> None:
    found = routes(facts_of(board), parts_of(board))
    assert set(found) == set(TARGETS)
    for (one, points), (other, others) in itertools.combinations(found.items(), 2):
        for piece, other_piece in itertools.product(segments(points), segments(others)):
            assert not lie_on_each_other(piece, other_piece), f"{one} and {other}: {piece} {other_piece}"


@pytest.mark.parametrize("path", sorted((DOCS / "drawings").glob("*.svg")), ids=lambda path: path.stem)
def test_a_drawing_reads_on_light_and_on_dark_and_aloud(path: Path) -> None:
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    title, style = root.find(f"{SVG}title"), root.find(f"{SVG}style")
    assert title is not None and title.text
    assert style is not None and style.text
    light, dark = style.text.split("@media (prefers-color-scheme:dark)")
    for name, (on_light, on_dark) in COLOURS.items():
        assert f".f-{name}{{fill:{on_light}}}" in light
        assert f".f-{name}{{fill:{on_dark}}}" in dark
    used = {word for node in root.iter() for word in node.get("class", "").split() if word[:2] in ("f-", "s-")}
    assert used <= {f"{kind}-{name}" for kind in "fs" for name in [*COLOURS, "none"]}


def test_words_stand_out_from_their_paper() -> None:
    """WCAG's 4.5 to 1 for text, on both papers."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for index in (0, 1):
        paper = light(COLOURS["paper"][index])
        for name in ("ink", "faint", "red", "blue", "green", "orange", "purple", "teal", "brown"):
            low, high = sorted((paper, light(COLOURS[name][index])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"{name} on {COLOURS['paper'][index]}"


@pytest.mark.parametrize("path", sorted((DOCS / "drawings").glob("*.svg")), ids=lambda path: path.stem)
def test_nothing_is_drawn_or_written_outside_the_sheet(path: Path) -> None:
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for node in root.iter(f"{SVG}text"):
        x, y = float(node.get("x", 0)), float(node.get("y", 0))
        size = next((size for size in WIDEST if size in node.get("class", "").split()), "")
        length = WIDEST[size] * len(node.text or "")
        start = {"end": x - length, "middle": x - length / 2}.get(node.get("text-anchor", ""), x)
        assert start >= 0 and start + length <= width, node.text
        assert 10 <= y <= height - 5, node.text


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_links_of_the_guide_lead_somewhere(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith("http"):
            assert (guide.parent / target).is_file(), target
    own = {
        re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in text.splitlines()
        if line[:1] == "#"
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= own


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_the_guide_keeps_to_wellness_wording(guide: Path) -> None:
    text = f" {guide.read_text(encoding='utf-8').lower()} "
    assert not [word for word in NEVER if word in text]


def test_the_guide_says_what_matters_most() -> None:
    text = " ".join((DOCS / "building.md").read_text(encoding="utf-8").split())
    for sentence in (
        "Never wear the sock while it charges or while a USB cable is in it",
        "with its own protection circuit",
        "without a physician's word",
        "take the sock off. If it does not pass, ask a physician",
        "3 cm below the sock's top edge",
        "no build on this page has been verified on hardware yet",
        "It is not a medical device",
    ):
        assert sentence in text
    for board in names():
        assert f"builds/{board}.md" in text
