"""The texture of a photographer's photos: what no color table holds. Their detail, their glow and their grain."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np

from ...color.srgb import REC709_LUMA
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

_MOST_PHOTOS = 12  # of a folder, spread evenly: each is read at full size
_MOST_FURTHER = 8  # whose structures alone are looked at
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


@dataclass(frozen=True)
class ShownPhoto:
    """A photo whose texture is measured.

    Attributes:
        pixels: (H, W, 3) float32 in [0, 1], sRGB-encoded; 700 to 2,000 pixels on the longer side.
        regions: (5, h, w), as `predict_regions` returns them.
        subsampling: of color in its file, as in `Encoding`; 0 for a smaller copy.
        compression: how much it counts by the compression of its file, 0 to 1.
    """

    pixels: np.ndarray
    regions: np.ndarray
    subsampling: int = 0
    compression: float = 1.0


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

    def report(done: int, total: int) -> None:
        check_cancelled()
        progress(done, total)

    found = measure_photos(lambda place: _read(folder.photos[place]), len(folder.photos), luma_gain_of(look), report)
    return FoundTexture(texture_of(found), tuple(_notes(found, min(len(folder.photos), _MOST_PHOTOS + _MOST_FURTHER))))


def measure_photos(
    read: Callable[[int], ShownPhoto | None],
    count: int,
    gain: LumaGain,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[PhotoTexture]:
    """Measure the texture of photos, spread evenly: all of it of some, and then the structures of further ones.

    Args:
        read: given its place, returns a photo; None for one that tells nothing. Called from two threads.
        count: of the photos.
        gain: of their color look.
        progress: called with (done, total) photos; what it raises ends the work.
    """
    first = pick_evenly(count, _MOST_PHOTOS)
    rest = [place for place in range(count) if place not in first]
    further = [rest[place] for place in pick_evenly(len(rest), _MOST_FURTHER)]
    found: list[PhotoTexture] = []
    done = itertools.count(1)

    def measured(place: int, known: GrainSample | None) -> PhotoTexture | None:
        photo = read(place)
        return (
            None if photo is None else (look_at(photo, gain) if place in first else _look_further(photo, gain, known))
        )

    pool = ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS), thread_name_prefix="texture")
    try:
        for places in (first, further):
            grain = None if places is first else _sample_of(_grain_of(found))
            for seen in pool.map(partial(measured, known=grain), places):
                progress(next(done), len(first) + len(further))
                found += [] if seen is None else [seen]
    finally:
        pool.shutdown(cancel_futures=True)
    return found


def texture_of(photos: Sequence[PhotoTexture]) -> Texture | None:
    """Combine what several photos say; None where they show no more than plain ones do."""
    grain = _grain_of(photos)
    told = [photo for photo in photos if photo.structures is not None]
    trusts = [photo.compression * photo.sharpening for photo in told]
    detail = detail_of([photo.structures for photo in told if photo.structures is not None], trusts)
    glows = glow_of([photo.glow for photo in photos if photo.glow is not None])
    texture = Texture(detail, glows, grain)
    return None if texture.is_empty else texture


def look_at(photo: ShownPhoto, gain: LumaGain) -> PhotoTexture:
    """Measure the whole texture of a photo.

    Args:
        photo: with its regions.
        gain: of its color look.
    """
    luma = _luma(photo)
    grain = sample_grain(luma)
    is_grainy = grain is not None and grain.is_grain
    structures, sharpening = _structures(
        luma, photo, gain, without_plain(grain) if grain is not None and is_grainy else None
    )
    glow = sample_glow(_shrunk(photo.pixels, glow_estimate.COPY_SIZE), is_grainy=is_grainy)
    color = color_ratio(photo.pixels, photo.subsampling) if is_grainy else None
    return PhotoTexture(grain, color, structures, glow, photo.compression, sharpening)


def _look_further(photo: ShownPhoto, gain: LumaGain, grain: GrainSample | None) -> PhotoTexture:
    structures, sharpening = _structures(_luma(photo), photo, gain, grain)
    return PhotoTexture(None, None, structures, None, photo.compression, sharpening)


def _structures(
    luma: np.ndarray, photo: ShownPhoto, gain: LumaGain, grain: GrainSample | None
) -> tuple[StructureSample | None, float]:
    """Return the structures of a photo that is large enough, and how much it counts by its sharpening."""
    copy = _shrunk(luma, fine_structure.COPY_SIZE)
    trust = sharpening_trust(overshoot(copy))
    if max(copy.shape) < _LEAST_DETAIL_SIDE:
        return None, trust
    return sample_structures(copy, photo.regions, gain, grain), trust


def _read(photo: FolderPhoto) -> ShownPhoto | None:
    """Read a photo at full size; None if it is too small, or has changed since it was read."""
    try:
        whole = read_photo(photo.path)
        pixels = np.ascontiguousarray(photo.crop.apply(proxy_of(whole, LONGEST_SIDE).pixels))
    except AtelierError:
        return None
    if max(pixels.shape) < SHORTEST_SIDE:
        return None
    subsampling = whole.encoding.subsampling if max(whole.height, whole.width) <= LONGEST_SIDE else 0
    trust = compression_trust(whole.encoding)
    return ShownPhoto(pixels, predict_regions(photo.proxy.pixels), subsampling, trust)


def _luma(photo: ShownPhoto) -> np.ndarray:
    return cv2.transform(photo.pixels, np.array([REC709_LUMA], np.float32))


def _grain_of(photos: Sequence[PhotoTexture]) -> Grain | None:
    """Combine what photos say of grain and its color, but for strongly compressed ones."""
    told = [photo for photo in photos if photo.compression > _LEAST_TRUST]
    grain = grain_of([photo.grain for photo in told if photo.grain is not None])
    if grain is None:
        return None
    return replace(grain, color=color_share([photo.color for photo in told if photo.color is not None]))


def _sample_of(grain: Grain | None) -> GrainSample | None:
    """Return grain as a photo would show it, for photos whose own was not looked at."""
    if grain is None:
        return None
    tones = np.linspace(0, 1, len(grain.strength))
    return GrainSample(grain.size, grain.roughness, tones, grain.strength.astype(np.float64), np.ones(len(tones)), True)


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
