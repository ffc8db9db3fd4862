"""The screen of `gradsock live`: socks side by side, as many as have room, and keys that tell the chosen one things.

It only draws and tells: the socks are followed by whoever made it, and go on when it is left.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from rich.text import Text
from sock.words import answer_to_mark
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid
from textual.css.query import NoMatches
from textual.events import Resize
from textual.geometry import Size
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Footer, Static

from gradsock.errors import GradsockError, LinkLost
from gradsock.link import telling
from gradsock.link.reconnecting import Reconnecting
from gradsock.view.terminal.dialogs import Asked, Help, Sure
from gradsock.view.terminal.minute import Minute
from gradsock.view.terminal.panel import Panel, verdict_text
from gradsock.view.watched import Watched
from gradsock.view.words import verdict_of

FRAMES_PER_S = 4
LEAST_WIDTH, LEAST_HEIGHT = 36, 18
"""Columns and lines that a sock gets at least, as long as there are so many."""
ANSWER_S, SYMPTOM_S = 8.0, 60.0
"""How long they are to be read."""


@dataclass
class Shown:
    """One sock: what is known of it, its newest minute, and its link while there is one."""

    watched: Watched
    minute: Minute
    link: Callable[[], Reconnecting | None]


class LiveApp(App[None]):
    """Shows socks until it is left, or told to `exit`. note: what the last line says."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "gradsock live"
    CSS = """
    #socks { grid-gutter: 0; height: 1fr; }
    #others, #note { height: 1; }
    #note { color: $text-muted; }
    #told, #symptom { height: auto; max-height: 2; display: none; }
    #symptom { color: #ff8a93; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,h,f1", "help", "help", key_display="?"),  # first: a narrow line of keys ends early
        Binding("q", "quit", "end"),
        Binding("m", "mark", "mark"),
        Binding("t", "tare", "tare"),
        Binding("a", "ack", "ack"),
        Binding("s", "snooze", "snooze"),
        Binding("p", "pause", "pause"),
        Binding("tab", "choose(1)", "next sock", show=False, priority=True),
        Binding("shift+tab", "choose(-1)", "sock before", show=False, priority=True),
        *(Binding(str(number), f"choose_number({number - 1})", show=False) for number in range(1, 10)),
        Binding("ctrl+c,ctrl+q", "quit", "end", show=False, priority=True),
    ]

    def __init__(self, socks: Sequence[Shown], note: Callable[[], str]) -> None:
        super().__init__()
        self.socks = socks
        self.chosen = 0
        self.paused = False
        self._note = note
        self._panels = [Panel(shown.watched, shown.minute) for shown in socks]
        self._visible: tuple[int, ...] = ()
        self._room = Size(0, 0)
        self._lines: dict[str, Text] = {}
        self._ends: dict[str, Timer] = {}

    def compose(self) -> ComposeResult:
        """Socks that have no room, socks, a note, keys."""
        yield Static(id="others", markup=False)
        with Grid(id="socks"):
            yield from self._panels
        yield Static(id="symptom", markup=False)
        yield Static(id="told", markup=False)
        yield Static(id="note", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Begin to draw."""
        self._room = self.size
        self._arrange()
        self.set_interval(1 / FRAMES_PER_S, self.draw)

    def on_resize(self, event: Resize) -> None:
        """The terminal has another size."""
        self._room = event.size
        self._arrange()

    def _arrange(self) -> None:
        """As many socks beside and below each other as there is room for; the others are a line with their verdicts."""
        count = len(self._panels)
        across = max(1, min(count, self._room.width // LEAST_WIDTH))
        down = max(1, min(-(-count // across), (self._room.height - 3) // LEAST_HEIGHT))
        at_once = across * down
        first = self.chosen // at_once * at_once
        self._visible = tuple(range(first, min(count, first + at_once)))
        try:
            grid = self._base.query_one("#socks", Grid)
            self._base.query_one("#others").display = count > at_once
        except NoMatches:
            return  # not composed yet
        grid.styles.grid_size_columns = across
        grid.styles.grid_size_rows = down
        for number, panel in enumerate(self._panels):
            panel.display = number in self._visible
            panel.set_class(number == self.chosen and count > 1, "chosen")
        self.call_after_refresh(self.draw)

    def draw(self) -> None:
        """Show how everything is now."""
        if not self.is_running:
            return
        full_mmHg = max(self._panels[number].scale_mmHg for number in self._visible)
        for number in self._visible:
            panel = self._panels[number]
            panel.full_mmHg = full_mmHg
            prescription = panel.watched.prescription
            titles = (self._title(number), prescription.text if prescription else "")
            if titles != (panel.border_title, panel.border_subtitle):
                panel.border_title, panel.border_subtitle = titles
            panel.paused = self.paused
            panel.draw()
        self._tell_line("#others", self._others())
        self._tell_line("#note", Text(" ".join(self._note().split()), no_wrap=True, overflow="ellipsis"))

    def _tell_line(self, where: str, line: Text) -> None:
        """Put a line in its place, unless it is there already."""
        before = self._lines.get(where)
        if before is None or before != line or before.spans != line.spans:
            self._lines[where] = line
            self._base.query_one(where, Static).update(line)

    def _title(self, number: int) -> str:
        watched = self.socks[number].watched
        name = watched.info.name if watched.info else ""
        title = watched.label if name in ("", watched.label) else f"{watched.label} · {name}"
        title = title if len(self.socks) == 1 else f"{number + 1} {title}"
        return Text(f"{title} · PAUSED" if self.paused else title).markup

    def _others(self) -> Text:
        """All socks in a line, the chosen one marked: the verdict is told also of one that has no room."""
        line = Text(no_wrap=True, overflow="ellipsis")
        for number, shown in enumerate(self.socks):
            said = verdict_text(shown.watched) if shown.watched.fit else verdict_of(shown.watched)
            line.append(f" {number + 1} {shown.watched.label}: {said} ", "reverse" if number == self.chosen else "")
        return line

    @property
    def _base(self) -> Screen[object]:
        """The screen below any window."""
        return self.screen_stack[0]

    # Keys

    def action_choose(self, step: int) -> None:
        """The next sock, or the one before."""
        self.action_choose_number((self.chosen + step) % len(self.socks))

    def action_choose_number(self, number: int) -> None:
        """That sock, if there is one; keys are for it then, and it is on the screen."""
        if len(self.screen_stack) == 1 and number < len(self.socks):
            self.chosen = number
            self._arrange()

    def action_pause(self) -> None:
        """Leg and traces stand still, or go on."""
        self.paused = not self.paused
        self.draw()

    def action_help(self) -> None:
        """The keys."""
        self.push_screen(Help())

    def action_mark(self) -> None:
        """Ask for a word and mark it."""
        question = f"What happened, for {self._label}? At most 60 letters."

        def told(text: str | None) -> None:
            if text is None:
                return
            symptom = answer_to_mark(text)
            if symptom:
                self._say("#symptom", symptom, SYMPTOM_S)  # before anything that may fail
            self._tell(partial(_mark, text))

        self.push_screen(Asked(question, "stairs, cramp, smooth ...", telling.check_mark), told)

    def action_snooze(self) -> None:
        """Ask for how long, and have its reminders wait."""

        def told(text: str | None) -> None:
            if text is not None:
                self._tell(partial(_snooze, telling.snooze_min(text)))

        question = f"No reminders of {self._label}, for how long? 0: remind again"
        self.push_screen(Asked(question, "2h", telling.snooze_min), told)

    def action_tare(self) -> None:
        """Ask whether it lies flat, and have it take its zero."""

        def told(sure: bool | None) -> None:
            if sure:
                self._tell(telling.tare)

        self.push_screen(
            Sure(f"Does {self._label} lie flat on a table, off the leg, for a minute now? What it reads becomes zero."),
            told,
        )

    def action_ack(self) -> None:
        """The wearer has seen what it tells."""
        self._tell(telling.acknowledge)

    @property
    def _label(self) -> str:
        label = self.socks[self.chosen].watched.label
        return f"the {label} sock" if label in ("left", "right") else label

    def _tell(self, what: Callable[[telling.Control], Awaitable[str]]) -> None:
        """Have the chosen sock told, beside everything else, and show its answer."""
        self.run_worker(self._told(self.socks[self.chosen], what), exit_on_error=False)

    async def _told(self, shown: Shown, what: Callable[[telling.Control], Awaitable[str]]) -> None:
        link, label = shown.link(), shown.watched.label
        try:
            if link is None:
                raise LinkLost("not connected at the moment")
            said = f"{label} {await what(link.control)}"
        except (GradsockError, TimeoutError) as error:
            said = f"{label}: {error}"
        self._say("#told", said, ANSWER_S)

    def _say(self, where: str, text: str, seconds: float) -> None:
        """Show a line for a while; the next one in its place takes over."""
        line = self._base.query_one(where, Static)
        line.update(text)
        line.display = True
        if (waiting := self._ends.pop(where, None)) is not None:
            waiting.stop()
        self._ends[where] = self.set_timer(seconds, lambda: line.set_styles("display: none;"))


async def _mark(text: str, control: telling.Control) -> str:
    return await telling.mark(control, text)


async def _snooze(minutes: int, control: telling.Control) -> str:
    return await telling.snooze(control, minutes)
