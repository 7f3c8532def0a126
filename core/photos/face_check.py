"""Detection of photos without a face, or on their side, in a folder; cached, as face detection is slow."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from ..errors import AtelierError
from ..folders import cache_folder
from ..imaging.files.atomic import atomic_write
from ..imaging.proxy import Proxy
from ..texts import Text, text_from_json
from .cache import cache_key, keep_newest, mark_used
from .faces import face_turn, find_face
from .folder import Finding, PhotoFolder, pick_evenly

MAX_PHOTOS = 256  # photos of a folder that are used for training, and checked
MAX_FILES = 20  # in the cache
_NUM_THREADS = 4
_VERSION = 2  # increment when the findings about the same photos change
_FORMER_CACHE = "prepared"  # of versions that stored copies of the photos

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FaceCheck:
    """The findings about the photos of a folder.

    Attributes:
        findings: "no face" and "sideways", in the order of the photos.
        notes: about the folder.
    """

    findings: tuple[Finding, ...] = ()
    notes: tuple[Text, ...] = ()


def check_faces(
    folder: PhotoFolder, progress: Callable[[int, int], None] | None = None, cache: Path | None = None
) -> FaceCheck:
    """Look for a face in each photo used for training, in threads, or read the findings from the cache.

    Args:
        folder: as it was read; of more than 256 photos, 256 are selected at even intervals.
        progress: called with (done, total) photos, in this thread; never if they were in the cache.
        cache: the folder of the cache; None for the usual one.
    """
    path = _cached_path(folder, cache or cache_folder() / "faces")
    known = _load(path) if path else None
    if known is not None:
        return known
    found = _check_all(folder, progress)
    if path:
        _store(found, path)
    return found


def _check_all(folder: PhotoFolder, progress: Callable[[int, int], None] | None) -> FaceCheck:
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
    return FaceCheck(_findings(paths, turns), _notes(len(picked), len(folder.photos)))


def _turn_of(proxy: Proxy) -> int | None:
    """Return None if a face is found; else the rotation in degrees after which one is found, or 0."""
    pixels = _filled(proxy)
    return None if find_face(pixels) is not None else face_turn(pixels)


def _findings(paths: Sequence[Path], turns: Sequence[int | None]) -> tuple[Finding, ...]:
    return tuple(_finding(path, turn) for path, turn in zip(paths, turns, strict=True) if turn is not None)


def _finding(path: Path, turn: int) -> Finding:
    if turn:
        text = Text(
            "a face is found in it when it is turned by {degrees} degrees clockwise; turn it and save it again",
            degrees=turn,
        )
        return Finding(path, "sideways", text)
    text = Text("no face was found (hidden, in profile, small, or none there); remove it if it is no portrait")
    return Finding(path, "no face", text)


def _notes(num_picked: int, num_photos: int) -> tuple[Text, ...]:
    if num_picked == num_photos:
        return ()
    return (
        Text(
            "{picked} of the {photos} photos are trained on, picked evenly; all count in the statistics",
            picked=num_picked,
            photos=num_photos,
        ),
    )


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


def _load(path: Path) -> FaceCheck | None:
    if not path.is_file():
        return None
    try:
        facts = json.loads(path.read_bytes())
        findings = tuple(
            Finding(Path(item["path"]), item["kind"], text_from_json(item["text"])) for item in facts["findings"]
        )
        found = FaceCheck(findings, tuple(map(text_from_json, facts["notes"])))
    except (OSError, AttributeError, LookupError, TypeError, ValueError):
        _log.info("%s: damaged; the photos are looked at anew", path)
        return None
    mark_used(path)
    return found


def _store(found: FaceCheck, path: Path) -> None:
    """Write findings to the cache and delete the least recently used ones; failures to write are ignored."""
    shutil.rmtree(cache_folder() / _FORMER_CACHE, ignore_errors=True)
    facts = {
        "findings": [
            {"path": str(finding.path), "kind": finding.kind, "text": finding.text.to_json()}
            for finding in found.findings
        ],
        "notes": [note.to_json() for note in found.notes],
    }
    with suppress(AtelierError), atomic_write(path, overwrite=True) as temporary:
        temporary.write_text(json.dumps(facts), encoding="utf-8")
    keep_newest(path.parent, MAX_FILES)
