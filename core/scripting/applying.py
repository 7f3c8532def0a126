"""Application of styles by scripts: takes a file, an array or a Pillow image and returns the same type."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np

from ..batch.planning import plan
from ..batch.request import BatchRequest
from ..batch.restyling import mask_for, restyle_file
from ..imaging.files.reading import read_proxy
from ..imaging.files.recognition import recognize
from ..imaging.proxy import Proxy, proxy_of
from ..styles.applying import apply_style, look_of_series
from ..styles.controls import Controls
from ..styles.fitting import fit_for
from ..styles.style import Style
from ..texts import Text
from .library import load_style
from .pictures import array_like, image_like, mask_pixels, photo_of

if TYPE_CHECKING:
    from PIL.Image import Image

FilePath = str | os.PathLike[str]
_Picture = TypeVar("_Picture", "np.ndarray[Any, Any]", "Image")
_DEFAULTS = Controls()
_log = logging.getLogger(__name__)


@overload
def apply(
    photo: FilePath,
    style: Style | FilePath,
    *,
    strength: float = ...,
    variation: int = ...,
    mask: FilePath | np.ndarray | Image | None = ...,
    rgb: bool = ...,
    device: str = ...,
    region: str = ...,
    protect_skin: float = ...,
    grain: float = ...,
    even: bool = ...,
    output: FilePath | None = ...,
    overwrite: bool = ...,
    quality: int | None = ...,
    sidecar: bool = ...,
    stamp: bool = ...,
) -> Path: ...


@overload
def apply(
    photo: _Picture,
    style: Style | FilePath,
    *,
    strength: float = ...,
    variation: int = ...,
    mask: FilePath | np.ndarray | Image | None = ...,
    rgb: bool = ...,
    device: str = ...,
    region: str = ...,
    protect_skin: float = ...,
    grain: float = ...,
    even: bool = ...,
) -> _Picture: ...


def apply(
    photo: FilePath | np.ndarray | Image,
    style: Style | FilePath,
    *,
    strength: float = _DEFAULTS.strength,
    variation: int = _DEFAULTS.variation,
    mask: FilePath | np.ndarray | Image | None = None,
    rgb: bool = _DEFAULTS.rgb,
    device: str = _DEFAULTS.device,
    region: str = _DEFAULTS.region,
    protect_skin: float = _DEFAULTS.protect_skin,
    grain: float = _DEFAULTS.grain,
    even: bool = _DEFAULTS.even,
    output: FilePath | None = None,
    overwrite: bool = False,
    quality: int | None = None,
    sidecar: bool = False,
    stamp: bool = False,
) -> Path | np.ndarray | Image:
    """Apply a style to a photo, at full size and bit depth.

    Args:
        photo: a file; an array (H, W), (H, W, 3) or (H, W, 4), uint8, uint16 or floating point with white at 1, sRGB;
            or an image of Pillow, whose color profile is used. Alpha is kept.
        style: a style, or an argument of `load_style`.
        strength: 0 leaves the photo as it is, 1 is the style, up to 1.5 exaggerates it.
        variation: 0 for the style itself; any other seed gives a reproducible variation.
        mask: a gray picture of the photo's shape, as a file, an array or an image: white (or True) is restyled.
        rgb: a gray photo becomes a color photo; else it stays gray.
        device: torch device: `auto`, `cpu`, `cuda` or `mps`.
        region: what is restyled: `whole`, `subject`, `ground` (all but the subject) or `skin`; a mask holds too.
        protect_skin: 0 leaves skin to the look; 1 holds it to tones that the style has, and keeps how light or dark a
            person is beside others.
        grain: factor of the style's grain, 0 to 2; 0 for none.
        even: exposure and white balance are first brought to what the style expects; what was done is logged.
        output: for files: a file or a folder; None for the photo's folder, as `PHOTO.STYLE.SUFFIX`.
        overwrite: for files: whether an existing file may be replaced.
        quality: for files: 1 to 100 of JPEG and WebP; None keeps the photo's own.
        sidecar: for files: also write what was done beside the result, as XMP: `RESULT.SUFFIX.xmp`.
        stamp: for files: write style and strength into the result, as XMP.

    Returns:
        The restyled photo, in the type of `photo`: the path written, a new array, or a new image.

    Raises:
        AtelierError: a file cannot be read or written, or the style cannot be used; the text gives advice.
        ValueError: an argument is out of range, or an array is not a photo.
        TypeError: the photo or the mask is of an unsupported type.
    """
    controls = Controls(
        strength=strength,
        variation=variation,
        rgb=rgb,
        device=device,
        region=region,
        protect_skin=protect_skin,
        grain=grain,
        even=even,
    )
    style = style if isinstance(style, Style) else load_style(style)
    masked = None if mask is None else _picture_or_path(mask)
    if isinstance(photo, (str, os.PathLike)):
        place = None if output is None else Path(output).expanduser()
        paths = (Path(photo).expanduser(),)
        how = {"quality": quality, "overwrite": overwrite, "sidecar": sidecar, "stamp": stamp}
        return _apply_to_file(BatchRequest(paths, place, controls, masked, **how), style)
    if output is not None or overwrite or quality is not None or sidecar or stamp:
        raise ValueError("output, overwrite, quality, sidecar and stamp must be left out where the photo is no file")
    before = photo_of(photo)
    fit = fit_for(before, style, controls)
    after = apply_style(before, style, controls, mask=mask_for(masked, before), fit=fit)
    for text in () if fit is None else fit.remarks:
        _log.warning("%s: %s", Text("the photo"), text)
    return array_like(after, photo) if isinstance(photo, np.ndarray) else image_like(after, photo)


def style_for_series(
    photos: Iterable[FilePath | np.ndarray | Image],
    style: Style | FilePath,
    *,
    variation: int = _DEFAULTS.variation,
) -> Style:
    """Return a style with one look for several photos, so that they match; apply it to each of them.

    The look is that of the photos as they are: `even` and `protect_skin` of `apply` would change it photo by photo.

    Args:
        photos: files, arrays or images, iterated over once; may be a generator.
        style: a style, or an argument of `load_style`.
        variation: as of `apply`, where it must then be omitted.

    Returns:
        The style with its look fixed; a pixel style, which has no look, unchanged.

    Raises:
        AtelierError: a photo cannot be read, or the style cannot be used.
        ValueError: there are no photos.
    """
    style = style if isinstance(style, Style) else load_style(style)
    look = look_of_series(map(proxy_from, photos), style, Controls(variation=variation))
    if look is None:
        return style
    fixed = {"kind": "fixed", "look": look, "texture": look.texture}
    return replace(style, **fixed, photos=None, own=None, adapter=None, score={}, parts=())


def proxy_from(photo: FilePath | np.ndarray | Image) -> Proxy:
    """Return the proxy of a file, an array or an image."""
    if isinstance(photo, (str, os.PathLike)):
        return read_proxy(Path(photo).expanduser())
    return proxy_of(photo_of(photo))


def _apply_to_file(request: BatchRequest, style: Style) -> Path:
    recognize(request.photos[0])  # a folder is no photo here
    planned = plan(request, style.name)
    for outcome in planned.settled:
        if outcome.error is not None:
            raise outcome.error
    (task,) = planned.tasks
    for text in restyle_file(task, request, style):
        _log.warning("%s: %s", task.source, text)
    return task.output


def _picture_or_path(mask: FilePath | np.ndarray | Image) -> Path | np.ndarray:
    return Path(mask).expanduser() if isinstance(mask, (str, os.PathLike)) else mask_pixels(mask)
