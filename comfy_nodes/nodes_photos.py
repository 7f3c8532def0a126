"""Nodes of instant styles and of blends."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..core.photos.cache import photos_key
from ..core.styles.style import Style, blend_styles
from .folders import NO_FOLDER, input_folders
from .photos import folder_state, folders_there, gather_photos, require_photos
from .running import counter, plain_tensors
from .sockets import StyleSocket, first, schema
from .style_store import STORE

IMAGES_TIP = "Finished photos of one style: a batch, or a list of images of several sizes."
FOLDER_TIP = (
    "A folder of finished photos below ComfyUI's input folder. Photos in it may have any size. Press R to see new ones."
)
CONTENT_TIP = "Your own photos from before they were finished, if you have them: the style gets truer."
CONTENT_FOLDER_TIP = "A folder of such unfinished photos below ComfyUI's input folder."


class StyleFromPhotos(io.ComfyNode):
    """Photos to instant style."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node."""
        return schema(
            "AtelierStyleFromPhotos",
            "Style From Photos",
            description="Makes a style from finished photos in seconds, without training. One photo gives a first "
            "idea, five a fair one, 25 a good one.",
            search_aliases=["reference image", "color match", "match photos", "instant style"],
            inputs=[
                io.Image.Input("images", optional=True, tooltip=IMAGES_TIP),
                io.Combo.Input("folder", options=input_folders(), default=NO_FOLDER, tooltip=FOLDER_TIP),
                io.Image.Input("content", optional=True, tooltip=CONTENT_TIP),
                io.Combo.Input(
                    "content_folder", options=input_folders(), default=NO_FOLDER, tooltip=CONTENT_FOLDER_TIP
                ),
            ],
            outputs=[StyleSocket.Output(display_name="style", tooltip="For Apply Portrait Style and the others.")],
            is_input_list=True,
        )

    @classmethod
    def validate_inputs(cls, folder: Any, content_folder: Any) -> bool | str:
        """Name the folder that is to be made."""
        return folders_there(folder, content_folder)

    @classmethod
    def fingerprint_inputs(cls, **inputs: Any) -> str:
        """Return a text that changes with the photos of the folders."""
        return folder_state(first(inputs.get("folder")), first(inputs.get("content_folder")))

    @classmethod
    def execute(
        cls,
        folder: list[str],
        content_folder: list[str],
        images: list[Tensor] | None = None,
        content: list[Tensor] | None = None,
    ) -> io.NodeOutput:
        """Compute the instant style."""
        from ..core.learning.look.instant import style_from_proxies

        with plain_tensors():
            count = counter(1)
            photos = gather_photos(images, first(folder), count)
            require_photos(photos)
            own = gather_photos(content, first(content_folder), count)
            style = STORE.get(
                photos_key(photos, own),
                lambda: style_from_proxies(photos, "photos", content=own or None, cover=False, progress=count),
            )
        return io.NodeOutput(style)


class BlendPortraitStyles(io.ComfyNode):
    """Two styles to a blend."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node."""
        return schema(
            "AtelierBlendStyles",
            "Blend Portrait Styles",
            description="Mixes two styles into one that adapts to each image as both do.",
            search_aliases=["mix styles", "merge styles", "average"],
            inputs=[
                StyleSocket.Input("style_a", tooltip="The style at weight 0."),
                StyleSocket.Input("style_b", tooltip="The style at weight 1."),
                io.Float.Input(
                    "weight",
                    default=0.5,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="0 is the first style alone, 1 the second, 0.5 half of each.",
                ),
            ],
            outputs=[StyleSocket.Output(display_name="style", tooltip="The style between.")],
        )

    @classmethod
    def execute(cls, style_a: Style, style_b: Style, weight: float) -> io.NodeOutput:
        """Blend the styles."""
        name = f"{style_a.name} and {style_b.name}"[:80].strip()
        with plain_tensors():
            return io.NodeOutput(blend_styles(style_a, style_b, weight, name))
