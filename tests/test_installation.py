"""Hints name a command that works: by where this package came from, and for the Python that runs."""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest
from portrait_atelier.core import installation
from portrait_atelier.core.folders import package_folder
from portrait_atelier.core.installation import EXTRAS, install_command, pip_command, update_command

ROOT = package_folder()
PIP = f"{sys.executable} -m pip install"


class _Distribution:
    """What pip wrote down of an installation."""

    def __init__(self, source: dict | None, place: Path = ROOT) -> None:
        self._source, self._place = source, place

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return None if self._source is None else json.dumps(self._source)

    def locate_file(self, name: str) -> Path:
        assert name == "portrait_atelier"
        return self._place


@pytest.fixture
def came_from(monkeypatch: pytest.MonkeyPatch):
    """Pretend an installation from somewhere."""
    monkeypatch.setattr(installation.importlib.util, "find_spec", lambda _name: True)

    def pretend(source: dict | None, place: Path = ROOT) -> None:
        monkeypatch.setattr(metadata, "distribution", lambda _name: _Distribution(source, place))

    return pretend


def _checkout(folder: Path, *, editable: bool) -> dict:
    return {"url": folder.as_uri(), "dir_info": {"editable": True} if editable else {}}


def test_a_checkout_is_named_by_its_path(came_from):
    came_from(_checkout(ROOT, editable=True))
    assert install_command("heic") == f'{PIP} -e "{ROOT}[heic]"'


def test_what_was_installed_from_a_folder_is_installed_from_it_again(came_from, tmp_path: Path):
    came_from(_checkout(tmp_path, editable=False))
    assert install_command("panel") == f'{PIP} "{tmp_path}[panel]"'
    assert update_command() == f"{PIP} --upgrade {tmp_path}"
    (tmp_path / ".git").mkdir()
    assert update_command() == f"git -C {tmp_path} pull"
    came_from(_checkout(tmp_path / "gone", editable=False))
    assert install_command("panel") == f'{PIP} "gradio>=6,<7" "pillow-heif>=0.18"'


def test_what_came_from_an_index_or_a_repository_is_named_by_its_name(came_from):
    came_from(None)
    assert install_command("heic") == f'{PIP} "portrait-atelier[heic]"'
    assert update_command() == f"{PIP} --upgrade portrait-atelier"
    came_from(
        {
            "url": "https://example.org/atelier.git",
            "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": "a"},
        }
    )
    assert install_command("heic") == f'{PIP} "portrait-atelier[heic] @ git+https://example.org/atelier.git@v1"'
    assert update_command() == f'{PIP} --upgrade "portrait-atelier @ git+https://example.org/atelier.git@v1"'


def test_a_wheel_is_named_by_its_file_while_that_is_there(came_from, tmp_path: Path):
    wheel = tmp_path / "portrait_atelier-1-py3-none-any.whl"
    came_from({"url": wheel.as_uri(), "archive_info": {}})
    assert install_command("heic") == f'{PIP} "pillow-heif>=0.18"'
    wheel.touch()
    assert install_command("heic") == f'{PIP} "portrait-atelier[heic] @ {wheel.as_uri()}"'


@pytest.mark.parametrize("source", [None, {"url": "file:///somewhere/else", "dir_info": {"editable": True}}])
def test_a_clone_that_is_not_installed_gets_the_packages_alone(came_from, tmp_path: Path, source: dict | None):
    came_from(source, tmp_path)  # another copy is
    assert install_command("train") == f'{PIP} "accelerate>=1.0" "onnx>=1.16"'


def test_where_there_is_no_pip_uv_installs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(installation.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(sys, "executable", "/my python/bin/python")
    assert pip_command("--upgrade", "numpy") == 'uv pip install --python "/my python/bin/python" --upgrade numpy'


def test_without_a_record_of_an_installation_it_is_a_clone(monkeypatch: pytest.MonkeyPatch):
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", missing)
    assert install_command("heic").endswith('"pillow-heif>=0.18"')


def test_the_extras_are_those_of_pyproject():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text.partition("[project.optional-dependencies]\n")[2].partition("\n[")[0]
    listed = {
        name: tuple(re.findall(r'"([^"]+)"', row)) for name, row in re.findall(r"^(\w+) = (\[[^\]]*\])", block, re.M)
    }
    listed.pop("dev")
    assert dict(EXTRAS) == listed


def test_the_container_image_gets_all_that_the_wheel_is_made_of():
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packages = re.findall(r'"portrait_atelier\.(\w+)', text)
    data = re.search(r"^portrait_atelier = \[(.*?)\]", text, re.DOTALL | re.MULTILINE)
    assert data is not None
    named = set(re.findall(r'"([\w.]+)', data[1]))
    assert {*packages, *named, "README.md", "LICENSE", "pyproject.toml", "__init__.py"} == let_in


def test_no_hint_names_a_package_that_may_not_be_there():
    sources = [path for room in ("core", "panel", "comfy_nodes", "gimp_plugin") for path in (ROOT / room).rglob("*.*")]
    texts = {path: path.read_text(encoding="utf-8") for path in sources if path.suffix in (".py", ".json", ".po")}
    named = [path for path, text in texts.items() if re.search(r"portrait-atelier\[|pip install", text)]
    assert named == [ROOT / "core" / "installation.py"], "use install_command"
