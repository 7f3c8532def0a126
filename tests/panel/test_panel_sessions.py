"""Files of browser tabs and of running panels: how long they stay, and who keeps them."""

import os
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("filelock")
from filelock import FileLock
from portrait_atelier.core.folders import cache_folder
from portrait_atelier.panel import sessions as sessions_module
from portrait_atelier.panel.panel_settings import PanelSettings
from portrait_atelier.panel.run_folder import prepare_folder
from portrait_atelier.panel.sessions import Sessions
from waiting import until

_TAB = SimpleNamespace(session_hash="tab")  # all that is read of a request


class Clock:
    """Fake clock and timer of the folders, advanced by the test."""

    Lock = staticmethod(threading.Lock)

    def __init__(self) -> None:
        self._now, self._waiting = 0.0, None

    def monotonic(self) -> float:
        return self._now

    def Timer(self, seconds, function):  # noqa: N802 - as threading calls it
        assert self._waiting is None, "one timer runs for all"
        self._waiting = (self._now + seconds, function)
        return SimpleNamespace(daemon=False, start=lambda: None)

    def pass_on(self, seconds: float) -> None:
        end = self._now + seconds
        while self._waiting is not None and self._waiting[0] <= end:
            (self._now, ring), self._waiting = self._waiting, None
            ring()
        self._now = end


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    for name in ("time", "threading"):
        monkeypatch.setattr(sessions_module, name, clock)
    return clock


def test_the_files_of_a_closed_tab_are_deleted_after_a_while(tmp_path, clock):
    sessions = Sessions(tmp_path, 60)
    first, second, still_open = (sessions.folder(SimpleNamespace(session_hash=name)) for name in ("1", "2", "open"))
    sessions.end(SimpleNamespace(session_hash="1"))
    clock.pass_on(30)
    sessions.end(SimpleNamespace(session_hash="2"))
    clock.pass_on(29)
    assert first.is_dir()  # the page may come back
    clock.pass_on(2)
    assert [folder.is_dir() for folder in (first, second, still_open)] == [False, True, True]
    clock.pass_on(30)
    assert [folder.is_dir() for folder in (second, still_open)] == [False, True]


@pytest.mark.parametrize("sign", ["folder", "keep"])
def test_a_page_that_comes_back_finds_its_files_and_they_go_a_while_after_its_last_sign(tmp_path, clock, sign):
    sessions = Sessions(tmp_path, 60)
    folder = sessions.folder(_TAB)
    sessions.end(_TAB)
    for _ in range(8):
        clock.pass_on(50)
        getattr(sessions, sign)(_TAB)
        assert folder.is_dir()
    clock.pass_on(59)
    assert folder.is_dir()
    clock.pass_on(2)
    assert not folder.exists()


def test_a_tab_that_ended_twice_or_never_had_files_is_no_reason_to_fail(tmp_path, clock):
    sessions = Sessions(tmp_path, 0.0)
    sessions.end(_TAB)
    sessions.end(_TAB)
    clock.pass_on(1)
    assert sessions.folder(_TAB).is_dir()
    sessions.end(_TAB)
    clock.pass_on(1)
    assert not list(tmp_path.iterdir())


def test_the_timer_is_that_of_threading(tmp_path):
    sessions = Sessions(tmp_path, 0.0)
    folder = sessions.folder(_TAB)
    sessions.end(_TAB)
    until(lambda: not folder.exists())


def test_a_page_that_is_left_ends_its_tab_and_one_that_is_open_says_so(tmp_path):
    pytest.importorskip("gradio")
    from portrait_atelier.panel.app import build_app
    from portrait_atelier.panel.context import Panel
    from portrait_atelier.panel.trainings import TrainingStore

    told = []
    sessions = SimpleNamespace(end=lambda _: told.append("end"), keep=lambda _: told.append("keep"))
    app = build_app(Panel(PanelSettings(), TrainingStore(tmp_path), sessions), "secret")
    called = [fn for fn in app.fns.values() if fn.name in ("end", "keep")]
    assert [[event for _, event in fn.targets] for fn in called] == [["tick"], ["unload"]]
    for fn in called:
        fn.fn(_TAB)
    assert told == ["keep", "end"]


def _left_behind(name: str) -> Path:
    """Return a folder as a killed panel leaves it."""
    folder = cache_folder() / "panel" / name
    folder.mkdir(parents=True)
    (folder / "photo.jpg").write_bytes(b"x")
    return folder


def test_the_files_of_a_killed_panel_go_at_the_next_start_but_not_those_of_one_that_runs():
    left, lived_in = _left_behind("run-left"), _left_behind("run-lived-in")
    with FileLock(lived_in / ".lock"):
        work = prepare_folder()
        assert not left.exists()
        assert (lived_in / "photo.jpg").exists()
    other = prepare_folder()
    assert work.is_dir()  # this process lives
    assert not lived_in.exists()
    assert other != work
    if os.name == "posix":
        assert work.stat().st_mode & 0o077 == 0
