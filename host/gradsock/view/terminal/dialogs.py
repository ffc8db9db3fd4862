"""What the screen asks for and tells in a window of its own: a word for a mark, how long to snooze, the keys."""

from collections.abc import Callable
from typing import ClassVar

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from gradsock.errors import GradsockError

KEYS = (
    ("m", "mark what happens; a symptom is answered at once"),
    ("t", "tare: off the leg and flat, what it reads becomes its zero"),
    ("a", "ack: you have seen what it tells; silent until it gets worse"),
    ("s", "snooze its reminders for a while"),
    ("p", "pause: leg and traces stand still; verdict and recording go on"),
    ("tab, 1-9", "choose the sock that the keys are for"),
    ("?", "this page"),
    ("q", "end"),
)
"""One line each within 80 columns."""
SCROLLING = frozenset(("up", "down", "pageup", "pagedown", "home", "end"))
SIGNS = (
    "K knee   C calf   A ankle   with the band below",
    "● in its band   ▼ below   ▲ above   ○ nothing to compare with",
)


class Asked(ModalScreen[str | None]):
    """One line typed in answer; None when it was left. check: raises GradsockError for what makes no sense."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave", show=False)]
    DEFAULT_CSS = """
    Asked { align: center middle; }
    Asked > Vertical { width: 60; max-width: 95%; height: auto; border: round $accent; padding: 0 1; }
    Asked .wrong { color: #ff8a93; }
    """

    def __init__(self, question: str, example: str, check: Callable[[str], object]) -> None:
        super().__init__()
        self._question, self._example, self._check = question, example, check

    def compose(self) -> ComposeResult:
        """Question, line, and what is wrong with the answer."""
        with Vertical():
            yield Label(self._question)
            yield Input(placeholder=self._example)
            yield Label("enter: tell the sock   escape: leave", classes="hint", markup=False)

    def on_input_submitted(self, typed: Input.Submitted) -> None:
        """Take what makes sense."""
        text = typed.value.strip()
        if not text:
            self.dismiss(None)
            return
        try:
            self._check(text)
        except GradsockError as error:
            hint = self.query_one(".hint", Label)
            hint.update(str(error))
            hint.add_class("wrong")
            return
        self.dismiss(text)

    def action_leave(self) -> None:
        """Tell the sock nothing."""
        self.dismiss(None)


class Sure(ModalScreen[bool]):
    """A question that is answered with y; anything else is no."""

    DEFAULT_CSS = """
    Sure { align: center middle; }
    Sure > Static { width: 60; max-width: 95%; height: auto; border: round $accent; padding: 0 1; }
    """

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question."""
        yield Static(f"{self._question}\n\ny: yes   any other key: no", markup=False)

    def on_key(self, event: object) -> None:
        """Answer."""
        self.dismiss(getattr(event, "key", "") == "y")


class Help(ModalScreen[None]):
    """The keys and the signs."""

    DEFAULT_CSS = """
    Help { align: center middle; }
    Help > VerticalScroll {
        width: 76; max-width: 98%; height: auto; max-height: 98%; border: round $accent; padding: 0 1;
    }
    """

    def compose(self) -> ComposeResult:
        """A line per key; where there is no room for all of it, it scrolls."""
        table = Table.grid(padding=(0, 1))
        for key, does in KEYS:
            table.add_row(key, does)
        signs = Text("\n".join(["", *SIGNS, "", "any other key goes back"]))
        with VerticalScroll():
            yield Static(Group(table, signs))

    def on_key(self, event: Key) -> None:
        """Go back."""
        if event.key not in SCROLLING:
            self.dismiss(None)
