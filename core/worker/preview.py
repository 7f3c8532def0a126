"""Previews: a layer seen small, in any style. What a style makes of it is kept, so a slider is followed at once.

A look is the same at any size, so its preview is exact. A pixel style paints a layer at the size at which strokes have
theirs, which takes seconds: first it is painted small and shown as rough, then, from a larger copy of the layer, right.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..imaging.photo import Photo
from ..learning.resolve import resolve_style
from ..styles.applying import apply_style
from ..styles.controls import Controls
from ..styles.pixel_model import PAINTING_SIZE
from ..styles.style import Style
from .desk import Desk
from .job import BadRequest, Job
from .messages import Message
from .restyle import controls_of, said_of_layer

MAX_SIZE = 1024  # pixels of the longer side
ROUGH_SIZE = 320  # of what a pixel style paints at once: a fifth of a second on one core
_KEPT = 24

Key = tuple[str, int, bool]


@dataclass
class Preview:
    """A small layer, and what styles made of it.

    Attributes:
        photo: float32, sRGB; gray if the layer is.
        mask: (H, W, 1) float32: how much of the style each pixel gets.
        is_reduced: whether the layer itself is larger.
        large: a copy of the layer as large as it is painted, once the client has sent it.
        finished: (H, W, 3) float32 at full strength, by style, variation and whether gray becomes color.
        rough: those of `finished` that are not exact.
    """

    photo: Photo
    mask: np.ndarray
    is_reduced: bool = False
    large: Photo | None = None
    finished: OrderedDict[Key, np.ndarray] = field(default_factory=OrderedDict)
    rough: set[Key] = field(default_factory=set)

    @property
    def before(self) -> np.ndarray:
        """(H, W, 3) float32."""
        return _colored(self.photo.pixels)

    def in_style(self, job: Job, text: str, controls: Controls, *, exact: bool) -> tuple[np.ndarray, bool]:
        """The layer in a style at full strength.

        Args:
            job: is asked whether the answer is still wanted.
            text: names the style.
            controls: the variation, and whether gray becomes color.
            exact: take the time that takes.

        Returns:
            (H, W, 3) float32, and whether it is only rough.
        """
        key = (text, controls.variation, controls.rgb)
        if key not in self.finished or (exact and key in self.rough):
            style = resolve_style(text, progress=lambda done, total: job.progress(done, total, "photos"))
            job.check()
            made, is_rough = self._made(job, style, Controls(variation=key[1], rgb=key[2]), exact)
            self.finished[key] = made
            (self.rough.add if is_rough else self.rough.discard)(key)
        self.finished.move_to_end(key)
        while len(self.finished) > _KEPT:
            self.rough.discard(self.finished.popitem(last=False)[0])
        return self.finished[key], key in self.rough

    def _made(self, job: Job, style: Style, controls: Controls, exact: bool) -> tuple[np.ndarray, bool]:
        if style.pixel is None or not self.is_reduced:
            return _styled(self.photo, style, controls), False
        if exact and self.large is not None:
            painted = _styled(self.large, style, controls, lambda _done, _total: job.check())
            return _resized(painted, self.photo), False
        return _resized(_styled(_shrunk(self.photo, ROUGH_SIZE), style, controls), self.photo), True


def show(job: Job, desk: Desk) -> Message:
    """Take the small layer: blobs are (H, W, 4) float32 sRGB and alpha, and if there is a selection (H, W) uint8."""
    height, width = job.whole("height", 1, MAX_SIZE), job.whole("width", 1, MAX_SIZE)
    blobs = job.request.blobs
    if not 1 <= len(blobs) <= 2 or len(blobs[0]) != height * width * 16 or len(blobs[-1]) % (height * width):
        raise BadRequest("the pixels do not fit their size")
    mask = np.ones((height, width, 1), np.float32)
    if len(blobs) == 2:
        mask = np.frombuffer(blobs[1], np.uint8).reshape(height, width, 1) / np.float32(255)
    photo = _photo_in(np.frombuffer(blobs[0], np.float32).reshape(height, width, 4), job)
    desk.preview = Preview(photo, mask, job.flag("reduced"))
    return Message({})


def show_large(job: Job, desk: Desk) -> Message:
    """Take the layer again, in the size that an answer to `preview` asked for: one blob, (H, W, 4) uint8, sRGB."""
    shown = _shown_on(desk)
    height, width = job.whole("height", 1, PAINTING_SIZE), job.whole("width", 1, PAINTING_SIZE)
    (blob,) = job.request.blobs or (b"",)
    if len(blob) != height * width * 4:
        raise BadRequest("the pixels do not fit their size")
    shown.large = _photo_in(np.frombuffer(blob, np.uint8).reshape(height, width, 4), job)
    return Message({})


def draw(job: Job, desk: Desk) -> Message:
    """The small layer in a style: one blob, (H, W, 4) uint8.

    The answer says whether it is `rough`, and how large a layer `show-large` shall send, at most, for an exact one.
    """
    controls, shown = controls_of(job), _shown_on(desk)
    styled, is_rough = shown.in_style(job, job.text("style"), controls, exact=job.flag("exact"))
    before = shown.before
    after = before + controls.strength * shown.mask * (styled - before)
    assert shown.photo.alpha is not None
    picture = np.concatenate([after, shown.photo.alpha[..., None]], axis=-1)
    eight_bit = (picture.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    size = {"width": shown.photo.width, "height": shown.photo.height}
    return Message({**size, "rough": is_rough, "large": PAINTING_SIZE}, [eight_bit.tobytes()])


def _shown_on(desk: Desk) -> Preview:
    if desk.preview is None:
        raise BadRequest("nothing was shown")
    return desk.preview


def _photo_in(pixels: np.ndarray, job: Job) -> Photo:
    """A photo of (H, W, 4) pixels; gray if the request says so."""
    color = pixels[..., 0] if job.flag("gray") else pixels[..., :3]
    return Photo(np.ascontiguousarray(color), np.ascontiguousarray(pixels[..., 3]))


def _styled(
    photo: Photo, style: Style, controls: Controls, progress: Callable[[int, int], None] | None = None
) -> np.ndarray:
    """(H, W, 3) float32 of any photo, at full strength."""
    with said_of_layer(photo):
        pixels = apply_style(photo, style, controls, progress=progress).pixels
    return _colored(pixels if pixels.dtype == np.float32 else pixels / np.float32(255))


def _shrunk(photo: Photo, size: int) -> Photo:
    import cv2

    scale = min(1.0, size / max(photo.height, photo.width))
    sides = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    assert photo.alpha is not None
    color, alpha = (cv2.resize(part, sides, interpolation=cv2.INTER_AREA) for part in (photo.pixels, photo.alpha))
    return Photo(color, alpha)


def _resized(pixels: np.ndarray, photo: Photo) -> np.ndarray:
    """Pixels in the size of a photo."""
    import cv2

    shrinks = pixels.shape[0] > photo.height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return cv2.resize(pixels, (photo.width, photo.height), interpolation=how).clip(0, 1)


def _colored(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)
