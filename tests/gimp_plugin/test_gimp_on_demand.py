"""The worker that systemd starts for a GIMP in a sandbox: its units, and a worker that is woken as by systemd."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from portrait_atelier.core.cli.commands.console import fail, say
from portrait_atelier.core.errors import GimpError
from portrait_atelier.gimp_plugin import on_demand
from portrait_atelier.gimp_plugin.commands import Terminal, run_install, run_uninstall
from portrait_atelier.gimp_plugin.places import Computer
from waiting import until

TERMINAL = Terminal(say, fail)


@pytest.fixture
def here(tmp_path: Path) -> Computer:
    (tmp_path / "snap/gimp/current/.config/GIMP/3.0").mkdir(parents=True)
    return Computer("linux", tmp_path, {}, tmp_path)


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of that name that keeps what it is asked for."""
    said = tmp_path / "asked"
    program = tmp_path / "bin/systemctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> "{said}"\nexit $(cat "{tmp_path}/code" 2>/dev/null || echo 0)\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return said


def test_install_offers_units_writes_them_when_asked_and_uninstall_takes_them_out(here, systemctl, capsys):
    assert run_install(TERMINAL, None, computer=here) == 0
    assert "atelier gimp install --on-demand" in capsys.readouterr().out
    assert run_install(TERMINAL, None, on_demand=True, computer=here) == 0
    said = capsys.readouterr().out
    assert "cannot start programs outside it" not in said
    folder = on_demand.unit_folder(here)
    name = "portrait-atelier-worker-snap"
    run = here.home / "snap/gimp/common/portrait-atelier"
    assert f"ListenStream={run}/wake\n" in (folder / f"{name}.socket").read_text()
    service = (folder / f"{name}.service").read_text()
    assert f'ExecStart="{sys.executable}" -m portrait_atelier.core.worker\n' in service
    assert f'Environment="ATELIER_RUN={run}"\n' in service
    assert systemctl.read_text().splitlines() == ["--user daemon-reload", f"--user enable --now {name}.socket"]
    assert run_uninstall(TERMINAL, None, computer=here) == 0
    assert list(folder.iterdir()) == []
    assert systemctl.read_text().splitlines()[-1] == f"--user disable --now {name}.socket"


def test_what_systemd_refuses_is_said(here, systemctl, tmp_path):
    (tmp_path / "code").write_text("1")
    with pytest.raises(GimpError, match="systemctl: refused"):
        run_install(TERMINAL, None, on_demand=True, computer=here)


def test_a_gimp_that_starts_programs_needs_no_units(tmp_path, systemctl, capsys):
    (tmp_path / ".config/GIMP/3.0").mkdir(parents=True)
    assert run_install(TERMINAL, None, on_demand=True, computer=Computer("linux", tmp_path, {}, tmp_path)) == 0
    assert "they start the worker themselves" in capsys.readouterr().out
    assert not systemctl.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="systemd is Linux's")
def test_a_connection_wakes_the_worker_and_is_taken(tmp_path: Path):
    run = tmp_path / "run"
    run.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as wake, socket.socket(socket.AF_UNIX) as client:
        wake.bind(str(run / "wake"))
        wake.listen(4)
        client.connect(str(run / "wake"))
        process = subprocess.Popen(
            ["sh", "-c", f'LISTEN_PID=$$ exec "{sys.executable}" -m portrait_atelier.core.worker'],
            env={**os.environ, "ATELIER_RUN": str(run), "LISTEN_FDS": "1"},
            preexec_fn=lambda: os.dup2(wake.fileno(), 3),
            pass_fds=[3],
        )
        try:
            until((run / "socket").exists)
            assert client.recv(1) == b"", "it was accepted and closed, so that systemd starts no other"
        finally:
            process.terminate()
            process.wait()
