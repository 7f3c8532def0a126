"""The requests for previews of a reduced layer."""

from __future__ import annotations

import numpy as np

from ..imaging.color_management import as_float, to_uint8
from ..imaging.photo import Photo
from ..styles.applying import apply_style
from ..styles.controls import Controls
from ..styles.pixel_style import PAINTING_SIZE
from .client_state import ClientState
from .job import BadRequest, Job
from .messages import Message
from .preview_cache import Preview, shrunk
from .restyle import controls_of, device_for, photo_errors_name_layer

MAX_THUMBNAIL = 512  # pixels of the longer side
MAX_SIZE = 4096  # pixels of the longer side


def show(job: Job, client: ClientState) -> Message:
    """Store the reduced layer: blobs are (H, W, 4) float32 sRGB with alpha, and (H, W) uint8 of a selection."""
    height, width = job.int_field("height", 1, MAX_SIZE), job.int_field("width", 1, MAX_SIZE)
    blobs = job.request.blobs
    if not 1 <= len(blobs) <= 2 or len(blobs[0]) != height * width * 16 or len(blobs[-1]) % (height * width):
        raise BadRequest("the pixels do not fit their size")
    mask = np.ones((height, width, 1), np.float32)
    if len(blobs) == 2:
        mask = np.frombuffer(blobs[1], np.uint8).reshape(height, width, 1) / np.float32(255)
    photo = _photo_in(np.frombuffer(blobs[0], np.float32).reshape(height, width, 4), job)
    client.preview = Preview(photo, mask, job.bool_field("reduced"))
    return Message({})


def show_large(job: Job, client: ClientState) -> Message:
    """Store a larger copy of the layer, of the size in an answer to `preview`: one blob, (H, W, 4) uint8, sRGB."""
    shown = _shown_on(client)
    height, width = job.int_field("height", 1, PAINTING_SIZE), job.int_field("width", 1, PAINTING_SIZE)
    (blob,) = job.request.blobs or (b"",)
    if len(blob) != height * width * 4:
        raise BadRequest("the pixels do not fit their size")
    shown.large = _photo_in(np.frombuffer(blob, np.uint8).reshape(height, width, 4), job)
    return Message({})


def draw(job: Job, client: ClientState) -> Message:
    """Return the reduced layer in a style: one blob, (H, W, 4) uint8.

    The answer has `remarks`, `rough`, and `large`: the largest size of a layer that `show-large` may send for an exact
    preview.
    """
    shown, named = _shown_on(client), client.styles.of(job)
    controls = controls_of(job, named.style)
    job.check()
    with photo_errors_name_layer(shown.photo):
        styled = shown.in_style(named, controls, job.check, exact=job.bool_field("exact"))
    before = shown.before
    after = before + controls.strength * shown.mask * (styled.pixels - before)
    assert shown.photo.alpha is not None
    picture = np.concatenate([after, shown.photo.alpha[..., None]], axis=-1)
    eight_bit = to_uint8(picture)
    facts = {"width": shown.photo.width, "height": shown.photo.height, "large": PAINTING_SIZE}
    facts |= {"rough": styled.is_rough, "remarks": [job.translate(text) for text in styled.remarks]}
    return Message(facts, [eight_bit.tobytes()])


def draw_thumbnail(job: Job, client: ClientState) -> Message:
    """Return the reduced layer, smaller still (`size` is its longer side), in a style: one blob, (H, W, 4) uint8."""
    shown, size = _shown_on(client), job.int_field("size", 16, MAX_THUMBNAIL)
    small, named = shrunk(shown.photo, size), client.styles.of(job)
    job.check()
    with photo_errors_name_layer(small):
        pixels = as_float(apply_style(small, named.style, Controls(device=device_for(named.style))).pixels)
    assert small.alpha is not None
    color = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)
    picture = to_uint8(np.concatenate([color, small.alpha[..., None]], axis=-1))
    return Message({"width": small.width, "height": small.height}, [picture.tobytes()])


def _shown_on(client: ClientState) -> Preview:
    if client.preview is None:
        raise BadRequest("nothing was shown")
    return client.preview


def _photo_in(pixels: np.ndarray, job: Job) -> Photo:
    """Convert (H, W, 4) pixels to a photo; gray if the request says so."""
    color = pixels[..., 0] if job.bool_field("gray") else pixels[..., :3]
    return Photo(np.ascontiguousarray(color), np.ascontiguousarray(pixels[..., 3]))
