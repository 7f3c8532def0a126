"""How long a worker lives, and what happens when it does not."""

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


def test_signs_of_life_keep_a_slow_answer_from_being_taken_for_none(tmp_path, monkeypatch):
    monkeypatch.setattr(atelier_client, "SILENCE", 2.5)
    from portrait_atelier.core.worker import requests
    from portrait_atelier.core.worker.messages import Message

    def slow(_job, _desk):
        time.sleep(4)
        return Message({"slept": True})

    monkeypatch.setitem(requests.HANDLERS, "sleep", slow)
    worker, _thread = in_thread(tmp_path / "run", 60)
    with connect(tmp_path / "run") as client:
        assert client.ask("sleep")["slept"]
    worker.stop()
