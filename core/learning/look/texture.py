"""The texture of a photographer's photos: what no color table holds. Their detail, their glow and their grain."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ...color.srgb import luma_of
from ...errors import AtelierError
from ...estimation import fine_structure, glow_estimate
from ...estimation.detail_estimate import detail_of, luma_gain_of
from ...estimation.fine_structure import LumaGain, StructureSample, sample_structures
from ...estimation.glow_estimate import GlowSample, glow_of, sample_glow
from ...estimation.grain_color import color_ratio, color_share
from ...estimation.grain_estimate import (
    LONGEST_SIDE,
    SHORTEST_SIDE,
    GrainSample,
    grain_of,
    sample_grain,
    without_plain,
)
from ...estimation.photo_trust import compression_trust, overshoot, sharpening_trust
from ...imaging.files.reading import read_photo
from ...imaging.proxy import proxy_of
from ...imaging.rendering.look import Look
from ...imaging.rendering.texture import Grain, Texture
from ...networks.regions import predict_regions
from ...photos.folder import FolderPhoto, PhotoFolder, pick_evenly
from ...texts import Text
from ..request import CancelCheck, never_cancelled

MOST_PHOTOS = 12  # of a folder, spread evenly: each is read at full size
_MOST_THREADS = 2  # for the sake of memory: a photo of 100 megapixels has 300 MB
_LEAST_DETAIL_SIDE = 1000  # pixels: smaller photos lack the finest structures
_LEAST_TRUST = 0.3  # of a photo whose grain is looked at


@dataclass(frozen=True)
class PhotoTexture:
    """What one photo says of texture.

    Attributes:
        grain: None where it tells none.
        color: ratio of the grain's color; None if unknown.
        structures: None for a photo that is too small.
        glow: None without highlights beside dark places.
        compression, sharpening: how much it counts by either, 0 to 1.
    """

    grain: GrainSample | None
    color: float | None
    structures: StructureSample | None
    glow: GlowSample | None
    compression: float
    sharpening: float


@dataclass(frozen=True)
class FoundTexture:
    """The texture of some photos.

    Attributes:
        texture: None for none.
        notes: for users, about photos that count less.
    """

    texture: Texture | None
    notes: tuple[Text, ...] = ()


def learn_texture(
    folder: PhotoFolder,
    look: Look,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    check_cancelled: CancelCheck = never_cancelled,
) -> FoundTexture:
    """Estimate the texture of finished photos at full size, in closed form.

    Args:
        folder: as it was read.
        look: the color look of the photos, whose contrast is accounted for.
        progress: called with (done, total) photos.
        check_cancelled: called between photos.
    """
    chosen = [folder.photos[place] for place in pick_evenly(len(folder.photos), MOST_PHOTOS)]
    gain = luma_gain_of(look)
    found: list[PhotoTexture] = []
    pool = ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS), thread_name_prefix="texture")
    try:
        for done, seen in enumerate(pool.map(lambda photo: _read(photo, gain), chosen), start=1):
            check_cancelled()
            progress(done, len(chosen))
            found += [] if seen is None else [seen]
    finally:
        pool.shutdown(cancel_futures=True)
    return FoundTexture(texture_of(found), tuple(_notes(found, len(chosen))))


def texture_of(photos: Sequence[PhotoTexture]) -> Texture | None:
    """Combine what several photos say; None where they show no more than plain ones do."""
    grain = grain_of([photo.grain for photo in photos if photo.grain is not None and photo.compression > _LEAST_TRUST])
    if grain is not None:
        grain = _colored(grain, photos)
    told = [photo for photo in photos if photo.structures is not None]
    trusts = [photo.compression * photo.sharpening for photo in told]
    detail = detail_of([photo.structures for photo in told if photo.structures is not None], trusts)
    glows = glow_of([photo.glow for photo in photos if photo.glow is not None])
    texture = Texture(detail, glows, grain)
    return None if texture.is_empty else texture


def look_at(pixels: np.ndarray, regions: np.ndarray, gain: LumaGain, subsampling: int = 0) -> PhotoTexture:
    """Measure the texture of a photo.

    Args:
        pixels: (H, W, 3) float32 in [0, 1], sRGB-encoded; 700 to 2,000 pixels on the longer side.
        regions: (5, h, w) of the photo, as `predict_regions` returns them.
        gain: of its color look.
        subsampling: of color in its file, as in `Encoding`.
    """
    luma = np.ascontiguousarray(luma_of(pixels)[..., 0])
    grain = sample_grain(luma)
    is_grainy = grain is not None and grain.is_grain
    structures, copy = None, _shrunk(luma, fine_structure.COPY_SIZE)
    if max(copy.shape) >= _LEAST_DETAIL_SIDE:
        taken = without_plain(grain) if grain is not None and is_grainy else None
        structures = sample_structures(copy, regions, gain, taken)
    glow = sample_glow(_shrunk(pixels, glow_estimate.COPY_SIZE))
    color = color_ratio(pixels, subsampling) if is_grainy else None
    return PhotoTexture(grain, color, structures, glow, 1.0, sharpening_trust(overshoot(copy)))


def _read(photo: FolderPhoto, gain: LumaGain) -> PhotoTexture | None:
    """Measure a photo; None if it is too small, or has changed since it was read."""
    try:
        whole = read_photo(photo.path)
        pixels = np.ascontiguousarray(photo.crop.apply(proxy_of(whole, LONGEST_SIDE).pixels))
    except AtelierError:
        return None
    if max(pixels.shape) < SHORTEST_SIDE:
        return None
    is_whole = max(whole.height, whole.width) <= LONGEST_SIDE
    seen = look_at(
        _shown(pixels), predict_regions(photo.proxy.pixels), gain, whole.encoding.subsampling if is_whole else 0
    )
    return replace(seen, compression=compression_trust(whole.encoding))


def _shown(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.shape[2:] == (3,) else np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, -1)


def _colored(grain: Grain, photos: Sequence[PhotoTexture]) -> Grain:
    return replace(grain, color=color_share([photo.color for photo in photos if photo.color is not None]))


def _shrunk(values: np.ndarray, size: int) -> np.ndarray:
    scale = size / max(values.shape[:2])
    if scale >= 1:
        return values
    shape = (max(1, round(values.shape[1] * scale)), max(1, round(values.shape[0] * scale)))
    return cv2.resize(values, shape, interpolation=cv2.INTER_AREA)


def _notes(found: Sequence[PhotoTexture], count: int) -> list[Text]:
    """Say which photos tell less of texture, and why."""
    notes = []
    if 2 * len(found) < count:
        notes.append(
            Text(
                "most photos are too small to tell texture (less than {least} pixels); give larger ones",
                least=SHORTEST_SIDE,
            )
        )
        return notes
    if 2 * sum(photo.compression < 0.5 for photo in found) > len(found):
        notes.append(Text("most photos are strongly compressed, which takes fine texture away; it counts less"))
    if 2 * sum(photo.sharpening < 0.6 for photo in found) > len(found):
        notes.append(
            Text("most photos were sharpened once more after all, which looks like crisp skin; it counts less")
        )
    return notes
