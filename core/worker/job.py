"""One request in progress: its fields, progress reports, cancelling, notes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ..languages import translate
from ..texts import Text
from .messages import Message

_PACKAGE = __name__.partition(".core.")[0]
_EVERY = 0.05  # seconds between two progress messages


class Cancelled(Exception):  # noqa: N818 - nothing went wrong
    """The request was cancelled."""


class BadRequest(ValueError):  # noqa: N818
    """An invalid request: a bug of the client, or another protocol."""


@dataclass
class Job:
    """The argument of a handler.

    Attributes:
        request: the message of the request.
        send: sends a message to the client.
        stop: set when the request is cancelled.
        keep: whether a cancelled training keeps its best style so far.
        client_gone: whether the connection was lost, as opposed to a cancel.
        notes: for the user, sent with the answer.
        answered: whether the request is complete.
    """

    request: Message
    send: Callable[[Message], None]
    stop: threading.Event = field(default_factory=threading.Event)
    keep: bool = False
    client_gone: bool = False
    notes: list[Text] = field(default_factory=list)
    answered: bool = False
    _last: float = 0.0
    _text: str = ""

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Report progress; raise Cancelled if the request was cancelled or the connection lost."""
        self.check()
        now = time.monotonic()
        if now - self._last < _EVERY and text == self._text and done < total:
            return
        self._last, self._text = now, text
        try:
            self.send(Message({"type": "progress", "done": done, "total": total, "text": text}))
        except OSError as error:  # the connection is lost, which the session may not have noticed yet
            self.client_gone = self.keep or not self.stop.is_set()
            raise Cancelled from error

    def tell(self, head: dict[str, Any], blobs: Sequence[bytes] = ()) -> None:
        """Send what there is to show on the way; raise Cancelled if the connection is lost."""
        try:
            self.send(Message({"type": "interim", **head}, blobs))
        except OSError as error:
            self.client_gone = self.keep or not self.stop.is_set()
            raise Cancelled from error

    def check(self) -> None:
        """Raise Cancelled if the request was cancelled."""
        if self.stop.is_set():
            raise Cancelled

    def translate(self, text: Text) -> str:
        """Translate a text to the client's language."""
        return translate(text, str(self.request.head.get("language", "en")))

    def str_field(self, name: str) -> str:
        """Return a field that must be a string which is not blank."""
        value = self.request.head.get(name)
        if not isinstance(value, str) or not value.strip():
            raise BadRequest(f"{name} must be a text, got {value!r}")
        return value

    def int_field(self, name: str, least: int, most: int) -> int:
        """Return a field that must be an integer in a range."""
        return int(_within(name, self.request.head.get(name), least, most, (int,)))

    def float_field(self, name: str, least: float, most: float) -> float:
        """Return a field that must be a number in a range."""
        return _within(name, self.request.head.get(name), least, most, (int, float))

    def bool_field(self, name: str) -> bool:
        """Return a boolean field; False if it is missing."""
        return self.request.head.get(name) is True


def _within(name: str, value: Any, least: float, most: float, kinds: tuple[type, ...]) -> float:
    if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= most:
        raise BadRequest(f"{name} must be {least} to {most}, got {value!r}")
    return value


class _Notes(logging.Handler):
    """Collects the warnings of one thread."""

    def __init__(self, notes: list[Text]) -> None:
        super().__init__(logging.WARNING)
        self._notes, self._thread = notes, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread and record.name.startswith(_PACKAGE) and isinstance(record.msg, Text):
            self._notes.append(record.msg)


@contextmanager
def collect_notes(job: Job) -> Iterator[None]:
    """Collect warnings of this package in this thread as notes of the job."""
    handler = _Notes(job.notes)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
