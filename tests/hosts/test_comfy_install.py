"""install.py with the real pip in an environment of its own, from a folder of small wheels instead of the index."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_NUMBA_NEEDS = {"1.2": "numpy<2.4", "1.1": "numpy<2.5", "1.0": "numpy<2.3"}


def _wheel(folder: Path, name: str, version: str, needs: Sequence[str] = (), code: str = "") -> None:
    """A wheel of one module, `cv2` for OpenCV."""
    module = "cv2" if name.startswith("opencv") else name
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {n}" for n in needs),
    ]
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{module}.py", code)
        wheel.writestr(f"{stem}.dist-info/METADATA", "\n".join(metadata) + "\n")
        wheel.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{stem}.dist-info/RECORD", "")


class _Environment:
    """A Python with pip and a numpy, and what it can install."""

    def __init__(self, folder: Path) -> None:
        self.index = folder / "index"
        self.index.mkdir()
        venv.create(folder / "venv")
        binaries = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        self.python = str(binaries / "python")
        self._words = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))},
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.index),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        self.packages = Path(self.run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
        pip = Path(pytest.importorskip("pip", reason="this Python has no pip").__file__).parent
        shutil.copytree(pip, self.packages / "pip", ignore=shutil.ignore_patterns("__pycache__"))

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.python, *words], env=self._words, capture_output=True, text=True, check=False)

    def versions(self) -> dict[str, str]:
        stems = [path.stem.split("-") for path in self.packages.glob("*.dist-info")]
        return {name.replace("_", "-"): version for name, version in stems}

    def reset(self, numpy: str, *, numba_code: str = "", opencv: bool = True) -> None:
        """Empty the environment but for a numpy, and fill the index."""
        for path in (*self.packages.iterdir(), *self.index.iterdir()):
            if path.is_dir() and path.name != "pip":
                shutil.rmtree(path)
            elif path.is_file():
                path.unlink()
        for version in ("2.2.0", "2.4.1", "2.6.0"):
            _wheel(self.index, "numpy", version)
        for version, need in _NUMBA_NEEDS.items():
            _wheel(self.index, "numba", version, ["llvmlite", need], numba_code)
        _wheel(self.index, "llvmlite", "0.5")
        if opencv:
            _wheel(self.index, "opencv-python-headless", "5.0", ["numpy>=2"])
        with zipfile.ZipFile(self.index / f"numpy-{numpy}-py3-none-any.whl") as wheel:
            wheel.extractall(self.packages)

    def install(self) -> tuple[int, list[str]]:
        """Run install.py; return its exit status and what it says."""
        done = self.run(str(ROOT / "install.py"))
        return done.returncode, done.stdout.splitlines()


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> _Environment:
    return _Environment(tmp_path_factory.mktemp("install"))


def test_numba_that_goes_with_the_numpy_is_installed_and_numpy_stays(environment: _Environment):
    environment.reset("2.4.1")
    status, lines = environment.install()
    assert status == 0
    assert lines == ["Portrait Atelier: numba 1.1 is installed, numpy 2.4.1 stays; the CPU restyles faster"]
    wanted = {"numpy": "2.4.1", "numba": "1.1", "llvmlite": "0.5", "opencv-python-headless": "5.0"}
    assert environment.versions() == wanted
    assert environment.install() == (0, [])  # there is nothing left to do
    assert environment.versions() == wanted


def test_a_numpy_that_no_numba_supports_is_left_as_it_is(environment: _Environment):
    environment.reset("2.6.0")
    status, lines = environment.install()
    assert status == 0
    (line,) = lines
    assert line.startswith("Portrait Atelier: numba was left out and nothing was changed, so the CPU takes")
    assert f": no version of it goes with numpy 2.6.0 and Python {platform.python_version()}" in line
    assert environment.versions() == {"numpy": "2.6.0", "opencv-python-headless": "5.0"}


def test_a_numba_that_cannot_be_imported_is_taken_out_again(environment: _Environment):
    environment.reset("2.2.0", numba_code="raise ImportError('numba wants another processor')\n")
    status, lines = environment.install()
    assert status == 0
    assert lines[0].endswith("ImportError: numba wants another processor")
    assert environment.versions() == {"numpy": "2.2.0", "opencv-python-headless": "5.0"}


def test_without_opencv_it_fails_and_says_why(environment: _Environment):
    environment.reset("2.2.0", opencv=False)
    status, lines = environment.install()
    assert status == 1
    assert lines[0].startswith("Portrait Atelier: opencv-python-headless could not be installed, and is needed: ")
    assert "Could not find a version that satisfies the requirement opencv-python-headless" in lines[0]
    assert environment.versions()["numba"] == "1.2"
