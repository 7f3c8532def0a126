"""Style files: one `.safetensors` each, with all metadata as JSON under one key; no pickles."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ..errors import StyleError
from ..estimation.adapter import StyleAdapter
from ..estimation.color_set import ColorSet
from ..imaging.files.atomic import atomic_write
from ..imaging.rendering.look import Look
from .pixel_style import PixelPart
from .style import KINDS, Style, checked_name, content_hash

FORMAT = 1
SUFFIX = ".safetensors"
MAX_BYTES = 64 * 1024 * 1024
_KEY = "portrait_atelier"
_TEXTS = ("description", "words", "licence", "created")


def save_style(style: Style, path: Path, *, overwrite: bool = False) -> Path:
    """Write a style file atomically.

    Args:
        style: to write.
        path: of the file; `.safetensors` is appended if it is missing.
        overwrite: whether an existing file may be replaced.

    Returns:
        The path of the file.

    Raises:
        AtelierError: the file exists or cannot be written.
    """
    if path.suffix.lower() != SUFFIX:
        path = path.with_name(path.name + SUFFIX)
    tensors, described = _tensors_of(style), _metadata_of(style)
    metadata = {"format": FORMAT, "hash": content_hash(style.kind, _hashed_settings(described), tensors), **described}
    payload = save(tensors, {_KEY: json.dumps(metadata, sort_keys=True)})
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(payload)
    return path


def load_style(path: Path) -> Style:
    """Read a style file and verify its content hash.

    Raises:
        StyleError: the file is missing, truncated, tampered with, of a newer format, or no style file.
    """
    payload = _read_bytes(path)
    metadata = _read_metadata(path, payload)
    try:
        tensors = load(payload)
        style = _style_from(metadata, tensors)
        found = content_hash(style.kind, _hashed_settings(metadata), tensors)
    except (SafetensorError, StyleError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise StyleError(f"{path}: is damaged ({error}); get the file again or learn the style anew") from error
    if found != metadata.get("hash"):
        raise StyleError(f"{path}: was changed after it was written (its content hash does not match); get it again")
    return style


def style_hash(style: Style) -> str:
    """Return the content hash that is stored in the style's file."""
    return content_hash(style.kind, _hashed_settings(_metadata_of(style)), _tensors_of(style))


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise StyleError(f"{path}: is a folder, not a style file")
        if path.stat().st_size > MAX_BYTES:
            raise StyleError(f"{path}: is too large to be a style file ({path.stat().st_size / 1e6:.0f} MB)")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise StyleError(f"{path}: no such style file") from error
    except OSError as error:
        raise StyleError(f"{path}: cannot be read ({error.strerror})") from error


def _read_metadata(path: Path, payload: bytes) -> dict[str, Any]:
    _check_container(path, payload)
    size = int.from_bytes(payload[:8], "little")
    if size > len(payload) - 8:
        raise StyleError(f"{path}: is truncated ({len(payload)} bytes); get the file again")
    try:
        header = json.loads(payload[8 : 8 + size])
        metadata = json.loads(header["__metadata__"][_KEY])
        version, kind = metadata["format"], metadata["kind"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StyleError(
            f"{path}: is not a Portrait Atelier style (no style metadata inside); make one with `atelier learn`"
        ) from error
    if not isinstance(version, int) or version > FORMAT or kind not in KINDS:
        raise StyleError(
            f"{path}: was made by a newer Portrait Atelier (format {version}, kind {kind!r}; this one reads format "
            f"{FORMAT}); update with `pip install -U portrait-atelier`"
        )
    return metadata


def _check_container(path: Path, payload: bytes) -> None:
    if payload[8:9] == b"{":  # safetensors: 8 arbitrary bytes of length, then JSON
        return
    if payload[:2] == b"PK" or (payload[:1] == b"\x80" and payload[1:2] in b"\x02\x03\x04\x05"):
        raise StyleError(
            f"{path}: is a pickle, which can run programs when it is opened; it was not opened. "
            f"Style files are {SUFFIX} files made by `atelier learn`"
        )
    raise StyleError(f"{path}: is not a style file; style files are {SUFFIX} files made by `atelier learn`")


def _hashed_settings(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings, and all else beside the tensors that determines the result."""
    found = {**metadata["settings"], **{key: metadata[key] for key in ("base", "keep") if key in metadata}}
    if metadata["parts"]:
        found["parts"] = [
            [part["weight"], part["kind"], part["name"], _hashed_settings(part)] for part in metadata["parts"]
        ]
    return found


def _metadata_of(style: Style) -> dict[str, Any]:
    return {
        "name": style.name,
        "kind": style.kind,
        **{key: getattr(style, key) for key in _TEXTS},
        "num_photos": style.num_photos,
        "settings": dict(style.settings),
        "score": dict(style.score),
        **({} if style.adapter is None else {"base": style.adapter.base, "keep": style.adapter.delta_weight}),
        "parts": [{"weight": weight, **_metadata_of(part)} for weight, part in style.parts],
    }


def _tensors_of(style: Style) -> dict[str, np.ndarray]:
    tensors: dict[str, np.ndarray] = {}
    if style.cover:
        tensors["cover"] = np.frombuffer(style.cover, np.uint8)
    if style.look is not None:
        tensors["look.table"] = style.look.table
        tensors["look.grid"] = style.look.grid
    parts = {"photos": style.photos, "own": style.own, "adapter": style.adapter}
    for name, part in parts.items():
        if part is not None:
            tensors.update({f"{name}.{key}": value for key, value in part.tensors().items()})
    if style.pixel is not None:
        tensors.update({f"pixel.{key}": value for key, value in style.pixel.tensors().items()})
    for index, (_, part) in enumerate(style.parts):
        tensors.update({f"parts.{index}.{key}": value for key, value in _tensors_of(part).items()})
    return {key: np.ascontiguousarray(value) for key, value in tensors.items()}


def _style_from(metadata: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Style:
    parts = tuple(
        (float(part["weight"]), _style_from(part, _below(tensors, f"parts.{index}.")))
        for index, part in enumerate(metadata["parts"])
    )
    return Style(
        name=checked_name(str(metadata["name"])),  # part of file names
        kind=metadata["kind"],
        **{key: _printable(str(metadata[key])) for key in _TEXTS},
        num_photos=int(metadata["num_photos"]),
        settings=dict(metadata["settings"]),
        look=_look_from(_below(tensors, "look.")),
        photos=_colors_from(tensors, "photos.", "population."),
        own=_colors_from(tensors, "own.", "neutral."),
        adapter=_adapter_from(metadata, _below(tensors, "adapter.")),
        score=dict(metadata.get("score", {})),
        parts=parts,
        pixel=_pixel_from(_below(tensors, "pixel.")),
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
    look = Look(tensors["table"].copy(), tensors["grid"].copy())
    if not (np.isfinite(look.table).all() and np.isfinite(look.grid).all()):
        raise ValueError("its look holds values that are not numbers")
    return look


def _colors_from(tensors: Mapping[str, np.ndarray], *prefixes: str) -> ColorSet | None:
    """Read sampled colors under the first prefix that exists; the last is that of version 0.3."""
    found = next((part for part in (_below(tensors, prefix) for prefix in prefixes) if part), None)
    return None if found is None else ColorSet.from_tensors(found)


def _pixel_from(tensors: Mapping[str, np.ndarray]) -> PixelPart | None:
    return PixelPart.from_tensors(tensors) if tensors else None


def _adapter_from(metadata: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> StyleAdapter | None:
    return StyleAdapter.from_tensors(str(metadata["base"]), float(metadata["keep"]), tensors) if tensors else None
