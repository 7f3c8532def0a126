"""The texture of a photographer's photos: what no color table holds. So far their grain."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ...color.srgb import luma_of
from ...errors import AtelierError
from ...estimation.grain_estimate import LONGEST_SIDE, SHORTEST_SIDE, GrainSample, grain_of, sample_grain
from ...imaging.files.reading import read_photo
from ...imaging.proxy import proxy_of
from ...imaging.rendering.texture import Texture
from ...photos.folder import FolderPhoto, PhotoFolder, pick_evenly
from ..request import CancelCheck, never_cancelled

_MOST_PHOTOS = 12  # of a folder, spread evenly: each is read at full size
_MOST_THREADS = 2  # for the sake of memory: a photo of 100 megapixels has 300 MB


def learn_texture(folder: PhotoFolder, check_cancelled: CancelCheck = never_cancelled) -> Texture | None:
    """Estimate the texture of finished photos at full size.

    Args:
        folder: as it was read.
        check_cancelled: called between photos.

    Returns:
        The texture; None if the photos have none, or are smaller than 700 pixels.
    """
    chosen = [folder.photos[place] for place in pick_evenly(len(folder.photos), _MOST_PHOTOS)]
    samples: list[GrainSample] = []
    pool = ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS), thread_name_prefix="texture")
    try:
        for sample in pool.map(_sample, chosen):
            check_cancelled()
            samples += [] if sample is None else [sample]
    finally:
        pool.shutdown(cancel_futures=True)
    grain = grain_of(samples)
    return None if grain is None else Texture(grain=grain)


def _sample(photo: FolderPhoto) -> GrainSample | None:
    try:
        pixels = proxy_of(read_photo(photo.path), LONGEST_SIDE).pixels
    except AtelierError:  # changed since it was read
        return None
    luma = photo.crop.apply(luma_of(pixels)[..., 0])
    return sample_grain(np.ascontiguousarray(luma)) if max(luma.shape) >= SHORTEST_SIDE else None
