"""Findings, and the watch that opens and ends one without flapping."""

from . import const

INFO = const(1)
NOTICE = const(2)
WARNING = const(3)
LEVEL_NAMES = ("", "info", "notice", "warning")

_RESTS_S = const(60)
"""A verdict speaks of now: what has not held for so long stands behind none, though it is not over yet."""
_CLOSED_MAX = const(16)
"""Ended findings that are kept until somebody takes them."""


class Finding:
    """What the fit check reports.

    kind, site (name or None), level ("info", "notice", "warning"), start_ms (onset), notified_ms, end_ms (None while
    it is open), evidence (dict of integers: what decided, units in the names); over_ms: since when it has not held,
    None while it does; told: the level at which others were told of it, for whoever tells them.
    """

    def __init__(
        self, kind: str, site: str | None, level: str, start_ms: int, notified_ms: int, evidence: dict[str, int]
    ) -> None:
        self.kind = kind
        self.site = site
        self.level = level
        self.start_ms = start_ms
        self.notified_ms = notified_ms
        self.end_ms: int | None = None
        self.over_ms: int | None = None
        self.told = ""
        self.evidence = evidence


class Watch:
    """One kind of finding at one site: opens when wanted for `after_s` seconds on end, ends when unwanted for `end_s`.

    The caller asks for a level each second, and leaves a margin while `level` stands: persistence and hysteresis
    together keep a finding from flapping. `after_s` and `end_s` may be changed between seconds. A higher level that
    lasts raises the finding; a lower one ends it, and what is left may open anew. What ends is appended to `ended`.

    When it is told: once as it opens, and once more when its level rises. Never by the mere passing of time: it is
    told again only after it had ended, which takes `end_s` without it, and has then lasted for `after_s` anew.
    """

    def __init__(
        self, kind: str, site: str | None, after_s: int, end_s: int, ended: list[Finding], evidence: tuple[str, ...]
    ) -> None:
        self.kind = kind
        self.site = site
        self.level = 0
        self.finding: Finding | None = None
        self.after_s = after_s
        self.end_s = end_s
        self._ended = ended
        self._evidence = evidence
        self._wanted_s = 0  # for how long more than the present level has been asked for
        self._unwanted_s = 0
        self._start_ms = 0
        self._lowest = 0

    def update(self, now_ms: int, want: int, may_open: bool, first: int, second: int = 0, lag_s: int = 0) -> None:
        """One second; want: 0 or a level; first, second: the numbers that decide, named by `evidence`.

        may_open False: seconds count, but nothing is said before it is True. lag_s: how long ago it began already.
        """
        if not want and not self.level:
            self._wanted_s = 0
            return
        if want > self.level:
            if not self._wanted_s:
                self._start_ms = now_ms - 1000 * (lag_s + 1)
                self._lowest = want
            self._wanted_s += 1
            self._lowest = min(self._lowest, want)
            if self._wanted_s >= self.after_s and may_open:
                self._open(now_ms, dict(zip(self._evidence, (first, second))))  # noqa: B905
        else:
            self._wanted_s = 0
        if want >= self.level:
            self._unwanted_s = 0
            if self.finding is not None:
                self.finding.over_ms = None
        else:
            if not self._unwanted_s and self.finding is not None:
                self.finding.over_ms = now_ms - 1000
            self._unwanted_s += 1
            if self._unwanted_s >= self.end_s:
                self.end(now_ms)

    @property
    def holds(self) -> bool:
        """Whether what is open is so, or was within _RESTS_S."""
        return self._unwanted_s < _RESTS_S

    def end(self, now_ms: int) -> None:
        """Forget what was wanted, and end the finding if one is open: it ended when it last held."""
        if self.finding is not None:
            self.finding.end_ms = now_ms if self.finding.over_ms is None else self.finding.over_ms
            self._ended.append(self.finding)
            if len(self._ended) > _CLOSED_MAX:
                self._ended.pop(0)
        self.finding = None
        self.level = 0
        self._wanted_s = 0
        self._unwanted_s = 0

    def _open(self, now_ms: int, evidence: dict[str, int]) -> None:
        self.level = self._lowest
        self._wanted_s = 0
        name = LEVEL_NAMES[self.level]
        if self.finding is None:
            self.finding = Finding(self.kind, self.site, name, self._start_ms, now_ms, evidence)
        else:
            if self.finding.level == LEVEL_NAMES[INFO]:
                self.finding.notified_ms = now_ms  # what only informs is not told
            self.finding.level = name
            self.finding.evidence = evidence
