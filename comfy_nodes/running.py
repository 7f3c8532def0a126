"""Running nodes inside ComfyUI: device, memory, progress, interrupt."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import comfy.model_management
import comfy.utils
import numpy as np
import torch
from PIL import Image

from ..core.folders import package_folder
from ..core.imaging.rendering.render import KERNEL_PIXELS, load_kernel_beside

VRAM_FOR_A_LOOK = 1 << 30  # bytes; a strip of the GPU renderer needs about 0.7 of it
VRAM_FOR_PAINTING = 2 << 30
VRAM_FOR_TRAINING = 4 << 30
Interrupted = comfy.model_management.InterruptProcessingException
_KINDS = ("cuda", "mps")
_SETTLED = 2.0  # seconds of ComfyUI's event loop, after which other packs are loaded too
_PREVIEW_SIZE = 1024  # pixels: largest longer side


@contextmanager
def plain_tensors() -> Iterator[None]:
    """Leave ComfyUI's inference mode, so that networks and looks in caches can be trained later."""
    with torch.inference_mode(False), torch.no_grad():
        yield


@contextmanager
def compute_device(memory: int) -> Iterator[str]:
    """Yield ComfyUI's device by its name in core, after freeing memory; free the used memory afterwards.

    Args:
        memory: required bytes on a GPU.
    """
    device, name = comfy.model_management.get_torch_device(), device_name()
    if name == "cpu":
        yield name
        return
    comfy.model_management.free_memory(memory, device)
    try:
        yield name
    finally:
        _give_back()


def device_name() -> str:
    """Return the name in core of ComfyUI's device."""
    kind = comfy.model_management.get_torch_device().type
    return kind if kind in _KINDS else "cpu"


def load_kernel_soon() -> None:
    """Load the compiled renderer on another thread once ComfyUI has started, where it computes on the CPU.

    The first run of a node then waits neither for numba nor, on a new computer, for the compiler.
    """
    if device_name() != "cpu":
        return
    load = partial(load_kernel_beside, KERNEL_PIXELS, texture=True, depth=np.float32)
    with suppress(RuntimeError):  # no event loop: a test or a script
        asyncio.get_running_loop().call_later(_SETTLED, load)


def installer_command() -> str:
    """Return the command that installs what `requirements.txt` cannot name."""
    return f'"{sys.executable}" "{package_folder() / "install.py"}"'


def check_interrupt() -> None:
    """Raise if the user pressed cancel."""
    comfy.model_management.throw_exception_if_processing_interrupted()


def counter(total: int) -> Callable[[int, int], None]:
    """Return a function of (done, total) that updates the node's bar and raises if the user cancelled."""
    bar, shown = comfy.utils.ProgressBar(total), (-1, -1)

    def count(done: int, total: int) -> None:
        nonlocal shown
        check_interrupt()
        if (done, total) != shown:  # each update is a message to the browser
            shown = (done, total)
            bar.update_absolute(done, total)

    return count


def show_progress(bar: comfy.utils.ProgressBar, done: int, total: int, picture: np.ndarray | None = None) -> None:
    """Update a node's bar, and show a picture (H, W, 3) uint8 on the node."""
    preview = None if picture is None else ("JPEG", Image.fromarray(picture), _PREVIEW_SIZE)
    bar.update_absolute(done, total, preview)


def show_text(node: Any, text: str) -> None:
    """Show a text on a node; do nothing without a server that supports it.

    Args:
        node: class whose `execute` runs, with a unique id if its schema requests it.
        text: to show.
    """
    instance = getattr(getattr(sys.modules.get("server"), "PromptServer", None), "instance", None)
    number = getattr(node.hidden, "unique_id", None)
    send = getattr(instance, "send_progress_text", None)
    if number is not None and send is not None:
        send(text, number)


def _give_back() -> None:
    from ..core.styles.pixel_model import release_devices

    release_devices()
    comfy.model_management.soft_empty_cache()
