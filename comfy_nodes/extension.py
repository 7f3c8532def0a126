"""What ComfyUI asks for: the list of our nodes."""

from __future__ import annotations

import logging

from comfy_api.latest import ComfyExtension, io

from .folders import register_style_folder

_log = logging.getLogger(__name__)


class AtelierExtension(ComfyExtension):
    """The pack."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Every node, in the order of the menu."""
        from .nodes_apply import ApplyPortraitStyle
        from .nodes_files import ExportLook, LoadPortraitStyle, SavePortraitStyle
        from .nodes_photos import BlendPortraitStyles, StyleFromPhotos
        from .nodes_report import StyleReport
        from .nodes_train import TrainPortraitStyle

        return [
            ApplyPortraitStyle,
            LoadPortraitStyle,
            StyleFromPhotos,
            TrainPortraitStyle,
            BlendPortraitStyles,
            SavePortraitStyle,
            ExportLook,
            StyleReport,
        ]


def open_extension() -> AtelierExtension:
    """Make the folder of styles known to ComfyUI, and hand out the pack."""
    try:
        register_style_folder()
    except Exception:
        _log.exception("Portrait Atelier could not be loaded")  # ComfyUI logs the text of an error, without its place
        raise
    return AtelierExtension()
