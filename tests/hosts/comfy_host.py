"""The real ComfyUI for tests: the pack loaded in this process as ComfyUI loads it, or a server of its own."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
_PACK = "comfy_pack_under_test"
_PATIENCE = 240.0  # seconds


def comfyui_path() -> Path:
    """The checkout that COMFYUI_PATH names; the test is skipped without one."""
    path = os.environ.get("COMFYUI_PATH")
    if not path or not Path(path, "main.py").is_file():
        pytest.skip("COMFYUI_PATH names no checkout of ComfyUI")
    pytest.importorskip("aiohttp", reason="ComfyUI's requirements are not installed")
    return Path(path)


@cache
def load_pack(path: Path, base: Path) -> ModuleType:
    """Import ComfyUI and the pack; its folders lie below `base`."""
    sys.path.insert(0, str(path))
    import comfy.cli_args

    comfy.cli_args.args.cpu = True
    import folder_paths

    for kind in ("input", "output", "temp"):
        (base / kind).mkdir(parents=True, exist_ok=True)
        getattr(folder_paths, f"set_{kind}_directory")(str(base / kind))
    folder_paths.models_dir = str(base / "models")
    spec = importlib.util.spec_from_file_location(_PACK, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[_PACK] = module
    spec.loader.exec_module(module)
    return module


def part(name: str) -> ModuleType:
    """A module of the loaded pack, such as `comfy_nodes.pictures`."""
    return importlib.import_module(f"{_PACK}.{name}")


@cache
def node_list(pack: ModuleType) -> dict[str, Any]:
    """Every node by its id."""

    async def ask() -> list[Any]:
        return await (await pack.comfy_entrypoint()).get_node_list()

    return {node.GET_SCHEMA().node_id: node for node in asyncio.run(ask())}


class Server:
    """A ComfyUI server with folders of its own, spoken to as the browser does."""

    def __init__(self, path: Path, base: Path) -> None:
        for folder in ("custom_nodes", "input", "output", "models/portrait_styles", "library", "cache", "temp"):
            (base / folder).mkdir(parents=True, exist_ok=True)
        (base / "custom_nodes" / "portrait_atelier").symlink_to(ROOT, target_is_directory=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.base, self.address = base, f"127.0.0.1:{self.port}"
        arguments = ["--cpu", "--listen", "127.0.0.1", "--port", str(self.port), "--disable-api-nodes"]
        arguments += ["--base-directory", str(base), "--database-url", "sqlite:///:memory:"]
        self._log = (base / "server.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, str(path / "main.py"), *arguments],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "ATELIER_STYLES": str(base / "library"), "ATELIER_CACHE": str(base / "cache")},
            cwd=base,
        )
        self._wait_until_ready()

    def close(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(300)
        self._log.close()

    @property
    def log(self) -> str:
        """What it has written so far."""
        return (self.base / "server.log").read_text()

    def get(self, path: str) -> Any:
        """An answer of its API."""
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=_PATIENCE) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send something to its API; an error comes back as its text."""
        request = urllib.request.Request(
            f"http://{self.address}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return json.loads(error.read())

    def queue(self, prompt: dict[str, Any]) -> str:
        """Queue a workflow in the form of the API."""
        answer = self.post("/prompt", {"prompt": prompt})
        assert "prompt_id" in answer, answer
        return answer["prompt_id"]

    def wait(self, number: str, patience: float = _PATIENCE) -> dict[str, Any]:
        """What the history says of a workflow, once it says anything: written a little after the end."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if number in (found := self.get(f"/history/{number}")):
                return found[number]
            time.sleep(0.05)
        raise AssertionError(f"no end after {patience} s\n{self.log[-3000:]}")

    def run(self, prompt: dict[str, Any]) -> dict[str, Any]:
        """Queue, wait, and insist on success."""
        result = self.wait(self.queue(prompt))
        assert result["status"]["status_str"] == "success", self.log[-3000:]
        return result

    def output_of(self, result: dict[str, Any], node: str) -> Path:
        """The file that a node saved."""
        saved = result["outputs"][node]["images"][0]
        return self.base / saved["type"] / saved["subfolder"] / saved["filename"]

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            try:
                self.get("/queue")
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise AssertionError(f"ComfyUI did not start\n{self.log[-3000:]}")
