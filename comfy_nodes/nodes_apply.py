"""Apply Portrait Style: the node that restyles pictures."""

from __future__ import annotations

import logging
from typing import Any

import comfy.model_management
from comfy_api.latest import io
from torch import Tensor

from ..core.imaging.limits import MAX_STRENGTH
from ..core.styles.controls import MAX_VARIATION, Controls
from ..core.styles.style import Style
from .restyling import restyle_batch
from .running import VRAM_FOR_A_LOOK, VRAM_FOR_PAINTING, compute_device, counter, plain_tensors
from .sockets import StyleSocket, schema

_log = logging.getLogger(__name__)


class ApplyPortraitStyle(io.ComfyNode):
    """Image and style to image."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node."""
        defaults = Controls()
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
                    default=defaults.strength,
                    min=0.0,
                    max=MAX_STRENGTH,
                    step=0.05,
                    tooltip="0 leaves the image as it is, 1 is the style, up to 1.5 exaggerates it.",
                ),
                io.Int.Input(
                    "variation",
                    default=defaults.variation,
                    min=0,
                    max=MAX_VARIATION,
                    tooltip="0 is the style's own print; any other number is another plausible print, always the same.",
                ),
                io.Boolean.Input(
                    "series",
                    default=defaults.series,
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
            ],
            outputs=[io.Image.Output(display_name="image", tooltip="The restyled images, of the same size.")],
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
    ) -> io.NodeOutput:
        """Restyle the images; return them unchanged at strength 0."""
        if strength == 0 or style is None or not len(image):
            return io.NodeOutput(image)
        memory = VRAM_FOR_A_LOOK if style.pixel is None else VRAM_FOR_PAINTING

        def restyled(device: str) -> Tensor:
            controls = Controls(strength=strength, variation=variation, series=series, device=device)
            count = counter(len(image))
            return restyle_batch(image, style, controls, mask=mask, count=count)

        with plain_tensors():
            try:
                with compute_device(memory) as device:
                    return io.NodeOutput(restyled(device))
            except comfy.model_management.OOM_EXCEPTION:
                _log.warning("Portrait Atelier: not enough memory on the GPU, so the CPU restyles")
            return io.NodeOutput(restyled("cpu"))
