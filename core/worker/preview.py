"""Previews: a layer seen small, in any style. What a style makes of it is kept, so a slider is followed at once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np

from ..imaging.photo import Photo
from ..learning.resolve import resolve_style
from ..styles.applying import apply_style
from ..styles.controls import Controls
from .desk import Desk
from .job import BadRequest, Job
from .messages import Message
from .restyle import controls_of

MAX_SIZE = 1024  # pixels of the longer side
_KEPT = 24


@dataclass
class Preview:
    """A small layer, and what styles made of it.

    Attributes:
        photo: float32, sRGB; gray if the layer is.
        mask: (H, W, 1) float32: how much of the style each pixel gets.
        finished: (H, W, 3) float32 at full strength, by style, variation and whether gray becomes color.
    """

    photo: Photo
    mask: np.ndarray
    finished: OrderedDict[tuple[str, int, bool], np.ndarray] = field(default_factory=OrderedDict)

    @property
    def before(self) -> np.ndarray:
        """(H, W, 3) float32."""
        return _colored(self.photo.pixels)

    def in_style(self, job: Job, text: str, controls: Controls) -> np.ndarray:
        """(H, W, 3) float32: the layer in a style at full strength."""
        key = (text, controls.variation, controls.rgb)
        if key not in self.finished:
            style = resolve_style(text, progress=lambda done, total: job.progress(done, total, "photos"))
            job.check()
            full = Controls(variation=controls.variation, rgb=controls.rgb)
            self.finished[key] = _colored(apply_style(self.photo, style, full).pixels)
        self.finished.move_to_end(key)
        while len(self.finished) > _KEPT:
            self.finished.popitem(last=False)
        return self.finished[key]


def show(job: Job, desk: Desk) -> Message:
    """Take the small layer: blobs are (H, W, 4) float32 sRGB and alpha, and if there is a selection (H, W) uint8."""
    height, width = job.whole("height", 1, MAX_SIZE), job.whole("width", 1, MAX_SIZE)
    blobs = job.request.blobs
    if not 1 <= len(blobs) <= 2 or len(blobs[0]) != height * width * 16 or len(blobs[-1]) % (height * width):
        raise BadRequest("the pixels do not fit their size")
    pixels = np.frombuffer(blobs[0], np.float32).reshape(height, width, 4)
    color = pixels[..., 0] if job.flag("gray") else pixels[..., :3]
    mask = np.ones((height, width, 1), np.float32)
    if len(blobs) == 2:
        mask = np.frombuffer(blobs[1], np.uint8).reshape(height, width, 1) / np.float32(255)
    desk.preview = Preview(Photo(np.ascontiguousarray(color), np.ascontiguousarray(pixels[..., 3])), mask)
    return Message({})


def draw(job: Job, desk: Desk) -> Message:
    """The small layer in a style: one blob, (H, W, 4) uint8."""
    if desk.preview is None:
        raise BadRequest("nothing was shown")
    controls, shown = controls_of(job), desk.preview
    before = shown.before
    after = before + controls.strength * shown.mask * (shown.in_style(job, job.text("style"), controls) - before)
    assert shown.photo.alpha is not None
    picture = np.concatenate([after, shown.photo.alpha[..., None]], axis=-1)
    eight_bit = (picture.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    return Message({"width": shown.photo.width, "height": shown.photo.height}, [eight_bit.tobytes()])


def _colored(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)
