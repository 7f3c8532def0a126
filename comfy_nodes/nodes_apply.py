"""Apply Portrait Style: the node that restyles pictures."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import comfy.model_management
from comfy_api.latest import io, ui
from torch import Tensor

from ..core.imaging.limits import MAX_STRENGTH
from ..core.styles.controls import MAX_GRAIN_FACTOR, MAX_VARIATION, REGION_CHOICES, Controls
from ..core.styles.style import Style
from .restyling import PARTS, Remark, restyle_batch
from .running import VRAM_FOR_A_LOOK, VRAM_FOR_PAINTING, compute_device, counter, plain_tensors, show_text
from .sockets import StyleSocket, schema

_MOST_REMARKS = 4  # shown on the node; all are in the log
_DEFAULTS = Controls()
_remarked: set[str | None] = set()  # ids of nodes that show remarks of their last run; others get no room for a text
_log = logging.getLogger(__name__)


class ApplyPortraitStyle(io.ComfyNode):
    """Image and style to image."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node."""
        return schema(
            "AtelierApplyStyle",
            "Apply Portrait Style",
            description="Gives a photographer's style to portraits, at their full size. Colors and light change; "
            "the person stays, because a look cannot invent or move a feature.",
            search_aliases=["color match", "color transfer", "color grade", "LUT", "photo style", "film look"],
            inputs=[
                io.Image.Input("image", tooltip="The portraits to restyle; any size and number, alpha is kept."),
                StyleSocket.Input(
                    "style", lazy=True, tooltip="From Load Portrait Style, Style From Photos or Train Portrait Style."
                ),
                io.Float.Input(
                    "strength",
                    default=_DEFAULTS.strength,
                    min=0.0,
                    max=MAX_STRENGTH,
                    step=0.05,
                    tooltip="0 leaves the image as it is, 1 is the style, up to 1.5 exaggerates it.",
                ),
                io.Int.Input(
                    "variation",
                    default=_DEFAULTS.variation,
                    min=0,
                    max=MAX_VARIATION,
                    tooltip="0 is the style's own print; any other number is another plausible print, always the same.",
                ),
                io.Boolean.Input(
                    "series",
                    default=_DEFAULTS.series,
                    label_on="one look for all",
                    label_off="each its own look",
                    tooltip="On: all images of the batch get one look, from their pooled colors, as the frames of a "
                    "clip need it. Off: each image gets its own.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    lazy=True,
                    tooltip="White is restyled, black stays as it is. One mask serves for all images. The empty mask "
                    "that Load Image gives for an opaque image counts as no mask.",
                ),
                *_later_inputs(),
            ],
            outputs=[io.Image.Output(display_name="image", tooltip="The restyled images, of the same size.")],
            hidden=[io.Hidden.unique_id],
        )

    @classmethod
    def check_lazy_status(cls, strength: float, **inputs: Any) -> list[str]:
        """Skip the inputs style and mask at strength 0."""
        if strength == 0:
            return []
        return [name for name in ("style", "mask") if name in inputs and inputs[name] is None]

    @classmethod
    def execute(
        cls,
        image: Tensor,
        strength: float,
        variation: int,
        series: bool = False,
        style: Style | None = None,
        mask: Tensor | None = None,
        **later: Any,
    ) -> io.NodeOutput:
        """Restyle the images; return them unchanged at strength 0.

        `later` are the controls of `_later_inputs`, which workflows of older versions do not hold.
        """
        if strength == 0 or style is None or not len(image):
            return _with_remarks(cls, image, [])
        memory = VRAM_FOR_A_LOOK if style.pixel is None else VRAM_FOR_PAINTING

        def restyled(device: str) -> io.NodeOutput:
            controls = Controls(strength=strength, variation=variation, series=series, device=device, **later)
            remarks: list[Remark] = []
            count = counter(PARTS * len(image))
            result = restyle_batch(image, style, controls, mask=mask, count=count, remark=remarks.append)
            return _with_remarks(cls, result, remarks)

        with plain_tensors():
            try:
                with compute_device(memory) as device:
                    return restyled(device)
            except comfy.model_management.OOM_EXCEPTION:
                _log.warning("Portrait Atelier: not enough memory on the GPU, so the CPU restyles")
            return restyled("cpu")


def _later_inputs() -> list[Any]:
    """Return the inputs that were added after the first version: optional, so that its workflows go on working."""
    return [
        io.Float.Input(
            "protect_skin",
            optional=True,
            default=_DEFAULTS.protect_skin,
            min=0.0,
            max=1.0,
            step=0.05,
            tooltip="0 leaves skin to the style. 1 holds it to tones that the style has, and keeps how light or dark a "
            "person is beside others, for all complexions alike.",
        ),
        io.Combo.Input(
            "region",
            optional=True,
            options=list(REGION_CHOICES),
            default=_DEFAULTS.region,
            tooltip="What gets the style: the whole image, the person, the ground behind, or skin. A mask holds too. "
            "To see or change such a mask, use Portrait Masks.",
        ),
        io.Float.Input(
            "grain",
            optional=True,
            default=_DEFAULTS.grain,
            min=0.0,
            max=MAX_GRAIN_FACTOR,
            step=0.05,
            tooltip="How much of the style's grain: 0 none, 1 as it is, 2 twice as strong. Detail Crop shows it.",
        ),
        io.Boolean.Input(
            "even",
            optional=True,
            default=_DEFAULTS.even,
            label_on="even light first",
            label_off="light as it is",
            tooltip="On: exposure and white balance of each image are first brought to what the style expects, for "
            "images from mixed light. The node says what was done.",
        ),
    ]


def _with_remarks(node: Any, image: Tensor, remarks: Sequence[Remark]) -> io.NodeOutput:
    """Return images, with remarks shown on the node and in the log."""
    lines = [f"image {number}: {text}" if len(image) > 1 else text for number, text in remarks]
    for line in lines:
        _log.warning("Portrait Atelier: %s", line)
    number = getattr(node.hidden, "unique_id", None)
    if not lines:
        if number in _remarked:
            _remarked.remove(number)
            show_text(node, "")
        return io.NodeOutput(image)
    _remarked.add(number)
    more = len(lines) - _MOST_REMARKS
    text = "\n".join([*lines[:_MOST_REMARKS], *([f"and {more} more, in the log"] if more > 0 else [])])
    show_text(node, text)
    return io.NodeOutput(image, ui=ui.PreviewText(text))
