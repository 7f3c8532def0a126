"""Where this installation came from, and so the commands that add to it or renew it."""

from __future__ import annotations

import importlib.util
import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from .folders import package_folder

EXTRAS = {  # packages by extra, as pyproject.toml has them, which an installation does not hold
    "cloud": ("fsspec>=2024.6", "s3fs>=2024.6", "gcsfs>=2024.6"),
    "cluster": ("ray>=2.52",),
    "heic": ("pillow-heif>=0.18",),
    "onnx": ("onnx>=1.16", "onnxruntime>=1.18"),
    "panel": ("gradio>=6,<7", "pillow-heif>=0.18"),
    "raw": ("rawpy>=0.21",),
    "train": ("accelerate>=1.0", "onnx>=1.16"),
}
_NAME = "portrait-atelier"


def install_command(extra: str) -> str:
    """Return the command that adds an extra to this Python, from where this package came.

    A checkout or a local file is named by its path, and by its name only what came from a package index. A package that
    is not installed, as a clone among ComfyUI's nodes, gets the packages of the extra alone.

    Args:
        extra: a key of EXTRAS.
    """
    source = _source()
    folder = _folder_of(source)
    if source is None or (folder is None and _is_gone(source)):
        return pip_command(*EXTRAS[extra])
    if folder is not None:
        editable = ("-e",) if source["dir_info"].get("editable") else ()
        return pip_command(*editable, f"{folder}[{extra}]")
    address = _address_of(source)
    return pip_command(f"{_NAME}[{extra}] @ {address}" if address else f"{_NAME}[{extra}]")


def update_command() -> str:
    """Return the command that brings a newer version, from where this package came."""
    source = _source()
    folder = package_folder() if source is None else _folder_of(source)
    if folder is not None and (folder / ".git").exists():
        return f"git -C {_quoted(str(folder))} pull"
    if source is None or "url" not in source:
        return pip_command("--upgrade", _NAME)
    if "vcs_info" in source:
        return pip_command("--upgrade", f"{_NAME} @ {_address_of(source)}")
    return pip_command("--upgrade", "NEWER.whl" if folder is None else str(folder))


def pip_command(*arguments: str) -> str:
    """Return the command that installs packages into this Python, by pip or, where there is none, by uv."""
    python = _quoted(sys.executable)
    start = (
        f"uv pip install --python {python}" if importlib.util.find_spec("pip") is None else f"{python} -m pip install"
    )
    return " ".join([start, *map(_quoted, arguments)])


def _source() -> dict[str, Any] | None:
    """Return where this package came from (PEP 610), empty for a package index; None if it is not installed."""
    try:
        found = metadata.distribution(_NAME)
    except metadata.PackageNotFoundError:
        return None
    source = json.loads(found.read_text("direct_url.json") or "{}")
    is_editable = source.get("dir_info", {}).get("editable")
    own = _folder_of(source) if is_editable else Path(str(found.locate_file("portrait_atelier")))
    return source if own is not None and own.resolve() == package_folder() else None


def _folder_of(source: dict[str, Any] | None) -> Path | None:
    """Return the folder that this package was installed from, if it is there."""
    if source is None or "dir_info" not in source:
        return None
    folder = Path(url2pathname(urlsplit(source["url"]).path))
    return folder if folder.is_dir() else None


def _is_gone(source: dict[str, Any]) -> bool:
    """Whether this package was installed from a file or folder of this computer that is not there any more."""
    url = urlsplit(source.get("url", ""))
    return url.scheme == "file" and not Path(url2pathname(url.path)).exists()


def _address_of(source: dict[str, Any]) -> str:
    """Return the address of the file or repository that this package was installed from; empty for an index."""
    vcs = source.get("vcs_info")
    if vcs is None:
        return source.get("url", "")
    revision = vcs.get("requested_revision")
    return f"{vcs['vcs']}+{source['url']}" + (f"@{revision}" if revision else "")


def _quoted(text: str) -> str:
    return text if all(sign.isalnum() or sign in "-_./\\:~" for sign in text) else f'"{text}"'
