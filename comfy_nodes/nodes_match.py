"""Match Portrait Style: image and reference to image, in one node."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..core.photos.cache import photos_key
from ..core.styles.style import Style
from .nodes_apply import entries_of, is_missing, restyle_entries
from .photos import gather_photos, require_photos
from .restyling_inputs import restyling_schema, strength_input
from .running import counter, plain_tensors
from .sockets import first
from .style_store import STORE

_TOGETHER, _EACH = "all together", "one for each image"


class MatchPortraitStyle(io.ComfyNode):
    """Image and reference images to image."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node."""
        return restyling_schema(
            "AtelierMatchStyle",
            "Match Portrait Style (Color Match)",
            description="Gives portraits the colors and light of reference photos. Skin, hair, clothes and ground are "
            "matched with their like, and the person stays, because a look cannot invent or move a feature.",
            search_aliases=[
                "color match",
                "color transfer",
                "match reference",
                "color grade",
                "photo style",
                "IPAdapter",
            ],
            own_inputs=[
                io.Image.Input(
                    "reference", tooltip="One photo or several, finished in the style that is wanted; any size."
                ),
                strength_input(),
                io.Combo.Input(
                    "references",
                    options=[_TOGETHER, _EACH],
                    tooltip="Whether several references are one style, or the first is for the first image, and so on.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls, image: list[Tensor], reference: list[Tensor], references: list[str], **controls: list[Any]
    ) -> io.NodeOutput:
        """Make styles of the references, and restyle the images."""
        if first(references) == _TOGETHER or sum(map(len, reference)) < 2:
            with plain_tensors():
                style = _style_of(reference)
            return restyle_entries(cls, entries_of({"image": image, "style": [style], "variation": [0], **controls}))
        frames = [frame[None] for batch in image for frame in batch]
        masks = [one[None] for batch in controls.pop("mask", None) or () if batch is not None for one in batch]
        with plain_tensors():
            styles = [_style_of([frame[None]]) for batch in reference for frame in batch][: len(frames)]
        given = {"image": frames, "style": styles, "mask": masks, "variation": [0], **controls}
        return restyle_entries(cls, entries_of(given), sizes=[len(batch) for batch in image])

    @classmethod
    def check_lazy_status(cls, **inputs: Any) -> list[str]:
        """Ask for the mask."""
        return ["mask"] if "mask" in inputs and is_missing(inputs["mask"]) else []


def _style_of(reference: list[Tensor]) -> Style:
    from ..core.learning.look.instant import style_from_proxies

    count = counter(1)
    photos = gather_photos(reference, None, count)
    require_photos(photos)
    return STORE.get(
        photos_key(photos, []), lambda: style_from_proxies(photos, "reference", cover=False, progress=count)
    )
