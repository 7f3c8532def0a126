"""What one browser tab has on this computer: a folder of its own, under a name that nobody can guess."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr

_OWNER_LETTERS = 32


class Sessions:
    """The folders of all tabs.

    Args:
        root: the folder that holds them, and from which the browser may read.
    """

    def __init__(self, root: Path) -> None:
        self._root, self._secret = root, secrets.token_bytes(32)

    def clear(self) -> None:
        """Delete what an earlier panel left."""
        shutil.rmtree(self._root, ignore_errors=True)
        self._root.mkdir(parents=True, mode=0o700, exist_ok=True)

    def folder(self, request: gr.Request) -> Path:
        """The folder of the tab that asks; made when it is first needed."""
        folder = self._folder(request)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def end(self, request: gr.Request) -> None:
        """Delete the folder of a tab that was closed."""
        shutil.rmtree(self._folder(request), ignore_errors=True)

    def _folder(self, request: gr.Request) -> Path:
        digest = hashlib.sha256(self._secret + str(request.session_hash).encode()).hexdigest()
        return self._root / f"tab-{digest[:32]}"


def owner_of(token: str | None) -> str:
    """Whose trainings a browser may see, from the secret that it keeps."""
    return hashlib.sha256(f"owner|{token or ''}".encode()).hexdigest()[:_OWNER_LETTERS]
