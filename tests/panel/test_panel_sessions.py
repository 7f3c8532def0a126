"""Files of browser tabs and of running panels: how long they stay, and who keeps them."""

import os
import time
from types import SimpleNamespace

import pytest

pytest.importorskip("filelock")
from filelock import FileLock
from portrait_atelier.core.folders import cache_folder
from portrait_atelier.panel.panel_settings import PanelSettings
from portrait_atelier.panel.run_folder import prepare_folder
from portrait_atelier.panel.sessions import Sessions
from waiting import until

_OLD = 3 * 24 * 3600
_TAB = SimpleNamespace(session_hash="tab")  # all that is read of a request


def test_the_files_of_a_closed_tab_are_deleted_after_a_while(tmp_path):
    sessions = Sessions(tmp_path, 0.5)
    folders = [sessions.folder(SimpleNamespace(session_hash=name)) for name in ("first", "second", "open")]
    for name in ("first", "second"):
        sessions.end(SimpleNamespace(session_hash=name))
    assert all(folder.is_dir() for folder in folders)  # the page may come back
    until(lambda: not (folders[0].exists() or folders[1].exists()))
    assert folders[2].is_dir()


@pytest.mark.parametrize("sign", ["folder", "keep"])
def test_a_page_that_comes_back_finds_its_files_and_they_go_a_while_after_its_last_sign(tmp_path, sign):
    sessions = Sessions(tmp_path, 1.0)
    folder = sessions.folder(_TAB)
    sessions.end(_TAB)
    for _ in range(8):
        time.sleep(0.2)
        getattr(sessions, sign)(_TAB)
        assert folder.is_dir()
    until(lambda: not folder.exists())


def test_a_tab_that_ended_twice_or_never_had_files_is_no_reason_to_fail(tmp_path):
    sessions = Sessions(tmp_path, 0.0)
    sessions.end(_TAB)
    sessions.end(_TAB)
    time.sleep(0.2)
    assert sessions.folder(_TAB).is_dir()
    sessions.end(_TAB)
    until(lambda: not list(tmp_path.iterdir()))


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


def _left_behind(name: str) -> object:
    """A folder as a panel leaves it that was killed three days ago."""
    folder = cache_folder() / "panel" / name
    folder.mkdir(parents=True)
    (folder / "photo.jpg").write_bytes(b"x")
    os.utime(folder, (time.time() - _OLD,) * 2)
    return folder


def test_old_folders_are_deleted_but_not_that_of_a_panel_that_runs_for_days():
    left, lived_in = _left_behind("run-left"), _left_behind("run-lived-in")
    with FileLock(lived_in / ".lock"):
        os.utime(lived_in, (time.time() - _OLD,) * 2)
        work = prepare_folder()
        assert not left.exists()
        assert (lived_in / "photo.jpg").exists()
    os.utime(work, (time.time() - _OLD,) * 2)
    other = prepare_folder()
    assert work.is_dir()  # this process lives
    assert not lived_in.exists()
    assert other != work
    if os.name == "posix":
        assert work.stat().st_mode & 0o077 == 0
