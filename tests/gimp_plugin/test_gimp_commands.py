"""`atelier gimp`: what it says, and the worker that it really starts."""

import json
import re
import sys
from pathlib import Path

import pytest
from portrait_atelier.core.cli.commands.console import fail, say
from portrait_atelier.core.errors import WorkerError
from portrait_atelier.gimp_plugin.commands import Terminal, run_install, run_uninstall
from portrait_atelier.gimp_plugin.manifest import Manifest, current_manifest, write_manifest
from portrait_atelier.gimp_plugin.places import Computer
from portrait_atelier.gimp_plugin.status import run_status
from portrait_atelier.gimp_plugin.worker_check import check_worker

TERMINAL = Terminal(say, fail)


@pytest.fixture
def here(tmp_path: Path) -> Computer:
    (tmp_path / ".config/GIMP/3.0").mkdir(parents=True)
    return Computer(platform="linux", home=tmp_path, environment={}, root=tmp_path)


def test_install_says_where_it_is_and_where_it_appears(here, capsys):
    assert run_install(TERMINAL, None, computer=here) == 0
    said = capsys.readouterr().out
    assert f"GIMP 3.0: {here.home}/.config/GIMP/3.0/plug-ins/portrait_style" in said
    assert "Filters > Portrait Atelier > Portrait Style…" in said
    assert "flatpak" not in said.lower()


def test_one_gimp_that_refuses_does_not_keep_the_plug_in_from_the_other(here, capsys):
    theirs = here.home / ".config/GIMP/3.0/plug-ins/portrait_style"
    theirs.mkdir(parents=True)
    (here.home / ".config/GIMP/3.2").mkdir()
    assert run_install(TERMINAL, None, computer=here) == 1
    said = capsys.readouterr()
    assert "add --overwrite" in said.err
    assert "GIMP 3.2: " in said.out


def test_a_flatpak_and_a_snap_get_their_exact_commands(here, capsys):
    (here.root / "var/lib/flatpak/app/org.gimp.GIMP").mkdir(parents=True)
    (here.home / "snap/gimp/current/.config/GIMP/3.0").mkdir(parents=True)
    assert run_install(TERMINAL, None, computer=here) == 0
    said = capsys.readouterr().out
    assert said.count("cannot start programs outside it") == 2
    worker = f"{sys.executable} -m portrait_atelier.core.worker"
    assert f"  {worker}\n" in said
    assert f"  ATELIER_RUN={here.home}/snap/gimp/common/portrait-atelier {worker}\n" in said


def test_status_names_what_is_not_installed(here, capsys):
    assert run_status(TERMINAL, None, computer=here) == 1
    assert "GIMP 3.0: not installed; atelier gimp install" in capsys.readouterr().out


def test_status_starts_a_worker_and_greets_it(here, capsys):
    run_install(TERMINAL, None, computer=here)
    assert run_status(TERMINAL, None, computer=here) == 0
    said = capsys.readouterr().out
    assert "GIMP loads it when it starts next" in said
    assert re.search(r"worker: starts and answers in \d+\.\d s", said)


def test_status_finds_an_old_plug_in_whose_python_is_gone(here, capsys):
    run_install(TERMINAL, None, computer=here)
    write_manifest(Manifest("/gone/python", "0.0", 0), here.home / ".config/GIMP/3.0/plug-ins/portrait_style")
    assert run_status(TERMINAL, None, computer=here) == 1
    said = capsys.readouterr().err
    assert "was installed by version 0.0" in said
    assert "its Python /gone/python is gone; atelier gimp install" in said
    assert "/gone/python: cannot be started (no such file or directory)" in said


def test_status_is_told_to_programs(here, capsys, monkeypatch):
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert run_status(TERMINAL, None, as_json=True, computer=here) == 1
    assert [place["installed"] for place in json.loads(capsys.readouterr().out)["places"]] == [False]
    run_install(TERMINAL, None, computer=here)
    write_manifest(Manifest("/gone/python", "0.0", 0), here.home / ".config/GIMP/3.0/plug-ins/portrait_style")
    capsys.readouterr()
    assert run_status(TERMINAL, None, as_json=True, computer=here) == 1
    said = capsys.readouterr()
    assert said.err == ""
    found = json.loads(said.out)
    (place,), (worker,) = found["places"], found["workers"]
    assert (found["usable"], place["gimp"], place["version"], place["loaded"]) == (False, "GIMP 3.0", "0.0", None)
    assert "its Python /gone/python is gone; atelier gimp install" in place["problems"]
    assert (worker["python"], worker["starts"]) == ("/gone/python", False)


def test_a_python_without_portrait_atelier_is_told_from_one_that_hangs(tmp_path):
    broken, hangs = tmp_path / "broken", tmp_path / "hangs"
    broken.write_text("#!/bin/sh\necho No module named portrait_atelier >&2; exit 1\n")
    hangs.write_text("#!/bin/sh\nexec sleep 60\n")
    for program in (broken, hangs):
        program.chmod(0o755)
    with pytest.raises(WorkerError, match=r"does not start \(No module named portrait_atelier\)"):
        check_worker(Manifest(str(broken), "1", 1))
    with pytest.raises(WorkerError, match="does not answer"):
        check_worker(Manifest(str(hangs), "1", 1), patience=0.5)


def test_the_greeting_leaves_no_process_and_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    check_worker(current_manifest())
    assert list(tmp_path.iterdir()) == []


def test_uninstall_takes_it_out_of_every_gimp(here, capsys):
    run_install(TERMINAL, None, computer=here)
    assert run_uninstall(TERMINAL, None, computer=here) == 0
    assert run_uninstall(TERMINAL, None, computer=here) == 0
    assert "removed" in capsys.readouterr().out
    assert not list((here.home / ".config/GIMP/3.0/plug-ins").iterdir())
