"""Messages: a JSON object and raw blobs over a `multiprocessing` connection, without pickles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

PROTOCOL = 1  # increase with incompatible changes
HEARTBEAT = 1.0  # seconds between two `alive` messages during a request
_MAX_JSON = 1 << 20
_MAX_BLOB = 1 << 28
_MAX_BLOBS = 1000


@dataclass(frozen=True)
class Message:
    """A message of the protocol.

    Attributes:
        head: JSON values; `type` is the kind of message.
        blobs: raw bytes.
    """

    head: dict[str, Any]
    blobs: Sequence[bytes] = field(default=())

    @property
    def type(self) -> str:
        """The kind of message; empty if it is missing."""
        return str(self.head.get("type", ""))


def send(connection: Connection, message: Message) -> None:
    """Send a message, then its blobs one by one.

    Raises:
        OSError: the connection is lost.
    """
    connection.send_bytes(json.dumps({**message.head, "blobs": len(message.blobs)}).encode())
    for blob in message.blobs:
        connection.send_bytes(blob)


def receive(connection: Connection) -> Message:
    """Wait for a message.

    Raises:
        EOFError, OSError: the connection is lost, or the message is too long.
        ValueError: the data are no message.
    """
    head = json.loads(connection.recv_bytes(_MAX_JSON))
    if not isinstance(head, dict) or not isinstance(head.get("blobs", 0), int):
        raise ValueError("a message must be a JSON object")
    count = head.pop("blobs", 0)
    if not 0 <= count <= _MAX_BLOBS:
        raise ValueError(f"a message cannot have {count} blobs")
    return Message(head, [connection.recv_bytes(_MAX_BLOB) for _ in range(count)])
