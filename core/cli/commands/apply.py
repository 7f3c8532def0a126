"""`atelier apply`: one style on any number of photos; a bad photo does not stop the rest."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ...errors import AtelierError
from ...imaging.files.mask import read_mask
from ...imaging.files.reading import read_photo
from ...imaging.files.writing import writable_suffix, write_photo
from ...imaging.photo import PHOTO_SUFFIXES, RAW_SUFFIXES, Photo
from ...imaging.proxy import Proxy, proxy_of
from ...imaging.rendering.look import Look
from ...imaging.rendering.render import load_kernel_beside
from ...learning.resolve import resolve_style
from ...reports.style_words import RENEW
from ...styles.applying import apply_style, look_of_series
from ...styles.controls import Controls
from ...styles.style import Style
from .console import fail, note, progress_bar, say

COMPARE_SIZE = 1200
_FILE_SUFFIXES = {*PHOTO_SUFFIXES, *RAW_SUFFIXES, ".gif", ".bmp", ".psd", ".exr", ".jp2", ".jxl"}


@dataclass(frozen=True)
class ApplyRequest:
    """The arguments of one call of `atelier apply`.

    Attributes:
        photos: to restyle, in order.
        style: a name, a style file, a photo or a folder of photos.
        output: a file or a folder; None to write beside each photo.
        controls: how the style is applied.
        mask: a gray picture, or None.
        compare: whether to also write before and after side by side.
        quality: of JPEG and WebP, 1 to 100; None for the photo's own.
        overwrite: whether files may be replaced.
    """

    photos: tuple[Path, ...]
    style: str
    output: Path | None
    controls: Controls
    mask: Path | None = None
    compare: bool = False
    quality: int | None = None
    overwrite: bool = False


def run_apply(request: ApplyRequest) -> int:
    """Restyle all photos of a request.

    Returns:
        The exit code: 0, or 1 if any photo failed.

    Raises:
        AtelierError: the request is invalid; nothing was written.
    """
    with progress_bar("reading the style") as progress:
        style = resolve_style(request.style, progress=progress)
    if style.is_outdated:
        note(f"{style.name}: {RENEW}")
    outputs = plan_outputs(request, style.name)
    load_kernel_beside(_announced_pixels(request.photos[0]))
    look = _look_of_series(request, style) if request.controls.series else None
    failed = 0
    with progress_bar(style.name) as progress:
        for done, (path, output) in enumerate(zip(request.photos, outputs, strict=True)):
            progress(done, len(outputs))
            try:
                _apply_one(request, style, look, path, output)
            except AtelierError as error:
                failed += 1
                fail(str(error))
    if failed and len(outputs) > 1:
        fail(f"{failed} of {len(outputs)} photos could not be restyled")
    return 1 if failed else 0


def plan_outputs(request: ApplyRequest, style_name: str) -> list[Path]:
    """Return the output path of each photo of a request.

    Raises:
        AtelierError: several photos would become one file, or a photo would replace itself or one that exists.
    """
    outputs = [_output_of(request, path, style_name) for path in request.photos]
    if len(request.photos) > 1 and request.output is not None and not _is_folder(request.output):
        raise AtelierError(f"{request.output}: is one file for {len(request.photos)} photos; give a folder with -o")
    every = [
        (path, photo)
        for photo, output in zip(request.photos, outputs, strict=True)
        for path in _written(request, output)
    ]
    _check_outputs(request, every)
    if not request.overwrite:
        for path, _ in every:
            if path.exists():
                raise AtelierError(f"{path}: exists already; add --overwrite, or choose another name with -o")
    return outputs


def _check_outputs(request: ApplyRequest, every: Sequence[tuple[Path, Path]]) -> None:
    """Check all (output, photo) pairs."""
    sources = {path.resolve() for path in request.photos}
    mask = None if request.mask is None else request.mask.resolve()
    seen: dict[str, Path] = {}
    for path, photo in every:
        if path.resolve() in sources:
            raise AtelierError(f"{path}: would replace a photo that is to be restyled; choose another name with -o")
        if path.resolve() == mask:
            raise AtelierError(f"{path}: would replace the mask; choose another name with -o")
        key = str(path.resolve()).casefold()  # as on file systems that ignore case
        if key in seen:
            raise AtelierError(f"{path}: two photos would get this name ({seen[key]}, {photo}); restyle them apart")
        seen[key] = photo


def _output_of(request: ApplyRequest, photo: Path, style_name: str) -> Path:
    if request.output is None:
        return photo.with_name(f"{photo.stem}.{style_name}{writable_suffix(photo)}")
    if len(request.photos) > 1 or _is_folder(request.output):
        return request.output / f"{photo.stem}{writable_suffix(photo)}"
    return request.output


def _is_folder(path: Path) -> bool:
    return path.is_dir() or path.suffix.lower() not in _FILE_SUFFIXES


def _written(request: ApplyRequest, output: Path) -> list[Path]:
    return [output, _compare_path(output)] if request.compare else [output]


def _compare_path(output: Path) -> Path:
    return output.with_name(f"{output.stem}.compare.jpg")


def _look_of_series(request: ApplyRequest, style: Style) -> Look | None:
    """Compute one look for all readable photos; errors of the others are reported later."""
    with progress_bar("looking at the series") as progress:
        proxies = _proxies(request.photos, progress)
        first = next(proxies, None)
        return None if first is None else look_of_series(chain([first], proxies), style, request.controls)


def _proxies(photos: Sequence[Path], progress: Callable[[int, int], None]) -> Iterator[Proxy]:
    for done, path in enumerate(photos):
        progress(done, len(photos))
        with suppress(AtelierError):
            yield proxy_of(read_photo(path))


def _announced_pixels(path: Path) -> int:
    """Return the number of pixels in the header of a JPEG; 0 for other files and for errors."""
    from ...imaging.files.jpeg_file import size_of_jpeg

    if PHOTO_SUFFIXES.get(path.suffix.lower()) != "JPEG":
        return 0
    with suppress(OSError, ValueError, struct.error):
        return math.prod(size_of_jpeg(path))
    return 0


def _apply_one(request: ApplyRequest, style: Style, look: Look | None, path: Path, output: Path) -> None:
    photo = read_photo(path)
    mask = None if request.mask is None else read_mask(request.mask, photo.height, photo.width)
    result = apply_style(photo, style, request.controls, mask=mask, look=look)
    notes = [*photo.notes, *write_photo(result, output, overwrite=request.overwrite, quality=request.quality)]
    if request.compare:
        _write_comparison(photo, result, style, _compare_path(output), overwrite=request.overwrite)
    for text in notes:
        note(f"{path}: {text}")
    say(str(output))


def _write_comparison(before: Photo, after: Photo, style: Style, path: Path, *, overwrite: bool) -> None:
    from ...imaging.contact_sheet import side_by_side
    from ...imaging.preview import preview_of

    pictures = [preview_of(photo, COMPARE_SIZE) for photo in (before, after)]
    both = side_by_side(pictures[0], pictures[1], ("before", style.name))
    write_photo(Photo(pixels=both, file_format="JPEG"), path, overwrite=overwrite)
