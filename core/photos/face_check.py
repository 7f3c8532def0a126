"""Detection of photos without a face, or on their side, in a folder; cached, as face detection is slow."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

import numpy as np

from ..errors import AtelierError
from ..folders import cache_folder
from ..imaging.files.atomic import atomic_write
from ..imaging.proxy import Proxy
from ..texts import Text, text_from_json
from .cache import cache_key, keep_newest, mark_used
from .faces import face_turn
from .folder import Finding, PhotoFolder, pick_evenly

MAX_PHOTOS = 256  # photos of a folder that are used for training, and checked
MAX_FILES = 20  # in the cache
_NUM_THREADS = 4
_VERSION = 4  # increment when the findings about the same photos change

_log = logging.getLogger(__name__)


def check_faces(folder: PhotoFolder, progress: Callable[[int, int], None] | None = None) -> tuple[Finding, ...]:
    """Look for a face in each photo used for training, in threads, or read the findings from the cache.

    Args:
        folder: as it was read; of more than 256 photos, 256 are selected at even intervals.
        progress: called with (done, total) photos, in this thread; never if they were in the cache.

    Returns:
        "no face" and "sideways", in the order of the photos.
    """
    path = _cached_path(folder, cache_folder() / "faces")
    known = _load(path) if path else None
    if known is not None:
        return known
    found = _check_all(folder, progress)
    if path:
        _store(found, path)
    return found


def _check_all(folder: PhotoFolder, progress: Callable[[int, int], None] | None) -> tuple[Finding, ...]:
    picked = pick_evenly(len(folder.photos), MAX_PHOTOS)
    turns: list[int | None] = []
    pool = ThreadPoolExecutor(min(_NUM_THREADS, os.cpu_count() or 1))
    try:
        for turn in pool.map(lambda place: _turn_of(folder.proxies[place]), picked):
            turns.append(turn)
            if progress is not None:
                progress(len(turns), len(picked))
    finally:
        pool.shutdown(cancel_futures=True)
    paths = [folder.photos[place].path for place in picked]
    return tuple(_finding(path, turn) for path, turn in zip(paths, turns, strict=True) if turn is not None)


def _turn_of(proxy: Proxy) -> int | None:
    """Return None if a face is found; else the rotation in degrees after which one is found, or 0."""
    return face_turn(_filled(proxy))


def _finding(path: Path, turn: int) -> Finding:
    if turn:
        text = Text(
            "a face is found in it when it is turned by {degrees} degrees clockwise; turn it and save it again",
            degrees=turn,
        )
        return Finding(path, "sideways", text)
    text = Text("no face was found (hidden, in profile, small, or none there); remove it if it is no portrait")
    return Finding(path, "no face", text)


def _filled(proxy: Proxy) -> np.ndarray:
    """(H, W, 3) float32: the pixels, with the mean color of what is seen in place of what is transparent."""
    weights = proxy.weights[..., None]
    if weights.min() == 1:
        return np.ascontiguousarray(proxy.pixels)
    mean = (proxy.pixels * weights).sum((0, 1)) / weights.sum()
    return (proxy.pixels * weights + mean * (1 - weights)).astype(np.float32)


def _cached_path(folder: PhotoFolder, cache: Path) -> Path | None:
    """Return the cache file of a folder in its current state; None if a photo is gone."""
    crops = [astuple(photo.crop) for photo in folder.photos]  # other settings of the folder give other photos
    subject = f"faces|{_VERSION}|{folder.folder.resolve()}|{crops}"
    try:
        key = cache_key(subject, (photo.path for photo in folder.photos))
    except OSError:  # a photo has gone since it was read
        return None
    return cache / f"{key}.json"


def _load(path: Path) -> tuple[Finding, ...] | None:
    if not path.is_file():
        return None
    try:
        stored = json.loads(path.read_bytes())["findings"]
        found = tuple(Finding(Path(item["path"]), item["kind"], text_from_json(item["text"])) for item in stored)
    except (OSError, AttributeError, LookupError, TypeError, ValueError):
        _log.info("%s: damaged; the photos are looked at anew", path)
        return None
    mark_used(path)
    return found


def _store(found: Sequence[Finding], path: Path) -> None:
    """Write findings to the cache and delete the least recently used ones; failures to write are ignored."""
    stored = [{"path": str(finding.path), "kind": finding.kind, "text": finding.text.to_json()} for finding in found]
    with suppress(AtelierError), atomic_write(path, overwrite=True) as temporary:
        temporary.write_text(json.dumps({"findings": stored}), encoding="utf-8")
    keep_newest(path.parent, MAX_FILES)
