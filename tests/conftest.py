"""Fixtures shared by all tests; finds the checkout as the package when it is not installed."""

import importlib.util
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

ROOT = Path(__file__).resolve().parent.parent


def _register_checkout() -> None:
    if importlib.util.find_spec("portrait_atelier") is not None:
        return
    spec = importlib.util.spec_from_file_location(
        "portrait_atelier", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["portrait_atelier"] = module
    spec.loader.exec_module(module)


_register_checkout()

torch.set_num_threads(1)
_WITH_A_HOST = re.compile(r"\bpytest\.mark\.(browser|comfyui|gimp)\b")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n 2` a module's tests share a process, and so do all modules that start a browser, GIMP or ComfyUI."""
    from xdist.scheduler import LoadScopeScheduling

    class ByModule(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            return "hosts" if _starts_a_host(config.rootpath / module) else module

    return ByModule(config, log)


@cache
def _starts_a_host(module: Path) -> bool:
    return bool(_WITH_A_HOST.search(module.read_text(encoding="utf-8")))


@pytest.fixture(autouse=True)
def _own_library(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a temporary library and cache."""
    monkeypatch.setenv("ATELIER_STYLES", str(tmp_path_factory.mktemp("library")))
    monkeypatch.setenv("ATELIER_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the language of the command line to English, whatever the environment of the tests."""
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")


@pytest.fixture
def atelier(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in an empty folder: (exit code, stdout, stderr)."""
    from portrait_atelier.core import cli

    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["atelier", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def worker_folder(tmp_path_factory):
    """The folder of a running worker, and its process."""
    from worker_process import running

    where = tmp_path_factory.mktemp("worker") / "run"
    with running(where) as process:
        yield where, process.pid


@pytest.fixture
def worker(worker_folder):
    """A client of that worker."""
    from worker_process import connect

    with connect(worker_folder[0]) as found:
        yield found
