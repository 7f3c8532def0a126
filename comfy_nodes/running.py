"""How a node runs inside ComfyUI: its device, its memory, its progress, its interrupt."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import comfy.model_management
import comfy.utils
import numpy as np
import torch
from PIL import Image

VRAM_FOR_A_LOOK = 1 << 30  # bytes; a strip of the GPU renderer holds about 0.7 of them
VRAM_FOR_PAINTING = 2 << 30
VRAM_FOR_TRAINING = 4 << 30
Interrupted = comfy.model_management.InterruptProcessingException
_KINDS = ("cuda", "mps")
_PREVIEW_SIZE = 1024  # pixels of the longer side, at most


@contextmanager
def plain_tensors() -> Iterator[None]:
    """Leave ComfyUI's inference mode, so that what core keeps (networks, looks) can be learnt from later."""
    with torch.inference_mode(False), torch.no_grad():
        yield


@contextmanager
def compute_device(memory: int) -> Iterator[str]:
    """The device that ComfyUI computes on, by core's name for it, with room made; what was used goes back after.

    Args:
        memory: bytes that will be needed, where it is no CPU.
    """
    device = comfy.model_management.get_torch_device()
    name = device.type if device.type in _KINDS else "cpu"
    if name == "cpu":
        yield name
        return
    comfy.model_management.free_memory(memory, device)
    try:
        yield name
    finally:
        _give_back()


def check_interrupt() -> None:
    """Stop here if the user pressed cancel."""
    comfy.model_management.throw_exception_if_processing_interrupted()


def counter(total: int) -> Callable[[int, int], None]:
    """A function of (done, total) that moves the node's bar and stops where the user cancelled."""
    bar = comfy.utils.ProgressBar(total)

    def count(done: int, total: int) -> None:
        check_interrupt()
        bar.update_absolute(done, total)

    return count


def show_progress(bar: comfy.utils.ProgressBar, done: int, total: int, picture: np.ndarray | None = None) -> None:
    """Move a node's bar, and show a picture, (H, W, 3) uint8, on the node."""
    preview = None if picture is None else ("JPEG", Image.fromarray(picture), _PREVIEW_SIZE)
    bar.update_absolute(done, total, preview)


def show_text(node: Any, text: str) -> None:
    """Write a few lines on a node; where there is no server or it cannot, nothing happens.

    Args:
        node: the class whose `execute` runs; it knows the node's number if its schema asks for it.
        text: what to write.
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
