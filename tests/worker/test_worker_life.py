"""The lifetime of a worker, and failures."""

import os
import signal
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from portrait_atelier.core.worker import requests, server, session
from portrait_atelier.core.worker.messages import Message
from worker_process import atelier_client, connect, in_thread, running, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")


class Clock:
    """Fake clock of the worker that a test can advance."""

    sleep = staticmethod(time.sleep)

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(server, "time", clock)
    return clock


def test_an_idle_worker_goes_and_takes_its_socket_along(tmp_path, clock):
    _worker, thread = in_thread(tmp_path / "run", 3600)
    clock.ahead += 3601
    thread.join(120)
    assert not thread.is_alive()
    assert not (tmp_path / "run" / "socket").exists()


def test_a_worker_with_a_connection_is_not_idle(tmp_path, clock, monkeypatch):
    worker, thread = in_thread(tmp_path / "run", 3600)
    wait, looks = worker._retire.wait, []
    monkeypatch.setattr(worker._retire, "wait", lambda seconds=None: looks.append(seconds) or wait(seconds))
    with connect(tmp_path / "run"):
        clock.ahead += 7200
        seen = len(looks)
        wait_until(lambda: len(looks) > seen + 2)
        assert thread.is_alive()
    wait_until(lambda: not worker._sessions)
    clock.ahead += 3601
    thread.join(120)
    assert not thread.is_alive()


def test_a_signal_that_comes_while_the_worker_holds_a_lock_ends_it(tmp_path):
    worker, thread = in_thread(tmp_path / "run", 3600)
    with worker._retire._cond, worker._sessions_lock:  # as the main thread, in which the signal is handled, may
        told = threading.Thread(target=worker.stop, daemon=True)
        told.start()
        told.join(30)
        assert not told.is_alive()
    thread.join(120)
    assert not thread.is_alive()


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
    monkeypatch.setattr(atelier_client, "SILENCE_SECONDS", 1.5)
    with running(folder) as process:
        worker = connect(folder)
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(atelier_client.Problem, match=r"no sign of life for 2 seconds and was ended.*try again"):
            worker.ask("styles")
        assert process.wait(300) == -signal.SIGKILL


class Silent:
    """A connection with a message after every so many polls; the last one is the answer."""

    def __init__(self, polls: int, signs_of_life: int = 0) -> None:
        self.polls, self._each, self._signs = polls, polls, signs_of_life

    def send_bytes(self, _data):
        pass

    def poll(self, _seconds):
        self.polls -= 1
        return self.polls < 0

    def recv_bytes(self):
        self.polls, self._signs = self._each, self._signs - 1
        return b'{"type": "alive"}' if self._signs >= 0 else b'{"type": "result"}'


@pytest.fixture
def standing(monkeypatch):
    """Fake clock of the client that only the test advances."""
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(atelier_client, "time", clock)
    return clock


def test_a_computer_that_slept_while_it_waited_does_not_take_the_worker_for_hung(standing):
    def sleep():
        standing.now += 3600

    worker = atelier_client.Worker(Silent(2), None, {})
    assert worker._next_message(sleep).head == {"type": "result"}


def test_silence_is_counted_with_what_is_done_meanwhile(monkeypatch, standing):
    def work():
        standing.now += 0.3

    monkeypatch.setattr(atelier_client, "SILENCE_SECONDS", 1.0)
    silent = Silent(50)
    with pytest.raises(atelier_client.Unresponsive):
        atelier_client.Worker(silent, None, {})._next_message(None)
    assert silent.polls in (39, 40)
    slow = Silent(50)
    with pytest.raises(atelier_client.Unresponsive):
        atelier_client.Worker(slow, None, {})._next_message(work)
    assert slow.polls == 47


def test_silence_begins_anew_with_each_sign_of_life(monkeypatch, standing):
    monkeypatch.setattr(atelier_client, "SILENCE_SECONDS", 4.0)  # 40 polls
    worker = atelier_client.Worker(Silent(30, signs_of_life=3), None, {})
    assert worker.ask("anything").head == {"type": "result"}


def test_a_slow_answer_comes_with_signs_of_life(tmp_path, monkeypatch):
    monkeypatch.setattr(session, "HEARTBEAT", 0.05)
    enough, heard, taken = threading.Event(), [], atelier_client.Worker._handle_message

    def noting(client, answer, *told):
        heard.append(answer.head.get("type"))
        if heard.count("alive") == 3:
            enough.set()
        return taken(client, answer, *told)

    monkeypatch.setattr(atelier_client.Worker, "_handle_message", noting)
    monkeypatch.setitem(requests.HANDLERS, "slow", lambda _job, _client: Message({"heard": enough.wait(300)}))
    worker, _thread = in_thread(tmp_path / "run", 60)
    with connect(tmp_path / "run") as client:
        assert client.ask("slow")["heard"]
    worker.stop()
