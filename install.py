"""Install OpenCV and numba for ComfyUI: run by ComfyUI's Manager and comfy-cli, or `python install.py` in its Python.

Neither can be named in `requirements.txt`. OpenCV comes in several packages that overwrite each other's files, and
another pack may have brought one of them. numba supports a range of numpy and would move a numpy outside it, which
other packs want as it is: here the resolver gets numpy as it is installed, and looks for a numba that goes with it.
Where there is none, nothing is changed, and numpy does the work.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

OPENCV, NUMBA = "opencv-python-headless", "numba"
_CONFLICTS = ("ResolutionImpossible", "No solution found")  # what pip and uv say if nothing goes with what is kept
_KEPT = ("numpy", "llvmlite")  # what OpenCV and numba would move


def main() -> int:
    """Install what is missing; return 1 if OpenCV is missing afterwards, else 0."""
    failed = importlib.util.find_spec("cv2") is None and not _is_opencv_installed()
    if importlib.util.find_spec(NUMBA) is None:
        _install_numba()
    return int(failed)


def _is_opencv_installed() -> bool:
    done = _install(OPENCV)
    if done.returncode:
        _say(f"{OPENCV} could not be installed, and is needed: {_reason_of(done)}")
    return done.returncode == 0


def _install_numba() -> None:
    """Install numba, or say why it is not there and what that costs."""
    had_llvmlite = _version_of("llvmlite") is not None
    done = _install(NUMBA)
    reason = _reason_of(done) if done.returncode else _error_of_import()
    if not reason:
        _say(f"numba {_version_of(NUMBA)} is installed, numpy {_version_of('numpy')} stays; the CPU restyles faster")
        return
    if not done.returncode:
        _run(["uninstall", *(() if _uv() else ["--yes"]), NUMBA, *(() if had_llvmlite else ["llvmlite"])])
    _say(
        "numba was left out and nothing was changed, so the CPU takes several times as long to restyle (a GPU needs no "
        f"numba): {reason}"
    )


def _install(package: str) -> subprocess.CompletedProcess[str]:
    """Install a package from a wheel, with numpy as it is."""
    kept = [f"{name}=={version}" for name in _KEPT if (version := _version_of(name)) is not None]
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("\n".join(kept) + "\n", encoding="utf-8")
        return _run(["install", "--only-binary", ":all:", "--constraint", str(constraints), package])


def _run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run pip in this Python, or uv where there is no pip, as in environments that uv made."""
    command, uv = [*_python(), "-m", "pip", *arguments], _uv()
    if uv:
        command = [*uv, "pip", arguments[0], "--python", sys.executable, *arguments[1:]]
    try:
        return subprocess.run(command, check=False, capture_output=True, text=True, errors="replace")
    except OSError as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))


def _python() -> list[str]:
    """Return the command of this Python, without the user's packages where they are switched off, as in the portable
    ComfyUI for Windows."""
    return [sys.executable, *(["-s"] if sys.flags.no_user_site else [])]


def _uv() -> list[str]:
    """Return the command of uv if this Python has no pip; empty for pip."""
    if importlib.util.find_spec("pip") is not None:
        return []
    if importlib.util.find_spec("uv") is not None:
        return [sys.executable, "-m", "uv"]
    found = shutil.which("uv")
    return [found] if found else []


def _error_of_import() -> str:
    """Return why numba cannot be imported, in a process of its own; empty if it can."""
    command = [*_python(), "-c", f"import {NUMBA}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, errors="replace")
    return _last_line(done.stderr) if done.returncode else ""


def _reason_of(done: subprocess.CompletedProcess[str]) -> str:
    """Return one line of what pip or uv says of a failure."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if any(sign in done.stderr for sign in _CONFLICTS):
        return f"no version of it goes with numpy {_version_of('numpy')} and Python {platform.python_version()}"
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return errors[0] if errors else " ".join(lines) or "no reason given"


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason given")


def _version_of(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _say(text: str) -> None:
    sys.stdout.write(f"Portrait Atelier: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
