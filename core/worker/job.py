"""One request being worked on: what was asked, how far it is, whether it is still wanted."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ..languages import translate
from ..texts import Text
from .messages import Message

_PACKAGE = __name__.partition(".core.")[0]
_EVERY = 0.05  # seconds between two messages of progress


class Cancelled(Exception):  # noqa: N818 - nothing went wrong
    """The client does not want the answer any more."""


class BadRequest(ValueError):  # noqa: N818
    """A request that no client of ours sends: a bug, or another protocol."""


@dataclass
class Job:
    """What a handler is given.

    Attributes:
        request: what was asked for.
        tell: sends a message to the client.
        stop: set when the answer is not wanted any more.
        keep: whether what was reached when it stopped is wanted all the same.
        deserted: the client hung up, or died, without saying that the work was for nothing.
        notes: what the user should know, gathered on the way.
        answered: whether the client may ask for something else.
    """

    request: Message
    tell: Callable[[Message], None]
    stop: threading.Event = field(default_factory=threading.Event)
    keep: bool = False
    deserted: bool = False
    notes: list[Text] = field(default_factory=list)
    answered: bool = False
    _last: float = 0.0
    _text: str = ""

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Say how far the job is; raises Cancelled where that is of no interest any more."""
        self.check()
        now = time.monotonic()
        if now - self._last < _EVERY and text == self._text and done < total:
            return
        self._last, self._text = now, text
        try:
            self.tell(Message({"type": "progress", "done": done, "total": total, "text": text}))
        except OSError as error:  # nobody listens any more, and the session may not know it yet
            self.deserted = self.keep or not self.stop.is_set()
            raise Cancelled from error

    def check(self) -> None:
        """Raise Cancelled if the answer is not wanted any more."""
        if self.stop.is_set():
            raise Cancelled

    def said(self, text: Text) -> str:
        """A text in the client's language."""
        return translate(text, str(self.request.head.get("language", "en")))

    def text(self, name: str) -> str:
        """A value of the request that must be a string with something in it."""
        value = self.request.head.get(name)
        if not isinstance(value, str) or not value.strip():
            raise BadRequest(f"{name} must be a text, got {value!r}")
        return value

    def whole(self, name: str, least: int, most: int) -> int:
        """A value of the request that must be a whole number."""
        return int(_within(name, self.request.head.get(name), least, most, (int,)))

    def number(self, name: str, least: float, most: float) -> float:
        """A value of the request that must be a number."""
        return _within(name, self.request.head.get(name), least, most, (int, float))

    def flag(self, name: str) -> bool:
        """A value of the request that is true or false; false if it is missing."""
        return self.request.head.get(name) is True


def _within(name: str, value: Any, least: float, most: float, kinds: tuple[type, ...]) -> float:
    if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= most:
        raise BadRequest(f"{name} must be {least} to {most}, got {value!r}")
    return value


class _Notes(logging.Handler):
    """Gathers the texts that one thread warns with."""

    def __init__(self, notes: list[Text]) -> None:
        super().__init__(logging.WARNING)
        self._notes, self._thread = notes, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread and record.name.startswith(_PACKAGE) and isinstance(record.msg, Text):
            self._notes.append(record.msg)


@contextmanager
def gathering_notes(job: Job) -> Iterator[None]:
    """What this package warns of in this thread becomes notes of the job."""
    handler = _Notes(job.notes)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
