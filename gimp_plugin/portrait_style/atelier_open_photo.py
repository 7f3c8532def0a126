"""The photo that is open in GIMP, as it was before any style: what a learnt style is shown on."""

from __future__ import annotations

import os
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
from atelier_edit import restyled_before  # noqa: E402
from atelier_layers import opened  # noqa: E402
from atelier_preview import pixels_of_layer  # noqa: E402
from gi.repository import Gimp  # noqa: E402


def open_photo(folder: str, size: int) -> tuple[int, int, bytes] | None:
    """Return the first open image that is not one of the finished photos of a folder.

    Args:
        folder: of the finished photos.
        size: pixels of the longer side, at most.

    Returns:
        Width, height, and float32 RGBA in sRGB, of the layer that would be restyled; None if there is no such image.
    """
    for image in Gimp.get_images():
        layers = opened(list(image.get_selected_layers()) or list(image.get_layers()))
        if layers and not _is_in(image, folder):
            return pixels_of_layer(restyled_before(image, layers)[0][0], size)
    return None


def _is_in(image: Any, folder: str) -> bool:
    files = (image.get_file(), image.get_imported_file(), image.get_exported_file())
    paths = [file.get_path() for file in files if file is not None]
    inside = os.path.join(os.path.realpath(folder), "")
    return any(os.path.realpath(path).startswith(inside) for path in paths if path)
