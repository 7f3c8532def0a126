"""Restyling for the browser: previews, full size for display, full depth for download."""

from __future__ import annotations

import secrets
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..core.errors import AtelierError
from ..core.imaging.contact_sheet import jpeg_of
from ..core.imaging.files.atomic import atomic_write
from ..core.imaging.files.reading import read_photo, read_proxy, read_reduced
from ..core.imaging.files.writing import copy_untouched, writable_suffix, write_photo
from ..core.imaging.photo import Photo
from ..core.imaging.proxy import preview_of
from ..core.imaging.rendering.look import Look
from ..core.styles.applying import apply_style, look_of_series
from ..core.styles.controls import Controls
from ..core.styles.fitting import fit_for
from ..core.styles.style import Style
from ..core.styles.style_file import style_hash
from ..core.texts import Text, joined
from .masks import Mask

PREVIEW_SIZE = 1400  # pixels of the longer side
THUMBNAIL_SIZE = 256  # pixels of the longer side of photos in a strip, and of styles on a photo
_PAINTED_SIZE = 900  # pixels: previews by pixel styles, which are slower


@dataclass(frozen=True)
class Order:
    """How to restyle photos.

    Attributes:
        style: to apply.
        controls: of the style.
        mask: of the photo; None for everywhere.
        look: of the series; None for the photo's own.
    """

    style: Style
    controls: Controls
    mask: Mask | None = None
    look: Look | None = None

    def masked(self, mask: Mask | None) -> Order:
        """Return the order with another mask."""
        return replace(self, mask=mask)

    def for_photos(self, paths: Sequence[Path]) -> Order:
        """Return the order for photos that are restyled together, with their look if they are to get one."""
        if not self.controls.series or len(paths) < 2 or self.style.pixel is not None:
            return self
        alike = replace(self.controls, strength=1.0, region="whole", grain=1.0, rgb=False)
        return replace(self, look=_look_of(_Series(tuple(paths), style_hash(self.style), alike, self.style)))


@dataclass(frozen=True)
class Preview:
    """A restyled small copy.

    Attributes:
        path: of the picture.
        before, after: (H, W, 3) uint8, sRGB.
        remarks: on the restyled photo, for users.
    """

    path: Path
    before: np.ndarray
    after: np.ndarray
    remarks: tuple[Text, ...]


def make_preview(path: Path, folder: Path) -> tuple[Path, Path]:
    """Read a photo and store a small copy for display, and a thumbnail.

    Raises:
        AtelierError: the photo cannot be read, or the copies cannot be written.
    """
    mark = secrets.token_hex(8)
    small = preview_of(read_reduced(path, PREVIEW_SIZE), PREVIEW_SIZE)
    thumbnail = preview_of(Photo(pixels=small, file_format="JPEG"), THUMBNAIL_SIZE)
    return _save(small, folder / f"preview-{mark}.jpg", 95), _save(thumbnail, folder / f"thumbnail-{mark}.jpg", 88)


def restyle_preview(preview: Path, order: Order, folder: Path) -> Preview:
    """Restyle a small copy."""
    photo = read_photo(preview)
    if order.style.pixel is not None:
        photo = Photo(pixels=preview_of(photo, _PAINTED_SIZE), file_format="JPEG")
    after, remarks = restyled(photo, order)
    path = _save(after.pixels, folder / f"after-{secrets.token_hex(8)}.jpg", 92)
    return Preview(path, photo.pixels, after.pixels, remarks)


def restyle_thumbnail(thumbnail: Path, style: Style, folder: Path) -> Path:
    """Give a style to a thumbnail, once; at the default controls."""
    place = folder / f"{thumbnail.stem}-{style_hash(style)[:24]}.jpg"
    if not place.exists():
        after, _ = restyled(read_photo(thumbnail), Order(style, Controls()))
        _save(after.pixels, place, 88)
    return place


def restyle_files(
    photos: Sequence[tuple[Path, Mask | None]],
    order: Order,
    folder: Path,
    progress: Callable[[int, int], object] | None = None,
    *,
    own: Mapping[Path, Order] | None = None,
) -> tuple[Path, list[Text]]:
    """Restyle photos at full size and depth, each in its own format.

    Args:
        photos: each with its mask.
        order: style and controls; its own mask and look are ignored.
        folder: for the result.
        progress: called with (done, total) photos.
        own: orders of photos that have their own; likewise.

    Returns:
        The restyled file, or a zip of several, and notes on what was done, losses and failures.

    Raises:
        AtelierError: all photos failed, or the zip cannot be written.
    """
    target = folder / f"restyled-{secrets.token_hex(8)}"
    own = own or {}
    order = order.for_photos([path for path, _ in photos if path not in own])
    written: list[Path] = []
    notes: list[Text] = []
    for done, (path, mask) in enumerate(photos):
        try:
            written.append(_write(path, own.get(path, order).masked(mask), target, notes))
        except AtelierError as error:
            notes.append(_of_photo(error, path))
        if progress is not None:
            progress(done + 1, len(photos))
    if not written:
        raise AtelierError(joined(notes, "{first}\n{rest}"))
    if len(photos) == 1:
        return written[0], notes
    try:
        return _zipped(written, folder / f"{order.style.name}-{secrets.token_hex(4)}.zip"), notes
    finally:
        shutil.rmtree(target, ignore_errors=True)


def restyled(photo: Photo, order: Order, rows: slice | None = None) -> tuple[Photo, tuple[Text, ...]]:
    """Restyle a photo, or some rows of it; return it with remarks for the user."""
    mask = None if order.mask is None else order.mask.of(photo)
    fit = fit_for(photo, order.style, order.controls, order.look)
    after = apply_style(photo, order.style, order.controls, mask=mask, fit=fit, rows=rows)
    return after, () if fit is None else fit.remarks


@dataclass(frozen=True)
class _Series:
    """Photos that get one look; `controls` are those that it depends on."""

    paths: tuple[Path, ...]
    style_hash: str
    controls: Controls
    style: Style = field(compare=False)


@lru_cache(maxsize=8)  # while the other controls of a series are tried
def _look_of(series: _Series) -> Look | None:
    return look_of_series((read_proxy(path) for path in series.paths), series.style, series.controls)


def _write(path: Path, order: Order, target: Path, notes: list[Text]) -> Path:
    photo = read_photo(path)
    after, remarks = restyled(photo, order)
    place = _free(target / f"{path.stem}.{order.style.name}{writable_suffix(path)}")
    is_copied = after is photo and copy_untouched(photo, place)
    found = [*remarks] if is_copied else [*photo.notes, *remarks, *write_photo(after, place)]
    notes.extend(Text("{name}: {text}", name=path.name, text=text) for text in found)
    return place


def _zipped(files: Sequence[Path], archive: Path) -> Path:
    """Move files into a zip, each deleted when it is in there, which halves the room that is needed."""
    with (
        atomic_write(archive, overwrite=False) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as file,  # photos are compressed already
    ):
        for path in files:
            file.write(path, path.name)
            path.unlink()
    return archive


def _of_photo(error: AtelierError, path: Path) -> Text:
    """Return the text of an error, with the name of the photo instead of its path."""
    if not str(error).startswith(f"{path}: "):
        return error.text
    return Text("{name}: {text}", name=path.name, text=error.text.without_subject())


def _free(path: Path) -> Path:
    number, free = 2, path
    while free.exists():
        free, number = path.with_name(f"{path.stem}-{number}{path.suffix}"), number + 1
    return free


def _save(pixels: np.ndarray, path: Path, quality: int) -> Path:
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_bytes(jpeg_of(pixels, quality))
    return path
