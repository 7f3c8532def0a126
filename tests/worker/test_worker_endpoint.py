"""The endpoint of the worker: private, exclusive, the same on both sides."""

import os
import stat
import subprocess
import sys

import pytest
from portrait_atelier.core.errors import WorkerError
from portrait_atelier.core.worker import endpoint, messages
from worker_process import atelier_client, atelier_endpoint, atelier_finding, installation, running, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the socket is a file only on Unix")


@pytest.mark.parametrize("platform", ["linux", "darwin"])
@pytest.mark.parametrize("chosen", ["", "/somewhere/else"])
def test_worker_and_plug_in_look_for_each_other_in_the_same_place(monkeypatch, platform, chosen):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("ATELIER_RUN", chosen)
    assert endpoint.run_folder() == atelier_endpoint.run_folder()
    folder = endpoint.run_folder()
    assert endpoint.address_of(folder) == atelier_endpoint.address_of(folder)
    assert messages.PROTOCOL == atelier_endpoint.PROTOCOL


def test_folder_socket_and_key_are_this_users_alone(tmp_path):
    folder = tmp_path / "run"
    with running(folder):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "key", folder / "lock")}
        assert modes == {"run": 0o700, "key": 0o600, "lock": 0o600}
        assert len((folder / "key").read_bytes()) == 32
        wait_until(lambda: not stat.S_IMODE((folder / "socket").stat().st_mode) & 0o077)  # right after it is there


def test_a_folder_that_others_may_open_is_closed(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(0o777)
    endpoint.prepare_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_a_problem_with_a_cure(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WorkerError, match=r"cannot be used .*; check free space and your rights"):
        endpoint.prepare_folder(tmp_path / "file" / "run")


def test_a_second_worker_leaves_at_once(tmp_path):
    folder = tmp_path / "run"
    with running(folder) as first, running(folder) as second:
        assert second.wait(120) == 0
        assert first.poll() is None
        assert (folder / "lock").read_text() == str(first.pid)


def test_who_does_not_know_the_key_is_turned_away_and_others_are_served(tmp_path):
    folder = tmp_path / "run"
    with running(folder):
        stranger = atelier_finding.connection.Client(endpoint.address_of(folder))
        with pytest.raises((atelier_finding.AuthenticationError, EOFError, OSError)):
            atelier_finding.answer_challenge(stranger, b"wrong")
        silent = atelier_finding.connection.Client(endpoint.address_of(folder))
        with atelier_finding.connect(installation(folder)) as worker:
            assert worker.greeting["version"] == installation(folder).version
        silent.close()
        stranger.close()


def test_the_worker_leaves_no_socket_when_it_is_told_to_end(tmp_path):
    folder = tmp_path / "run"
    with running(folder) as process:
        process.terminate()
        assert process.wait(120) == 0
        assert not (folder / "socket").exists()


def test_a_worker_of_another_version_makes_place_and_the_mismatch_is_told(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    with running(folder) as process:
        started = []

        def start(*_given):
            started.append(1)
            context = running(folder)
            started.append(context)
            return context.__enter__()

        monkeypatch.setattr(atelier_endpoint, "start_worker", start)
        with pytest.raises(atelier_client.Problem, match=r"version 9\.9.*“atelier gimp install” again"):
            atelier_finding.connect(installation(folder, version="9.9"))
        assert process.wait(120) == 0, "the old one left"
        assert len(started) == 2, "a new one was started, once"
        started[1].__exit__(None, None, None)


def test_another_protocol_is_told_before_anything_is_asked(tmp_path):
    with pytest.raises(atelier_client.Problem, match="atelier gimp install"):
        atelier_finding.connect(installation(tmp_path, protocol=99))


def test_an_interpreter_that_is_gone_is_told(tmp_path):
    with pytest.raises(atelier_client.Problem, match=r"/nowhere/python is not there any more.*atelier gimp install"):
        atelier_finding.connect(installation(tmp_path / "run", python="/nowhere/python"))


def test_a_worker_that_cannot_start_is_told_with_its_last_words(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no module named torch >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(atelier_client.Problem, match=r"did not start \(no module named torch\).*atelier gimp status"):
        atelier_finding.connect(installation(tmp_path / "run", python=str(broken)))


def test_a_hung_worker_is_ended_and_nobody_else(tmp_path):
    folder = tmp_path / "run"
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        folder.mkdir()
        (folder / "lock").write_text(str(bystander.pid))
        atelier_endpoint.end_worker(folder)  # nobody holds the lock, so the process id may be that of another process
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
    with running(folder) as process:
        os.kill(process.pid, 19)  # SIGSTOP
        atelier_endpoint.end_worker(folder)
        wait_until(lambda: process.poll() is not None)
        assert process.poll() == -9


def test_in_a_box_the_command_to_type_holds_together(tmp_path, monkeypatch):
    monkeypatch.setenv("SNAP_NAME", "gimp")
    record = installation(tmp_path / "my run", python="/opt/my python/bin/python")
    text = r"ATELIER_RUN='/\S*/my run' '/opt/my python/bin/python' -m portrait_atelier\.core\.worker$"
    with pytest.raises(atelier_client.Problem, match=text):
        atelier_endpoint.start_worker(record, record.folder)


def test_on_windows_the_worker_has_no_window_and_is_not_detached_which_would_give_it_one(monkeypatch):
    flags = {"DETACHED_PROCESS": 0x8, "CREATE_NEW_PROCESS_GROUP": 0x200, "CREATE_NO_WINDOW": 0x8000000}
    for name, value in flags.items():
        monkeypatch.setattr(subprocess, name, value, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    assert atelier_endpoint._detached() == {"creationflags": 0x8000200}


def test_the_workers_environment_is_without_what_gimp_set_for_itself():
    given = {"PYTHONHOME": "/gimp", "GI_TYPELIB_PATH": "/gimp", "LD_LIBRARY_PATH": "/gimp", "HOME": "/me", "LANG": "de"}
    assert atelier_endpoint.clean_environment(given) == {"HOME": "/me", "LANG": "de"}
