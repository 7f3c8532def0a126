"""Photos prepared for adversarial learning: whole and face, small, as bytes in memory; some of them held out."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..imaging.proxy import Proxy, resize_bytes_to_square
from ..photos.faces import FaceBox, face_turn, find_face
from ..photos.folder import Finding, PhotoFolder
from .face_crops import box_around, face_crop
from .prepared_set import FACE_SIZE, WHOLE_SIZE, PreparedSet, load_prepared, prepared_path, store_prepared

MAX_PHOTOS = 512  # of a set; more would teach little and fill the memory
_LEAST_TO_HOLD_OUT = 10
_HELD_OUT_SHARE = 5  # one photo of so many
_NUM_THREADS = 4


@dataclass(frozen=True)
class PreparedPhoto:
    """One photo, ready to be learnt from.

    Attributes:
        whole: (3, 128, 128) uint8, sRGB-encoded: the whole photo, squeezed.
        face: (3, 64, 64) uint8: what lies in `crop`.
        crop: a square around the face, or over the middle where none was found.
        face_box: where the face was found.
        turn: how far the photo would have to be turned for a face to be found, in degrees clockwise; mostly 0.
    """

    whole: Tensor
    face: Tensor
    crop: FaceBox
    face_box: FaceBox | None
    turn: int = 0


def prepare_photo(proxy: Proxy) -> PreparedPhoto:
    """Find the face of a photo, cut it out, and shrink both."""
    pixels = _filled(proxy)
    found = find_face(pixels)
    turn = face_turn(pixels) if found is None else 0
    crop = box_around(found, *pixels.shape[:2])
    image = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    face = face_crop(image, torch.tensor([[crop.top, crop.left, crop.height, crop.width]]), FACE_SIZE)[0]
    whole = torch.from_numpy(resize_bytes_to_square(pixels, WHOLE_SIZE)).permute(2, 0, 1).contiguous()
    return PreparedPhoto(whole, (face.clamp(0, 1) * 255 + 0.5).byte(), crop, found, turn)


def prepare_photos(
    photos: Sequence[Proxy] | PhotoFolder,
    names: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    cache: Path | None = None,
) -> PreparedSet:
    """Prepare photos for training, in threads; those of a folder are cached.

    Args:
        photos: at least one; of more than 512, so many are picked evenly.
        names: of the photos, for findings; None for their paths or numbers.
        progress: called with (done, total) photos, in this thread; never if they were in the cache.
        cache: the folder of the cache; None for the usual one.

    Raises:
        ValueError: there are no photos, or not as many names.
    """
    proxies, names = _proxies_of(photos), names or _names_of(photos)
    if not proxies or len(names) != len(proxies):
        raise ValueError(f"photos must be at least one, each with a name, got {len(proxies)} and {len(names)} names")
    cached = prepared_path(photos, names, cache) if isinstance(photos, PhotoFolder) else None
    known = load_prepared(cached) if cached else None
    if known is not None:
        return known
    prepared = _prepare_all(proxies, names, progress)
    if cached:
        store_prepared(prepared, cached)
    return prepared


def pick_evenly(count: int, most: int) -> list[int]:
    """Which of `count` photos are taken where at most `most` are: all, or so many spread evenly."""
    if count <= most:
        return list(range(count))
    return [int((place + 0.5) * count / most) for place in range(most)]


def split_held_out(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Keep a fifth of the photos aside, one of each five neighbors; of fewer than 10, none.

    Args:
        count: of photos.
        seed: the same seed keeps the same ones aside.

    Returns:
        Sorted indices of those to learn from, and of those held out.
    """
    kept = count // _HELD_OUT_SHARE if count >= _LEAST_TO_HOLD_OUT else 0
    offset = np.random.default_rng(seed).random()
    held_out = ((np.arange(kept) + offset) * count / max(kept, 1)).astype(np.int64)
    return np.setdiff1d(np.arange(count), held_out), held_out


def _proxies_of(photos: Sequence[Proxy] | PhotoFolder) -> Sequence[Proxy]:
    return photos.proxies if isinstance(photos, PhotoFolder) else photos


def _names_of(photos: Sequence[Proxy] | PhotoFolder) -> list[str]:
    if isinstance(photos, PhotoFolder):
        return [str(photo.path) for photo in photos.photos]
    return [f"photo {number}" for number in range(1, len(photos) + 1)]


def _prepare_all(
    proxies: Sequence[Proxy], names: Sequence[str], progress: Callable[[int, int], None] | None
) -> PreparedSet:
    picked = pick_evenly(len(proxies), MAX_PHOTOS)
    prepared: list[PreparedPhoto] = []
    pool = ThreadPoolExecutor(min(_NUM_THREADS, os.cpu_count() or 1))
    try:
        for photo in pool.map(lambda place: prepare_photo(proxies[place]), picked):
            prepared.append(photo)
            if progress is not None:
                progress(len(prepared), len(picked))
    finally:
        pool.shutdown(cancel_futures=True)
    notes = _notes(len(picked), len(proxies))
    return _stacked(prepared, tuple(names[place] for place in picked), notes)


def _notes(num_picked: int, num_photos: int) -> tuple[str, ...]:
    if num_picked == num_photos:
        return ()
    return (f"{num_picked} of the {num_photos} photos are trained on, picked evenly; all count in the statistics",)


def _stacked(prepared: Sequence[PreparedPhoto], names: tuple[str, ...], notes: tuple[str, ...]) -> PreparedSet:
    crops = (photo.crop for photo in prepared)
    boxes = [(crop.top, crop.left, crop.height, crop.width) for crop in crops]
    found = (_finding(name, photo) for name, photo in zip(names, prepared, strict=True))
    return PreparedSet(
        whole=torch.stack([photo.whole for photo in prepared]),
        face=torch.stack([photo.face for photo in prepared]),
        boxes=torch.tensor(boxes, dtype=torch.float32),
        has_face=torch.tensor([photo.face_box is not None for photo in prepared]),
        names=names,
        findings=tuple(finding for finding in found if finding is not None),
        notes=notes,
    )


def _finding(name: str, photo: PreparedPhoto) -> Finding | None:
    if photo.face_box is not None:
        return None
    if photo.turn:
        text = f"a face is found in it when it is turned by {photo.turn} degrees clockwise; turn it and save it again"
        return Finding(Path(name), "sideways", text)
    text = "no face was found (hidden, in profile, small, or none there), its middle is used; remove it if no portrait"
    return Finding(Path(name), "no face", text)


def _filled(proxy: Proxy) -> np.ndarray:
    """(H, W, 3) float32: the pixels, with the mean color of what is seen in place of what is transparent."""
    weights = proxy.weights[..., None]
    if weights.min() == 1:
        return np.ascontiguousarray(proxy.pixels)
    mean = (proxy.pixels * weights).sum((0, 1)) / weights.sum()
    return (proxy.pixels * weights + mean * (1 - weights)).astype(np.float32)
