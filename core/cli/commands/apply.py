"""`atelier apply`: one style on any number of photos; a bad photo does not stop the rest."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path

from ...errors import AtelierError
from ...imaging.files.reading import read_photo
from ...imaging.files.writing import write_photo
from ...imaging.photo import PHOTO_SUFFIXES, Photo
from ...imaging.proxy import Proxy, proxy_of
from ...imaging.rendering.look import Look
from ...imaging.rendering.render import is_kernel_worth_it, load_kernel_beside
from ...learning.resolve import resolve_style
from ...reports.words import RENEW
from ...scripting.files import FileRequest, compare_path, plan_outputs, restyle_file
from ...styles.applying import look_of_series
from ...styles.style import Style
from ...texts import verbatim
from .console import fail, note, progress_bar, say

COMPARE_SIZE = 1200


def run_apply(request: FileRequest, style_text: str) -> int:
    """Restyle all photos of a request.

    Args:
        request: photos, outputs and controls.
        style_text: a name, a style file, a photo or a folder of photos.

    Returns:
        The exit code: 0, or 1 if any photo failed.

    Raises:
        AtelierError: the request is invalid; nothing was written.
    """
    with progress_bar("reading the style") as progress:
        style = resolve_style(style_text, progress=progress)
    if style.is_outdated:
        note("{name}: {text}", name=style.name, text=RENEW)
    outputs = plan_outputs(request, style.name)
    _load_kernel(request, style)
    look = _look_of_series(request, style) if request.controls.series else None
    failed = 0
    with progress_bar(verbatim(style.name)) as progress:
        for done, (path, output) in enumerate(zip(request.photos, outputs, strict=True)):
            progress(done, len(outputs))
            try:
                _apply_one(request, style, look, path, output)
            except AtelierError as error:
                failed += 1
                fail(error)
    if failed and len(outputs) > 1:
        fail("{failed} of {total} photos could not be restyled", failed=failed, total=len(outputs))
    return 1 if failed else 0


def _look_of_series(request: FileRequest, style: Style) -> Look | None:
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


def _load_kernel(request: FileRequest, style: Style) -> None:
    """Load the renderer while the first photo is read; tell if it has to be compiled before."""
    num_pixels = _announced_pixels(request.photos[0])
    texture = bool(style.textures) or request.controls.protect_skin > 0 or style.treats_ground_apart
    load_kernel_beside(num_pixels, texture=texture)
    if not (texture and is_kernel_worth_it(num_pixels)):
        return
    with suppress(ImportError):  # numba is missing or broken
        from ...imaging.rendering.texture_cpu import has_compiled_kernels

        if not has_compiled_kernels():
            note("the renderer of texture is compiled, once on this computer: about 15 seconds")


def _announced_pixels(path: Path) -> int:
    """Return the number of pixels in the header of a JPEG; 0 for other files and for errors."""
    from ...imaging.files.jpeg_file import size_of_jpeg

    if PHOTO_SUFFIXES.get(path.suffix.lower()) != "JPEG":
        return 0
    with suppress(OSError, ValueError, struct.error):
        return math.prod(size_of_jpeg(path))
    return 0


def _apply_one(request: FileRequest, style: Style, look: Look | None, path: Path, output: Path) -> None:
    done = restyle_file(request, style, path, output, look)
    if request.compare:
        _write_comparison(done.before, done.after, style, compare_path(output), overwrite=request.overwrite)
    for text in done.notes:
        note("{path}: {text}", path=path, text=text)
    say(verbatim(str(output)))


def _write_comparison(before: Photo, after: Photo, style: Style, path: Path, *, overwrite: bool) -> None:
    from ...imaging.contact_sheet import side_by_side
    from ...imaging.proxy import preview_of

    pictures = [preview_of(photo, COMPARE_SIZE) for photo in (before, after)]
    both = side_by_side(pictures[0], pictures[1], ("before", style.name))
    write_photo(Photo(pixels=both, file_format="JPEG"), path, overwrite=overwrite)
