"""Shared memory for pixels: unnamed where possible, and always freed."""

import os
import sys

import numpy as np
import pytest
from portrait_atelier.core.errors import WorkerError
from portrait_atelier.core.worker import memory as memory_of_worker
from portrait_atelier.core.worker.client_state import ClientState
from portrait_atelier.core.worker.memory import PixelMemory, allocate_memory, delete_stale_files
from worker_process import atelier_client, connect, in_thread, layout_of, pixels, restyled, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="looks at Unix's files of a process")


def lent(pid: int) -> int:
    """How many pieces of pixel memory a process holds."""
    links = []
    for handle in os.listdir(f"/proc/{pid}/fd"):
        try:
            links.append(os.readlink(f"/proc/{pid}/fd/{handle}"))
        except OSError:
            continue
    return sum("memfd:portrait-atelier" in link for link in links)


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@linux
def test_memory_has_no_name_and_goes_with_the_connection(worker_folder):
    where, pid = worker_folder
    before = set(os.listdir(where))
    with connect(where) as worker:
        memory = worker.allocate(layout_of(pixels("u8", 3), "u8"))
        assert lent(pid)
        assert set(os.listdir(where)) == before
        memory.close()
    wait_until(lambda: lent(pid) == 0)


@linux
def test_a_client_that_vanishes_while_it_is_served_leaves_nothing(worker_folder):
    where, pid = worker_folder
    array = np.tile(pixels("float", 4), (40, 40, 1))
    worker = connect(where)
    layout = layout_of(array, "float")
    worker.allocate(layout).close()
    worker._send({"type": "restyle", **layout, "style": "red-chalk", "strength": 1.0, "variation": 0})
    assert worker._connection.poll(120)  # it has started
    worker.close()
    wait_until(lambda: lent(pid) == 0)
    with connect(where) as another:
        assert restyled(another, pixels("u8", 3), "u8")[1]["name"] == "golden-hour"


@pytest.mark.parametrize("kind", ["unlinked", "file"])
def test_memory_of_other_systems_leaves_no_file_either(tmp_path, kind):
    memory = PixelMemory(1 << 16, tmp_path, kind)
    assert len(list(tmp_path.iterdir())) == (1 if kind == "file" else 0)
    memory.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_worker_left_is_removed_by_the_next(tmp_path):
    PixelMemory(1 << 16, tmp_path, "file")
    (tmp_path / "key").touch()
    delete_stale_files(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


@linux
def test_where_memory_has_no_room_it_is_a_file_without_a_name(tmp_path, monkeypatch):
    monkeypatch.setattr(memory_of_worker, "_require_memory", refuse)
    memory = allocate_memory(1 << 16, tmp_path)
    assert memory.path is None
    assert len(memory.view) == 1 << 16
    assert list(tmp_path.iterdir()) == []
    memory.close()


@linux
def test_that_there_is_no_room_is_told_with_both_causes_and_what_to_do(tmp_path):
    text = r"no room for 1000000000 MB of pixels \(in memory: \d+ MB are free; in /.*\); close other images or programs"
    with pytest.raises(WorkerError, match=text):
        allocate_memory(10**15, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_worker_lost_before_it_handed_the_memory_over_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(ClientState, "hand_over", lambda _client, connection: connection.close())
    worker, thread = in_thread(tmp_path / "run", 60)
    client = connect(tmp_path / "run")
    with pytest.raises(atelier_client.WorkerLost, match=r"ended unexpectedly. Nothing was changed; try again"):
        client.allocate(layout_of(pixels("u8", 3), "u8"))
    assert client.is_closed
    worker.stop()
    thread.join(120)


def test_a_worker_that_hangs_before_it_hands_the_memory_over_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(atelier_client, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(ClientState, "hand_over", lambda _client, _connection: None)
    worker, thread = in_thread(tmp_path / "run", 60)
    client = connect(tmp_path / "run")
    monkeypatch.setattr(client._connection, "poll", lambda seconds: seconds != 0.5)
    with pytest.raises(atelier_client.WorkerLost):
        client.allocate(layout_of(pixels("u8", 3), "u8"))
    worker.stop()
    thread.join(120)


def test_files_that_clients_held_too_long_go_with_the_last_of_them(tmp_path):
    worker, thread = in_thread(tmp_path / "run", 60)
    first = connect(tmp_path / "run")
    left = tmp_path / "run" / "pixels-left"
    left.touch()
    connect(tmp_path / "run").close()
    wait_until(lambda: len(worker._sessions) == 1)
    assert left.exists()
    first.close()
    wait_until(lambda: not left.exists())
    worker.stop()
    thread.join(120)


def refuse(_size):
    raise MemoryError("1 MB are free")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "not enough memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), "not enough memory"),
        (RuntimeError("can't start new thread"), "not enough memory"),
        (ValueError("no"), r"something unexpected went wrong \(ValueError: no\); the worker's log says more"),
    ],
)
def test_full_memory_is_told_whichever_library_says_so(tmp_path, monkeypatch, error, said):
    from portrait_atelier.core.worker import requests

    def fail(_job, _client):
        raise error

    monkeypatch.setitem(requests.HANDLERS, "fail", fail)
    worker, thread = in_thread(tmp_path / "run", 60)
    with connect(tmp_path / "run") as client, pytest.raises(atelier_client.Problem, match=said):
        client.ask("fail")
    worker.stop()
    thread.join(120)
