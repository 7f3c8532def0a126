"""Reading of style files: one `.safetensors` each, verified to be complete and unchanged; no pickles."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from ..errors import StyleError
from ..estimation.adapter import StyleAdapter
from ..estimation.color_set import ColorSet
from ..imaging.rendering.look import Look
from ..imaging.rendering.texture import Texture
from ..texts import Text
from .pixel_style import PixelPart
from .style import KINDS, TEXTS, Style, checked_name
from .style_container import SUFFIX as SUFFIX
from .style_container import ZIP_SUFFIX as ZIP_SUFFIX
from .style_container import hash_of, read_style_file


def save_style(style: Style, path: Path, *, overwrite: bool = False) -> Path:
    """Write a style file; see `Style.save`."""
    return style.save(path, overwrite=overwrite)


def load_style(path: Path) -> Style:
    """Read a style file, or that in the zip of a shared style, and verify its content hash.

    Raises:
        StyleError: the file is missing, truncated, tampered with, of a newer format, or no style file.
    """
    metadata, payload = read_style_file(path, KINDS)
    try:
        tensors = load(payload)
        style = _style_from(metadata, tensors)
        found = hash_of(metadata, tensors)
    except (SafetensorError, StyleError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise StyleError(
            "{path}: is damaged ({cause}); get the file again or learn the style anew", path=path, cause=error
        ) from error
    if found != metadata.get("hash"):
        raise StyleError(
            "{path}: was changed after it was written (its content hash does not match); get it again", path=path
        )
    return style


def style_hash(style: Style) -> str:
    """Return the content hash that is stored in the style's file."""
    return hash_of(style.metadata(), style.tensors())


def _style_from(metadata: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Style:
    parts = tuple(
        (float(part["weight"]), _style_from(part, _below(tensors, f"parts.{index}.")))
        for index, part in enumerate(metadata["parts"])
    )
    return Style(
        name=checked_name(str(metadata["name"])),  # part of file names
        kind=metadata["kind"],
        **{key: _printable(str(metadata[key])) for key in TEXTS},
        num_photos=int(metadata["num_photos"]),
        settings=dict(metadata["settings"]),
        look=_look_from(_below(tensors, "look.")),
        photos=_colors_from(tensors, "photos.", "population."),
        own=_colors_from(tensors, "own.", "neutral."),
        adapter=_adapter_from(metadata, _below(tensors, "adapter.")),
        score=dict(metadata.get("score", {})),
        parts=parts,
        pixel=_pixel_from(_below(tensors, "pixel.")),
        texture=_texture_from(_below(tensors, "texture.")),
        cover=tensors["cover"].tobytes() if "cover" in tensors else b"",
    )


def _printable(text: str) -> str:
    """Replace control characters, which could manipulate a terminal."""
    return "".join(letter if letter == "\n" or unicodedata.category(letter) != "Cc" else " " for letter in text)


def _below(tensors: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def _look_from(tensors: Mapping[str, np.ndarray]) -> Look | None:
    if not tensors:
        return None
    table, grid = tensors["table"].copy(), tensors["grid"].copy()
    look = Look(table, grid, ground=_copied(tensors.get("ground")), curves=_copied(tensors.get("curves")))
    parts = (look.table, look.grid, look.ground, look.curves)
    if not all(np.isfinite(part).all() for part in parts if part is not None):
        raise ValueError(Text("its look holds values that are not numbers"))
    return look


def _copied(values: np.ndarray | None) -> np.ndarray | None:
    return None if values is None else values.copy()


def _colors_from(tensors: Mapping[str, np.ndarray], *prefixes: str) -> ColorSet | None:
    """Read sampled colors under the first prefix that exists; the last is that of version 0.3."""
    found = next((part for part in (_below(tensors, prefix) for prefix in prefixes) if part), None)
    return None if found is None else ColorSet.from_tensors(found)


def _pixel_from(tensors: Mapping[str, np.ndarray]) -> PixelPart | None:
    return PixelPart.from_tensors(tensors) if tensors else None


def _texture_from(tensors: Mapping[str, np.ndarray]) -> Texture | None:
    return Texture.from_tensors(tensors) if tensors else None


def _adapter_from(metadata: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> StyleAdapter | None:
    return StyleAdapter.from_tensors(str(metadata["base"]), float(metadata["keep"]), tensors) if tensors else None
