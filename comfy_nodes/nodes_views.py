"""Nodes that look at portraits: masks of their parts, and a crop at full size."""

from __future__ import annotations

from collections.abc import Iterator

import comfy.model_management
import numpy as np
import torch
from comfy_api.latest import io, ui
from torch import Tensor

from ..core.errors import PhotoError
from ..core.styles.region_masks import PARTS, masks_of
from .pictures import face_window, photo_of
from .running import counter, plain_tensors
from .sockets import schema

_CROP_SIZES = (64, 512, 2048)  # pixels: smallest, default, largest
_STEPS = 100  # of the progress of one image
_LINE = 8  # pixels between the two crops
_LINE_GRAY = 0.5
_PART_TIPS = {
    "subject": "The person, with hair, clothes and what is held.",
    "ground": "All but the person; subject and ground sum to white.",
    "skin": "Skin: face, neck, hands, arms; without eyes.",
    "hair": "Hair of the head.",
    "face": "The face from the forehead to the chin, with eyes and lips.",
    "cloth": "Clothes.",
}


class PortraitMasks(io.ComfyNode):
    """Image to masks."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node."""
        return schema(
            "AtelierPortraitMasks",
            "Portrait Masks",
            description="Finds the parts of a portrait and gives each as a soft mask, fitted to the edges of the image "
            "at its full size. For the mask of Apply Portrait Style, or any other node.",
            search_aliases=["segmentation", "face mask", "skin mask", "hair mask", "background mask", "human parsing"],
            inputs=[io.Image.Input("image", tooltip="The portraits, upright; any size and number.")],
            outputs=[io.Mask.Output(display_name=part, tooltip=_PART_TIPS[part]) for part in PARTS],
        )

    @classmethod
    def execute(cls, image: Tensor) -> io.NodeOutput:
        """Find the parts in every image."""
        total = _STEPS * len(image)
        count = counter(total)
        # numpy allocates large pages, which is several times faster than torch's small ones.
        masks = {part: np.empty(tuple(image.shape[:3]), np.float32) for part in PARTS}
        with plain_tensors():
            for number, frame in enumerate(image):
                count(_STEPS * number, total)

                def rows(done: int, height: int, first: int = _STEPS * number) -> None:
                    count(first + int(_STEPS * done / height), total)

                for part, mask in masks_of(photo_of(frame), progress=rows).items():
                    masks[part][number] = mask
            count(total, total)
            device = comfy.model_management.intermediate_device()
            return io.NodeOutput(*(torch.from_numpy(mask).to(device) for mask in masks.values()))


class DetailCrop(io.ComfyNode):
    """Image to a crop at full size."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node."""
        least, default, most = _CROP_SIZES
        return schema(
            "AtelierDetailCrop",
            "Detail Crop",
            description="Cuts a window around the face, pixel for pixel: what a preview of the whole image, which is "
            "shrunk, cannot show of grain, glow and detail.",
            search_aliases=["100 %", "1:1", "zoom", "loupe", "crop face", "pixel peeping"],
            inputs=[
                io.Image.Input("image", tooltip="What to look at, such as the output of Apply Portrait Style."),
                io.Image.Input(
                    "before",
                    optional=True,
                    tooltip="The same images untouched, of the same size: shown on the left, cut at the same place.",
                ),
                io.Int.Input(
                    "size", default=default, min=least, max=most, tooltip="Height and width of the window in pixels."
                ),
            ],
            outputs=[io.Image.Output(display_name="crop", tooltip="The window; with before, both side by side.")],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, image: Tensor, size: int, before: Tensor | None = None) -> io.NodeOutput:
        """Cut the windows, and show them."""
        if not len(image):
            return io.NodeOutput(image)
        if before is not None and (not len(before) or before.shape[1:3] != image.shape[1:3]):
            raise PhotoError("before: has another size than image, or is empty; connect the same images, untouched")
        with plain_tensors():
            crops = torch.stack(list(_crops(image, before, size)))
            return io.NodeOutput(crops, ui=ui.PreviewImage(crops, cls=cls))


def _crops(image: Tensor, before: Tensor | None, size: int) -> Iterator[Tensor]:
    count = counter(len(image))
    for number, frame in enumerate(image):
        count(number, len(image))
        untouched = None if before is None else before[number % len(before)]
        rows, columns = face_window(photo_of(frame if untouched is None else untouched), size)
        crop = _in_color(frame[rows, columns])
        if untouched is not None:
            line = torch.full_like(crop[:, :_LINE], _LINE_GRAY)
            crop = torch.cat([_in_color(untouched[rows, columns]), line, crop], dim=1)
        yield crop
    count(len(image), len(image))


def _in_color(crop: Tensor) -> Tensor:
    """(H, W, 3), without alpha; gray is repeated."""
    return crop[..., :3].expand(-1, -1, 3).float().cpu().clamp(0, 1)
