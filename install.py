"""Install OpenCV for ComfyUI, unless there is one: run by ComfyUI's Manager, or `python install.py` in its Python.

OpenCV comes in several packages that overwrite each other's files, and another pack may have brought one of them, so it
cannot be named in `requirements.txt`.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys

PACKAGE = "opencv-python-headless"


def main() -> int:
    """Return the exit status of pip; 0 if there is nothing to do."""
    if importlib.util.find_spec("cv2") is not None:
        return 0
    return subprocess.run([sys.executable, "-m", "pip", "install", PACKAGE], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
