"""Of which photos of a folder no face is found, and which lie on their side."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..imaging.faces import face_turn, find_face
from ..imaging.proxy import Proxy
from .photo_folder import Finding, FolderPhoto, FolderSettings


def check_faces(
    photos: Sequence[FolderPhoto], progress: Callable[[int, int], None] | None = None
) -> tuple[Finding, ...]:
    """Look for the face in each photo, in threads.

    Args:
        photos: in any number.
        progress: called with (done, total) photos, in this thread.

    Returns:
        "no face" and "sideways", in the order of the photos.
    """
    findings: list[Finding] = []
    pool = ThreadPoolExecutor(min(FolderSettings().num_threads, os.cpu_count() or 1))
    try:
        for done, finding in enumerate(pool.map(_check_face, photos), start=1):
            findings += [] if finding is None else [finding]
            if progress is not None:
                progress(done, len(photos))
    finally:
        pool.shutdown(cancel_futures=True)
    return tuple(findings)


def _check_face(photo: FolderPhoto) -> Finding | None:
    pixels = _filled(photo.proxy)
    if find_face(pixels) is not None:
        return None
    turn = face_turn(pixels)
    if turn:
        text = f"a face is found in it when it is turned by {turn} degrees clockwise; turn it and save it again"
        return Finding(photo.path, "sideways", text)
    text = "no face was found (hidden, in profile, small, or none there); remove it if it is no portrait"
    return Finding(photo.path, "no face", text)


def _filled(proxy: Proxy) -> np.ndarray:
    """(H, W, 3) float32: the pixels, with the mean color of what is seen in place of what is transparent."""
    weights = proxy.weights[..., None]
    mean = (proxy.pixels * weights).sum((0, 1)) / weights.sum()
    return proxy.pixels * weights + mean * (1 - weights)
