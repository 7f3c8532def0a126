"""The protocol as a client of version 0.3 speaks it, byte by byte."""

import json
from collections.abc import Iterator
from multiprocessing.connection import Client, Connection

import numpy as np
import pytest
from portrait_atelier.core.worker.endpoint import address_of

SIZE = (48, 40)


class OldClient:
    """The client of version 0.3, without any code of the package."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.greeting, _ = self.receive()

    def receive(self) -> tuple[dict, list[bytes]]:
        """Receive a message: JSON, then its blobs."""
        head = json.loads(self.connection.recv_bytes())
        return head, [self.connection.recv_bytes() for _ in range(head.get("blobs", 0))]

    def send(self, head: dict, blobs: tuple[bytes, ...] = ()) -> None:
        self.connection.send_bytes(json.dumps({**head, "blobs": len(blobs)}).encode())
        for blob in blobs:
            self.connection.send_bytes(blob)

    def ask(self, head: dict, blobs: tuple[bytes, ...] = ()) -> tuple[dict, list[bytes]]:
        """Return the result of a request; skip `alive` and progress messages."""
        self.send(head, blobs)
        while True:
            answer, found = self.receive()
            if answer["type"] not in ("alive", "progress"):
                return answer, found
            assert answer["type"] == "alive" or {"done", "total", "text"} <= set(answer)


@pytest.fixture
def client(worker_folder) -> Iterator[OldClient]:
    folder, _pid = worker_folder
    with Client(address_of(folder), authkey=(folder / "key").read_bytes()) as connection:
        yield OldClient(connection)


def test_it_is_greeted(client):
    assert client.greeting["type"] == "hello"
    assert (client.greeting["protocol"], set(client.greeting)) == (1, {"type", "protocol", "version", "pid", "blobs"})


def test_it_gets_the_list_of_styles(client):
    answer, blobs = client.ask({"type": "styles", "language": "de"})
    assert answer["type"] == "result"
    assert {"name", "kind", "description", "photos"} <= set(answer["styles"][0])
    assert blobs
    assert blobs[0][:2] == b"\xff\xd8"


def test_it_gets_a_preview(client):
    height, width = SIZE
    pixels = np.full((height, width, 4), 0.5, np.float32)
    shown, _ = client.ask(
        {"type": "show", "height": height, "width": width, "gray": False, "reduced": True}, (pixels.tobytes(),)
    )
    assert shown["type"] == "result"
    answer, blobs = client.ask({"type": "preview", "style": "golden-hour", "strength": 1.0, "variation": 0})
    assert (answer["type"], answer["width"], answer["height"]) == ("result", width, height)
    assert len(blobs[0]) == 4 * width * height


def test_it_restyles_a_layer_in_lent_memory(client):
    height, width = SIZE
    layout = {"height": height, "width": width, "channels": 3, "depth": "u8", "rgb": False, "alpha": False}
    lent, _ = client.ask({"type": "memory", **layout})
    assert lent["memory"] in ("handle", "file")
    assert lent["size"] == 3 * width * height
    if lent["memory"] == "handle":
        import os
        import socket

        with socket.socket(fileno=os.dup(client.connection.fileno())) as channel:
            os.close(socket.recv_fds(channel, 1, 1)[1][0])
    answer, _ = client.ask({"type": "restyle", **layout, "style": "golden-hour", "strength": 1.0, "variation": 0})
    assert (answer["type"], answer["name"], answer["channels"]) == ("result", "golden-hour", 3)


def test_an_error_has_a_message_and_a_cancel_may_say_keep(client):
    answer, _ = client.ask({"type": "style", "style": "no such style"})
    assert answer["type"] == "error"
    assert "no such style" in answer["message"]
    client.send({"type": "cancel", "keep": True})  # of nothing: no answer comes
    assert client.ask({"type": "styles"})[0]["type"] == "result"


def test_what_it_asks_of_learning_is_read(client, tmp_path):
    request = {
        "type": "learn",
        "folder": str(tmp_path),
        "name": "Mine",
        "training": "trained",
        "steps": 5,
        "overwrite": True,
    }
    answer, _ = client.ask(request)
    assert answer["type"] == "error"
    assert str(tmp_path) in answer["message"]
