"""The lifetime of a worker, and failures."""

import os
import signal
import sys
import time

import pytest
from worker_process import atelier_client, connect, in_thread, running

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")


def test_an_idle_worker_goes_and_takes_its_socket_along(tmp_path):
    _worker, thread = in_thread(tmp_path / "run", 0.6)
    thread.join(10)
    assert not thread.is_alive()
    assert not (tmp_path / "run" / "socket").exists()


def test_a_worker_with_a_connection_is_not_idle(tmp_path):
    folder = tmp_path / "run"
    worker, thread = in_thread(folder, 0.6)
    with connect(folder):
        time.sleep(1.5)
        assert thread.is_alive()
    thread.join(10)
    assert not thread.is_alive()
    worker.stop()


def test_a_worker_that_is_killed_is_told_and_the_next_call_starts_another(tmp_path):
    folder = tmp_path / "run"
    with running(folder) as process:
        worker = connect(folder)
        process.kill()
        with pytest.raises(atelier_client.Problem, match=r"ended unexpectedly. Nothing was changed; try again.*log"):
            worker.ask("styles")
        process.wait()
    with running(folder), connect(folder) as worker:
        assert worker.ask("styles")["styles"]


def test_a_worker_that_hangs_is_ended_and_told(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    monkeypatch.setattr(atelier_client, "SILENCE", 1.5)
    with running(folder) as process:
        worker = connect(folder)
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(atelier_client.Problem, match=r"no sign of life for 2 seconds and was ended.*try again"):
            worker.ask("styles")
        assert process.wait(10) == -signal.SIGKILL


class Silent:
    """A connection on which something comes after so many polls."""

    def __init__(self, polls: int) -> None:
        self.polls = polls

    def poll(self, _seconds):
        self.polls -= 1
        return self.polls < 0

    def recv_bytes(self):
        return b'{"type": "result"}'


def test_a_computer_that_slept_while_it_waited_does_not_take_the_worker_for_hung(monkeypatch):
    hours = iter(range(0, 36000, 3600))
    monkeypatch.setattr(atelier_client.time, "monotonic", lambda: next(hours))
    worker = atelier_client.Worker(Silent(2), None, {})
    assert worker._next(lambda: None).head == {"type": "result"}


def test_silence_is_counted_with_what_is_done_meanwhile(monkeypatch):
    monkeypatch.setattr(atelier_client, "SILENCE", 1.0)
    silent = Silent(50)
    with pytest.raises(atelier_client.Unresponsive):
        atelier_client.Worker(silent, None, {})._next(None)
    assert silent.polls in (39, 40)
    slow = Silent(50)
    with pytest.raises(atelier_client.Unresponsive):
        atelier_client.Worker(slow, None, {})._next(lambda: time.sleep(0.3))
    assert slow.polls == 47


def test_signs_of_life_keep_a_slow_answer_from_being_taken_for_none(tmp_path, monkeypatch):
    monkeypatch.setattr(atelier_client, "SILENCE", 2.5)
    from portrait_atelier.core.worker import requests
    from portrait_atelier.core.worker.messages import Message

    def slow(_job, _client):
        time.sleep(4)
        return Message({"slept": True})

    monkeypatch.setitem(requests.HANDLERS, "sleep", slow)
    worker, _thread = in_thread(tmp_path / "run", 60)
    with connect(tmp_path / "run") as client:
        assert client.ask("sleep")["slept"]
    worker.stop()
