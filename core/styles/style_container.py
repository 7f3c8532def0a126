"""Container of style files: tensors in safetensors, all metadata as JSON under one key, a hash of both; no pickle."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from safetensors.numpy import save

from ..errors import StyleError
from ..imaging.files.atomic import atomic_write
from ..installation import update_command
from ..texts import cause_of

try:
    from lzma import LZMAError
except ImportError:  # a Python without it, which reads no such zips
    LZMAError = zipfile.BadZipFile

FORMAT = 2  # with what version 0.3 does not know: texture, a table of the ground or of another size, curves; else 1
SUFFIX = ".safetensors"
ZIP_SUFFIX = ".zip"  # of a shared style: the style file is in it, beside pictures and texts
MAX_BYTES = 160 * 1024 * 1024  # a blend of four of the largest color tables
_KEY = "portrait_atelier"
_COVERS = "ssmd_cover_images"  # where ComfyUI and other programs that list networks look for pictures of one
_ALIGNMENT = 8  # bytes, of a safetensors header
_SIZE_BYTES = 8  # of a safetensors file, that tell the size of its header
_MAX_HEADER = 1 << 22  # bytes
_NEW_PARTS = {"texture", "ground", "curves"}  # of the names of tensors
_OLD_TABLE_SIZE = 17
ZIP_ERRORS = (  # of damage; also of a name that is no text, a password, an unknown compression
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    EOFError,
    ValueError,
    RuntimeError,
)
_NOT_OURS = "__MACOSX"  # folder of what macOS adds to zips, under the names of the files


def write_style_file(
    path: Path, metadata: Mapping[str, Any], tensors: Mapping[str, np.ndarray], *, overwrite: bool
) -> Path:
    """Write a style file atomically.

    Args:
        path: of the file; `.safetensors` is appended if missing.
        metadata: of the style, including `kind`.
        tensors: arrays by name.
        overwrite: whether an existing file may be replaced.

    Returns:
        The path written.

    Raises:
        StyleError: it would be larger than a style file that can be read.
        AtelierError: the file exists or cannot be written.
    """
    if path.suffix.lower() != SUFFIX:
        path = path.with_name(path.name + SUFFIX)
    version = FORMAT if any(map(_is_new, tensors, tensors.values())) else 1
    described = {"format": version, "hash": hash_of(metadata, tensors), **metadata}
    kept = {_KEY: json.dumps(described, sort_keys=True)}
    if "cover" in tensors:
        kept[_COVERS] = json.dumps([base64.b64encode(tensors["cover"].tobytes()).decode()])
    payload = _with_metadata(save(dict(tensors)), kept)
    if len(payload) > MAX_BYTES:
        raise StyleError(
            "{path}: would be too large for a style file ({size:.0f} MB, the limit is {limit:.0f} MB); blend fewer "
            "styles, or styles with smaller color tables",
            path=path,
            size=len(payload) / 1e6,
            limit=MAX_BYTES / 1e6,
        )
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(payload)
    return path


def read_style_file(path: Path, kinds: Collection[str]) -> tuple[dict[str, Any], bytes]:
    """Read the metadata of a style file, and the bytes of its tensors.

    Args:
        path: the file, or a zip with it.
        kinds: supported kinds of styles.

    Raises:
        StyleError: the file is missing, truncated, of a newer format, or not a style file.
    """
    payload = _read_zipped(path) if path.suffix.lower() == ZIP_SUFFIX else _read_bytes(path)
    return _read_metadata(path, payload, kinds), payload


def is_style_file(path: Path) -> bool:
    """Whether a file is a style file by its header, which alone is read; other networks have the same suffix."""
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(_SIZE_BYTES), "little")
            header = json.loads(file.read(size)) if size <= _MAX_HEADER else {}
    except (OSError, ValueError):
        return False
    return isinstance(header, dict) and _KEY in header.get("__metadata__", {})


def content_hash(kind: str, settings: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> str:
    """Return the SHA-256 of kind, settings and tensors, which determine the result; not of name or date."""
    digest = hashlib.sha256(json.dumps([kind, settings], sort_keys=True).encode())
    for key in sorted(tensors):
        array = np.ascontiguousarray(tensors[key])
        digest.update(f"{key}|{array.dtype.str}|{array.shape}|".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def hash_of(metadata: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> str:
    """Return the content hash of a style from its metadata."""
    return content_hash(metadata["kind"], _hashed_settings(metadata), tensors)


def _with_metadata(payload: bytes, metadata: dict[str, str]) -> bytes:
    """Put metadata into a safetensors file in their order, which safetensors itself does not keep."""
    end = _SIZE_BYTES + int.from_bytes(payload[:_SIZE_BYTES], "little")
    header = json.dumps({"__metadata__": metadata, **json.loads(payload[_SIZE_BYTES:end])}, separators=(",", ":"))
    encoded = header.encode()
    encoded += b" " * (-len(encoded) % _ALIGNMENT)
    return len(encoded).to_bytes(_SIZE_BYTES, "little") + encoded + payload[end:]


def _is_new(name: str, values: np.ndarray) -> bool:
    """Whether version 0.3 does not know such a tensor."""
    parts = name.split(".")
    return not _NEW_PARTS.isdisjoint(parts) or (parts[-1] == "table" and len(values) != _OLD_TABLE_SIZE)


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise StyleError("{path}: is a folder, not a style file", path=path)
        _check_size(path, path.stat().st_size)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise StyleError("{path}: no such style file", path=path) from error
    except OSError as error:
        raise StyleError("{path}: cannot be read ({cause})", path=path, cause=cause_of(error)) from error


def _read_zipped(path: Path) -> bytes:
    """Read the only style file of a zip, without unpacking anything to the disk."""
    try:
        with zipfile.ZipFile(path) as zipped:
            entries = [entry for entry in zipped.infolist() if _is_style_entry(entry)]
            if not entries:
                raise StyleError("{path}: holds no style file ({suffix})", path=path, suffix=SUFFIX)
            if len(entries) > 1:
                raise StyleError(
                    "{path}: holds {count} style files; unpack it and take one", path=path, count=len(entries)
                )
            _check_size(path, entries[0].file_size)
            with zipped.open(entries[0]) as file:
                return file.read(MAX_BYTES)
    except FileNotFoundError as error:
        raise StyleError("{path}: no such style file", path=path) from error
    except ZIP_ERRORS as error:
        raise StyleError(
            "{path}: is no zip that can be opened ({cause}); get the file again", path=path, cause=error
        ) from error
    except OSError as error:
        raise StyleError("{path}: cannot be read ({cause})", path=path, cause=cause_of(error)) from error


def _is_style_entry(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename).parts
    is_hidden = _NOT_OURS in parts or any(part.startswith("._") for part in parts)
    return entry.filename.lower().endswith(SUFFIX) and not is_hidden


def _check_size(path: Path, size: int) -> None:
    if size > MAX_BYTES:
        raise StyleError("{path}: is too large to be a style file ({size:.0f} MB)", path=path, size=size / 1e6)


def _read_metadata(path: Path, payload: bytes, kinds: Collection[str]) -> dict[str, Any]:
    _check_container(path, payload)
    size = int.from_bytes(payload[:8], "little")
    if size > len(payload) - 8:
        raise StyleError("{path}: is truncated ({size} bytes); get the file again", path=path, size=len(payload))
    try:
        header = json.loads(payload[8 : 8 + size])
        metadata = json.loads(header["__metadata__"][_KEY])
        version, kind = metadata["format"], metadata["kind"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StyleError(
            "{path}: is not a Portrait Atelier style (no style metadata inside); make one with `atelier learn`",
            path=path,
        ) from error
    if not isinstance(version, int) or version > FORMAT or kind not in kinds:
        raise StyleError(
            "{path}: was made by a newer Portrait Atelier (format {format}, kind {kind!r}; this one reads format "
            "{ours}); update with `{command}`",
            path=path,
            format=version,
            kind=kind,
            ours=FORMAT,
            command=update_command(),
        )
    return metadata


def _check_container(path: Path, payload: bytes) -> None:
    if payload[8:9] == b"{":  # safetensors: 8 bytes of length, of any value, then JSON
        return
    if payload[:2] == b"PK" or (payload[:1] == b"\x80" and payload[1:2] in b"\x02\x03\x04\x05"):
        raise StyleError(
            "{path}: is a pickle, which can run programs when it is opened; it was not opened. Style files are "
            "{suffix} files made by `atelier learn`",
            path=path,
            suffix=SUFFIX,
        )
    raise StyleError(
        "{path}: is not a style file; style files are {suffix} files made by `atelier learn`", path=path, suffix=SUFFIX
    )


def _hashed_settings(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings, and all else beside the tensors that determines the result."""
    found = {**metadata["settings"], **{key: metadata[key] for key in ("base", "keep") if key in metadata}}
    if metadata["parts"]:
        found["parts"] = [
            [part["weight"], part["kind"], part["name"], _hashed_settings(part)] for part in metadata["parts"]
        ]
    return found
