"""What nodes that restyle images have in common: inputs, output, and that all inputs come as lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comfy_api.latest import io

from ..core.imaging.limits import MAX_STRENGTH
from ..core.styles.controls import MAX_GRAIN_FACTOR, REGION_CHOICES, Controls
from .masks import MAX_FEATHER
from .sockets import schema

_DEFAULTS = Controls()


def restyling_schema(node_id: str, display_name: str, own_inputs: Sequence[Any], **known: Any) -> io.Schema:
    """Declare a node that restyles images: image, its own inputs, then those that all such nodes have.

    Args:
        node_id: permanent.
        display_name: in the menu.
        own_inputs: of this node, the strength among them.
        known: other arguments of `schema`.
    """
    return schema(
        node_id,
        display_name,
        inputs=[
            io.Image.Input("image", tooltip="The portraits to restyle; any size and number, alpha is kept."),
            *own_inputs,
            _series_input(),
            _mask_input(),
            *_later_inputs(),
        ],
        outputs=[
            io.Image.Output(display_name="image", is_output_list=True, tooltip="The restyled images, of the same size.")
        ],
        hidden=[io.Hidden.unique_id],
        is_input_list=True,
        **known,
    )


def strength_input() -> io.Float.Input:
    """Declare the strength."""
    return io.Float.Input(
        "strength",
        default=_DEFAULTS.strength,
        min=0.0,
        max=MAX_STRENGTH,
        step=0.01,
        display_mode=io.NumberDisplay.slider,
        tooltip="0 leaves the image as it is, 1 is the style, up to 1.5 exaggerates it.",
    )


def _series_input() -> io.Boolean.Input:
    """Declare whether images get one look."""
    return io.Boolean.Input(
        "series",
        default=_DEFAULTS.series,
        label_on="one look for all",
        label_off="each its own look",
        tooltip="On: all images of the batch or list get one look, from their pooled colors, as the frames "
        "of a clip need it. Off: each image gets its own.",
    )


def _mask_input() -> io.Mask.Input:
    """Declare the mask."""
    return io.Mask.Input(
        "mask",
        optional=True,
        lazy=True,
        tooltip="White is restyled, black stays as it is. One mask serves for all images. The empty mask "
        "that Load Image gives for an opaque image counts as no mask; of a cut-out image, its mask is "
        "white where the image is transparent, so switch invert_mask on.",
    )


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
        io.Boolean.Input(
            "invert_mask",
            optional=True,
            default=False,
            label_on="black is restyled",
            label_off="white is restyled",
            tooltip="On: the mask counts the other way round, as for the mask of Load Image, which is white where an "
            "image is transparent.",
        ),
        io.Int.Input(
            "feather",
            optional=True,
            default=0,
            min=0,
            max=MAX_FEATHER,
            tooltip="Pixels over which the edges of the mask fade; 0 leaves them as they are.",
        ),
    ]
