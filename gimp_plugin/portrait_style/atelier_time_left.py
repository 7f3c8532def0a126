"""How long work still takes, by its pace so far."""

from __future__ import annotations

import time

from atelier_words import _


class TimeLeft:
    """The time that is left of work in steps.

    Args:
        least: steps until the pace is known.
    """

    def __init__(self, least: int) -> None:
        self._least = least
        self._began: tuple[float, int] | None = None  # when the first step was seen, and which it was

    def begin_anew(self) -> None:
        """Forget the pace."""
        self._began = None

    def after(self, done: int, total: int) -> str:
        """Return what is left as the end of a line; empty as long as that is not known."""
        now = time.monotonic()
        if self._began is None:
            self._began = (now, done)
        since, first = self._began
        if done - first < self._least:
            return ""
        minutes = round((total - done) * (now - since) / (done - first) / 60)
        return " – " + (_("about {count} min left").format(count=minutes) if minutes else _("less than a minute left"))
