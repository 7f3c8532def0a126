"""The Python in the plug-in's first line, with programs called python3 that have gi or not."""

from pathlib import Path

import pytest
from portrait_atelier.gimp_plugin.install import PROGRAM_NAME, install_plugin
from portrait_atelier.gimp_plugin.places import Computer, GimpPlace
from portrait_atelier.gimp_plugin.pythons import ANY_PYTHON, find_gimp_python
from portrait_atelier.gimp_plugin.visibility import problems_of


def python3(folder: Path, *, has_gi: bool, has_gimp: bool) -> Path:
    """A program that behaves as a Python with or without bindings does when it is given `-c CODE`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "python3"
    gimp = "" if has_gimp else 'case "$2" in *Gimp*) exit 1;; esac\n'
    path.write_text(f"#!/bin/sh\n{gimp}exit {0 if has_gi else 1}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """The program of an active virtual environment."""
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv/pyvenv.cfg").write_text("")
    return python3(tmp_path / "venv/bin", has_gi=False, has_gimp=False)


@pytest.fixture
def here(tmp_path: Path, venv: Path) -> Computer:
    return Computer("linux", tmp_path, {"PATH": str(venv.parent)}, tmp_path)


@pytest.fixture
def place(tmp_path: Path) -> GimpPlace:
    return GimpPlace("3.0", tmp_path / ".config/GIMP/3.0")


def line_of(place: GimpPlace, here: Computer) -> str:
    program = install_plugin(place, here) / PROGRAM_NAME
    first, _, rest = program.read_text(encoding="utf-8").partition("\n")
    assert rest.startswith('"""Filters > Portrait Atelier')
    return first


def test_the_first_line_names_the_systems_python_and_not_that_of_an_active_environment(here, place, tmp_path):
    own = python3(tmp_path / "usr/bin", has_gi=True, has_gimp=True)
    assert line_of(place, here) == f"#!{own}"
    assert problems_of(place, here) == []


@pytest.mark.parametrize("sandbox", ["flatpak", "snap", "store"])
def test_a_gimp_in_a_sandbox_takes_its_own(here, tmp_path, sandbox):
    python3(tmp_path / "usr/bin", has_gi=True, has_gimp=True)
    assert line_of(GimpPlace("3.0", tmp_path / "GIMP/3.0", sandbox), here) == ANY_PYTHON


def test_a_python_without_gimps_bindings_or_with_a_space_in_its_path_is_passed_over(here, tmp_path):
    python3(tmp_path / "usr/bin", has_gi=True, has_gimp=False)
    assert find_gimp_python(here) is None
    python3(tmp_path / "a folder", has_gi=True, has_gimp=True)
    good = python3(tmp_path / "opt/bin", has_gi=True, has_gimp=True)
    path = f"{tmp_path / 'a folder'}:{good.parent}"
    assert find_gimp_python(Computer("linux", tmp_path, {"PATH": path}, tmp_path)) == str(good)
    assert find_gimp_python(Computer("darwin", tmp_path, {"PATH": path}, tmp_path)) is None


def test_status_names_the_environment_that_hides_an_older_plug_in(here, place, venv, tmp_path):
    install_plugin(place, here)  # as it was before there was a Python with gi
    python3(tmp_path / "usr/bin", has_gi=True, has_gimp=True)
    (problem,) = problems_of(place, here)
    assert f"runs it by {venv} (a virtual environment that is active?), which has no gi" in problem
    install_plugin(place, here)
    assert problems_of(place, here) == []


def test_status_tells_when_the_python_of_the_first_line_is_gone(here, place, tmp_path):
    own = python3(tmp_path / "usr/bin", has_gi=True, has_gimp=True)
    install_plugin(place, here)
    own.unlink()
    (problem,) = problems_of(place, here)
    assert f"run it by {own}, which is gone or has no gi" in problem


def test_a_gimp_of_the_system_without_bindings_is_told_how_to_get_them(here, place, tmp_path):
    install_plugin(place, here)
    assert problems_of(place, here) == []  # perhaps an AppImage, which brings its own
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/gimp-3.0").touch()
    (problem,) = problems_of(place, here)
    assert "python3-gi and gir1.2-gimp-3.0 on Debian" in problem
