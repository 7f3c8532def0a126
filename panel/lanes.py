"""Many requests of many pages at once: which is the latest of a page, and how many of a kind are answered at a time."""

from __future__ import annotations

import threading
from typing import Any

from .panel_settings import PanelSettings

_MOST_PAGES = 1000  # whose requests are counted


class Latest:
    """The latest request of each page, so that the result of an earlier one that takes longer is not shown."""

    def __init__(self) -> None:
        self._numbers: dict[str | None, int] = {}
        self._lock = threading.Lock()

    def begin(self, page: str | None) -> int:
        """Return the number of a new request."""
        with self._lock:
            number = self._numbers.pop(page, 0) + 1
            self._numbers[page] = number
            while len(self._numbers) > _MOST_PAGES:
                self._numbers.pop(next(iter(self._numbers)))
            return number

    def is_latest(self, page: str | None, number: int) -> bool:
        """Whether no later request of the page has begun."""
        return self._numbers.get(page, number) == number


def lanes_of(settings: PanelSettings) -> dict[str, dict[str, Any]]:
    """Return the concurrency limits of events: few photos at full size at a time, because of memory, more small ones.

    Returns:
        Arguments of Gradio events by `renders`, `intake` (of small copies), `looks`, `crops` and `covers`.
    """
    limits = {"renders": settings.num_renders, "intake": settings.num_intakes, "looks": settings.num_looks}
    limits |= {"crops": settings.num_crops, "covers": settings.num_covers}
    return {name: {"concurrency_id": name, "concurrency_limit": limit} for name, limit in limits.items()}
