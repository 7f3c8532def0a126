"""The extension of ComfyUI: the list of nodes."""

from __future__ import annotations

import importlib.util
import logging
from functools import wraps
from typing import Any

from comfy_api.latest import ComfyExtension, io

from ..core.errors import AtelierError
from ..core.languages import translate
from .covers import add_routes
from .folders import register_style_folder
from .running import installer_command, load_kernel_soon

_log = logging.getLogger(__name__)


class AtelierExtension(ComfyExtension):
    """The extension."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Return all nodes, in the order of the menu."""
        from .nodes_apply import ApplyPortraitStyle
        from .nodes_files import ExportLook, LoadPortraitStyle, SavePortraitStyle
        from .nodes_folder import LoadPhotos
        from .nodes_match import MatchPortraitStyle
        from .nodes_photos import BlendPortraitStyles, StyleFromPhotos
        from .nodes_report import StyleReport
        from .nodes_train import TrainPortraitStyle
        from .nodes_views import DetailCrop, PortraitMasks

        nodes = [
            ApplyPortraitStyle,
            MatchPortraitStyle,
            LoadPortraitStyle,
            LoadPhotos,
            StyleFromPhotos,
            TrainPortraitStyle,
            BlendPortraitStyles,
            SavePortraitStyle,
            ExportLook,
            StyleReport,
            PortraitMasks,
            DetailCrop,
        ]
        for node in nodes:
            _without_commands(node)
        return nodes


def open_extension() -> AtelierExtension:
    """Register the folder of styles, have the compiled renderer loaded, and return the extension.

    Raises:
        AtelierError: OpenCV is missing.
    """
    try:
        _require_opencv()
        register_style_folder()
        add_routes()
        load_kernel_soon()
    except Exception:
        _log.exception("Portrait Atelier could not be loaded")  # ComfyUI itself logs no traceback
        raise
    return AtelierExtension()


def _require_opencv() -> None:
    if importlib.util.find_spec("cv2") is None:
        raise AtelierError("OpenCV is missing; run: {command}", command=installer_command())


def _without_commands(node: Any) -> None:
    """Let the errors of a node class speak as in every program with windows: of no command and of no option."""
    execute = node.execute.__func__
    if hasattr(execute, "__wrapped__"):
        return

    @wraps(execute)
    def execute_so(cls: Any, *given: Any, **inputs: Any) -> Any:
        try:
            return execute(cls, *given, **inputs)
        except AtelierError as error:
            error.args = (translate(error, "en"),)
            raise

    node.execute = classmethod(execute_so)
