"""Restyling of photo files: all output paths are planned before the first file is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import AtelierError
from ..imaging.files.mask import fit_mask, read_mask
from ..imaging.files.reading import read_photo
from ..imaging.files.writing import writable_suffix, write_photo
from ..imaging.photo import PHOTO_SUFFIXES, RAW_SUFFIXES, Photo
from ..imaging.rendering.look import Look
from ..styles.applying import apply_style
from ..styles.controls import Controls
from ..styles.fitting import fit_for
from ..styles.style import Style
from ..texts import Text

_FILE_SUFFIXES = {*PHOTO_SUFFIXES, *RAW_SUFFIXES, ".gif", ".bmp", ".psd", ".exr", ".jp2", ".jxl"}


@dataclass(frozen=True)
class FileRequest:
    """Photo files to restyle, with outputs and controls.

    Attributes:
        photos: the photos, in the order given.
        output: a file or a folder; None for the folder of each photo.
        controls: of the style.
        mask: a gray picture, as a file or an array, white where the style is applied; None for everywhere.
        compare: whether to write before and after side by side, too.
        quality: 1 to 100 of JPEG and WebP; None keeps the photo's own.
        overwrite: whether files may be replaced.
    """

    photos: tuple[Path, ...]
    output: Path | None
    controls: Controls
    mask: Path | np.ndarray | None = None
    compare: bool = False
    quality: int | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class RestyledFile:
    """One photo of a request, restyled and written.

    Attributes:
        before: as it was read.
        after: restyled.
        notes: for users: on what was done, and on information lost in reading and writing.
    """

    before: Photo
    after: Photo
    notes: tuple[Text, ...]


def plan_outputs(request: FileRequest, style_name: str) -> list[Path]:
    """Return the output path of each photo of a request.

    Raises:
        AtelierError: several photos would become one file, or a photo would replace itself or one that exists.
    """
    outputs = [_output_of(request, path, style_name) for path in request.photos]
    if len(request.photos) > 1 and request.output is not None and not _is_folder(request.output):
        raise AtelierError(
            "{output}: is one file for {count} photos; give a folder with -o",
            output=request.output,
            count=len(request.photos),
        )
    every = [
        (path, photo)
        for photo, output in zip(request.photos, outputs, strict=True)
        for path in _written(request, output)
    ]
    _check_outputs(request, every)
    if not request.overwrite:
        for path, _ in every:
            if path.exists():
                raise AtelierError("{path}: exists already; add --overwrite, or choose another name with -o", path=path)
    return outputs


def compare_path(output: Path) -> Path:
    """Return the path of before and after side by side, for a photo written to `output`."""
    return output.with_name(f"{output.stem}.compare.jpg")


def restyle_file(
    request: FileRequest, style: Style, path: Path, output: Path, look: Look | None = None
) -> RestyledFile:
    """Read one photo of a request, restyle it and write it.

    Args:
        request: the request.
        style: of any kind.
        path: the photo.
        output: path of the result, from `plan_outputs`.
        look: of the series; None for the photo's own.

    Raises:
        AtelierError: the photo or the mask cannot be read, or the result cannot be written.
    """
    photo = read_photo(path)
    fit = fit_for(photo, style, request.controls, look)
    result = apply_style(photo, style, request.controls, mask=mask_for(request.mask, photo), fit=fit)
    notes = write_photo(result, output, overwrite=request.overwrite, quality=request.quality)
    return RestyledFile(photo, result, (*photo.notes, *(() if fit is None else fit.remarks), *notes))


def mask_for(mask: Path | np.ndarray | None, photo: Photo) -> np.ndarray | None:
    """Return a mask, from a file or a picture, at the size of a photo: (H, W) float32 in [0, 1].

    Raises:
        PhotoError: the file cannot be read, or its shape is not the photo's.
    """
    if isinstance(mask, Path):
        return read_mask(mask, photo.height, photo.width)
    return None if mask is None else fit_mask(mask, photo.height, photo.width)


def _check_outputs(request: FileRequest, every: Sequence[tuple[Path, Path]]) -> None:
    """Check all (output, photo) pairs."""
    sources = {path.resolve() for path in request.photos}
    mask = request.mask.resolve() if isinstance(request.mask, Path) else None
    seen: dict[str, Path] = {}
    for path, photo in every:
        if path.resolve() in sources:
            raise AtelierError(
                "{path}: would replace a photo that is to be restyled; choose another name with -o", path=path
            )
        if path.resolve() == mask:
            raise AtelierError("{path}: would replace the mask; choose another name with -o", path=path)
        key = str(path.resolve()).casefold()  # as compared by file systems that ignore case
        if key in seen:
            raise AtelierError(
                "{path}: two photos would get this name ({other}, {photo}); restyle them apart",
                path=path,
                other=seen[key],
                photo=photo,
            )
        seen[key] = photo


def _output_of(request: FileRequest, photo: Path, style_name: str) -> Path:
    if request.output is None:
        return photo.with_name(f"{photo.stem}.{style_name}{writable_suffix(photo)}")
    if len(request.photos) > 1 or _is_folder(request.output):
        return request.output / f"{photo.stem}{writable_suffix(photo)}"
    return request.output


def _is_folder(path: Path) -> bool:
    return path.is_dir() or path.suffix.lower() not in _FILE_SUFFIXES


def _written(request: FileRequest, output: Path) -> list[Path]:
    return [output, compare_path(output)] if request.compare else [output]
