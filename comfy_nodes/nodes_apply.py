"""Apply Portrait Style: the node that restyles pictures."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import comfy.model_management
import torch
from comfy_api.latest import io, ui
from torch import Tensor

from ..core.imaging.rendering.render import has_kernel
from ..core.styles.controls import MAX_VARIATION, Controls
from .restyling import PARTS, Job, Remark, restyle_batches
from .restyling_inputs import restyling_schema, strength_input
from .running import (
    VRAM_FOR_A_LOOK,
    VRAM_FOR_PAINTING,
    compute_device,
    counter,
    installer_command,
    plain_tensors,
    show_text,
)
from .sockets import StyleSocket

_MOST_REMARKS = 4  # shown on the node; all are in the log
_DEFAULTS = Controls()
_NUMBA_HINT = (
    "images are restyled on the CPU, which is several times faster with numba. This installs it and leaves numpy as it "
    "is; restart ComfyUI afterwards: {command}"
)
_hinted: list[bool] = []  # not empty once the hint was shown
_remarked: set[str | None] = set()  # ids of nodes that show remarks of their last run; others get no room for a text
_log = logging.getLogger(__name__)


class ApplyPortraitStyle(io.ComfyNode):
    """Image and style to image."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node."""
        return restyling_schema(
            "AtelierApplyStyle",
            "Apply Portrait Style (Color Grade)",
            description="Gives a photographer's style to portraits, at their full size. Colors and light change; "
            "the person stays, because a look cannot invent or move a feature.",
            search_aliases=["color match", "color transfer", "color grade", "LUT", "photo style", "film look"],
            own_inputs=[
                StyleSocket.Input(
                    "style", lazy=True, tooltip="From Load Portrait Style, Style From Photos or Train Portrait Style."
                ),
                strength_input(),
                io.Int.Input(
                    "variation",
                    default=_DEFAULTS.variation,
                    min=0,
                    max=MAX_VARIATION,
                    tooltip="0 is the style's own print; any other number is another plausible print, always the same.",
                ),
            ],
        )

    @classmethod
    def check_lazy_status(cls, strength: list[float], **inputs: Any) -> list[str]:
        """Skip the inputs style and mask at strength 0."""
        if not any(strength):
            return []
        return [name for name in ("style", "mask") if name in inputs and is_missing(inputs[name])]

    @classmethod
    def execute(cls, image: list[Tensor], strength: list[float], **inputs: list[Any]) -> io.NodeOutput:
        """Restyle the images; return them unchanged at strength 0.

        Each input is a list, of one entry where nothing upstream gives a list. `inputs` may lack those of
        `restyling_inputs`, which workflows of older versions do not hold.
        """
        return restyle_entries(cls, entries_of({"image": image, "strength": strength, **inputs}))


def restyle_entries(node: Any, entries: list[dict[str, Any]], sizes: Sequence[int] | None = None) -> io.NodeOutput:
    """Restyle images for a node.

    Args:
        node: class whose `execute` runs.
        entries: inputs of Apply Portrait Style by name, of one run each; those at strength 0 stay as they are.
        sizes: of the batches that the results become again; None to leave them as they are.
    """
    work = [number for number, entry in enumerate(entries) if _changes(entry)]
    results: list[Tensor] = [entry["image"] for entry in entries]
    if not work:
        return _with_remarks(node, _grouped(results, sizes), [])

    def restyled(device: str) -> io.NodeOutput:
        jobs, remarks = [_job_of(entries[number], device) for number in work], list[Remark]()
        count = counter(PARTS * sum(len(job.image) for job in jobs))
        found = restyle_batches(jobs, count=count, remark=remarks.append)
        for number, result in zip(work, found, strict=True):
            results[number] = result
        return _with_remarks(node, _grouped(results, sizes), remarks, _hint_of(device))

    paints = any(entries[number]["style"].pixel is not None for number in work)
    with plain_tensors():
        try:
            with compute_device(VRAM_FOR_PAINTING if paints else VRAM_FOR_A_LOOK) as device:
                return restyled(device)
        except comfy.model_management.OOM_EXCEPTION:
            _log.warning("Portrait Atelier: not enough memory on the GPU, so the CPU restyles")
        return restyled("cpu")


def _grouped(images: list[Tensor], sizes: Sequence[int] | None) -> list[Tensor]:
    if sizes is None:
        return images
    ends = list(accumulate(sizes))
    return [torch.cat(images[end - size : end]) for size, end in zip(sizes, ends, strict=True) if size]


def is_missing(value: Any) -> bool:
    """Whether a lazy input was not evaluated yet."""
    return value is None or all(one is None for one in value)


def entries_of(inputs: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return the inputs of each run; of shorter lists the last entry is repeated, as ComfyUI does."""
    given = {name: values for name, values in inputs.items() if values}
    count = max(len(values) for values in given.values())
    return [{name: values[min(at, len(values) - 1)] for name, values in given.items()} for at in range(count)]


def _changes(entry: dict[str, Any]) -> bool:
    return entry["strength"] != 0 and entry.get("style") is not None and len(entry["image"]) > 0


def _job_of(entry: dict[str, Any], device: str) -> Job:
    own = {name: entry[name] for name in ("image", "style", "mask", "invert_mask", "feather") if name in entry}
    return Job(controls=Controls(device=device, **{name: entry[name] for name in entry.keys() - own.keys()}), **own)


def _hint_of(device: str) -> list[str]:
    """Return what would make this computer faster; said once, since it helps or is not wanted."""
    if device != "cpu" or _hinted or has_kernel():
        return []
    _hinted.append(True)
    return [_NUMBA_HINT.format(command=installer_command())]


def _with_remarks(
    node: Any, images: list[Tensor], remarks: Sequence[Remark], hint: Sequence[str] = ()
) -> io.NodeOutput:
    """Return images, with remarks and a hint shown on the node and in the log."""
    several = sum(len(image) for image in images) > 1
    lines = [*hint, *(f"image {number}: {text}" if several else text for number, text in remarks)]
    for line in lines:
        _log.warning("Portrait Atelier: %s", line)
    number = getattr(node.hidden, "unique_id", None)
    if not lines:
        if number not in _remarked:
            return io.NodeOutput(images)
        _remarked.remove(number)
        show_text(node, "")
        return io.NodeOutput(images, ui={"text": ()})
    _remarked.add(number)
    more = len(lines) - _MOST_REMARKS
    text = "\n".join([*lines[:_MOST_REMARKS], *([f"and {more} more, in the log"] if more > 0 else [])])
    show_text(node, text)
    return io.NodeOutput(images, ui=ui.PreviewText(text))
