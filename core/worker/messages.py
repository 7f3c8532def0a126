"""Messages: one JSON object and any number of raw blobs, over a `multiprocessing` connection. Nothing is pickled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

PROTOCOL = 1  # raise when a client of before would be misunderstood
HEARTBEAT = 1.0  # seconds between two signs of life while a request is worked on
_MAX_JSON = 1 << 20
_MAX_BLOB = 1 << 28
_MAX_BLOBS = 1000


@dataclass(frozen=True)
class Message:
    """What is sent at once.

    Attributes:
        head: JSON values; `type` says what it is.
        blobs: raw bytes that belong to it.
    """

    head: dict[str, Any]
    blobs: Sequence[bytes] = field(default=())

    @property
    def type(self) -> str:
        """What the message is; empty if it does not say."""
        return str(self.head.get("type", ""))


def send(connection: Connection, message: Message) -> None:
    """Send a message; its blobs follow one by one.

    Raises:
        OSError: the other side is gone.
    """
    connection.send_bytes(json.dumps({**message.head, "blobs": len(message.blobs)}).encode())
    for blob in message.blobs:
        connection.send_bytes(blob)


def receive(connection: Connection) -> Message:
    """Wait for a message.

    Raises:
        EOFError, OSError: the other side is gone, or sends what is too long.
        ValueError: what it sends is no message.
    """
    head = json.loads(connection.recv_bytes(_MAX_JSON))
    if not isinstance(head, dict) or not isinstance(head.get("blobs", 0), int):
        raise ValueError("a message must be a JSON object")
    count = head.pop("blobs", 0)
    if not 0 <= count <= _MAX_BLOBS:
        raise ValueError(f"a message cannot have {count} blobs")
    return Message(head, [connection.recv_bytes(_MAX_BLOB) for _ in range(count)])
