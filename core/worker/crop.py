"""The requests for crops of a layer at its actual size."""

from __future__ import annotations

import numpy as np

from ..imaging.color_management import as_float, to_srgb, to_uint8
from ..imaging.photo import Photo
from ..imaging.proxy import proxy_of
from ..photos.faces import find_face
from .actual_size import ActualSize
from .client_state import ClientState
from .job import BadRequest, Job
from .messages import Message
from .restyle import controls_of, photo_errors_name_layer, photo_in_memory

MAX_CROP = 4096  # pixels of a side of the answer
MAX_SHRINK = 8
_CENTER = (0.5, 0.5)


def show(job: Job, client: ClientState) -> Message:
    """Keep the layer in memory for crops; the answer has `x` and `y`, the pixel to look at: the middle of the face."""
    photo = photo_in_memory(job, client)
    with photo_errors_name_layer(photo):
        face = find_face(proxy_of(photo).pixels)
    client.actual_size = ActualSize(photo)
    down, across = _CENTER if face is None else face.center
    return Message({"x": round(across * photo.width), "y": round(down * photo.height)})


def draw(job: Job, client: ClientState) -> Message:
    """Return a crop before and after: two blobs, each (H, W, 4) uint8 sRGB; the answer has `remarks`.

    With `shrink`, 1 to MAX_SHRINK, each pixel is the mean of so many by so many. A blob of the request is a selection,
    (H, W) uint8 of the size of the answer: the weight of the style at each pixel.
    """
    shown = client.actual_size
    if shown is None:
        raise BadRequest("nothing was shown")
    shrink = job.int_field("shrink", 1, MAX_SHRINK) if "shrink" in job.request.head else 1
    place, named = _place_of(job, shown.photo, shrink), client.styles.of(job)
    controls = controls_of(job, named.style)
    job.check()
    with photo_errors_name_layer(shown.photo):
        result, remarks = shown.in_style(named, controls, job)
    before, after = (to_srgb(_shrunk(photo.pixels[place], shrink), photo.profile) for photo in (shown.photo, result))
    if job.request.blobs:
        after = before + _selection_of(job, before) * (after - before)
    alpha = np.ones(before.shape[:2], np.float32)
    if shown.photo.alpha is not None:
        alpha = as_float(_shrunk(shown.photo.alpha[place], shrink))
    blobs = [to_uint8(np.dstack([pixels, alpha])).tobytes() for pixels in (before, after)]
    return Message({"remarks": [job.translate(text) for text in remarks]}, blobs)


def _shrunk(pixels: np.ndarray, times: int) -> np.ndarray:
    """Return pixels (H, W) or (H, W, C), each the mean of `times` by `times`; what is left at the end is left out."""
    if times == 1:
        return pixels
    import cv2

    height, width = (side // times for side in pixels.shape[:2])
    whole = np.ascontiguousarray(pixels[: height * times, : width * times])
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)


def _place_of(job: Job, photo: Photo, shrink: int) -> tuple[slice, slice]:
    most = MAX_CROP * shrink
    width = job.int_field("width", shrink, min(most, photo.width))
    height = job.int_field("height", shrink, min(most, photo.height))
    left, top = job.int_field("left", 0, photo.width - width), job.int_field("top", 0, photo.height - height)
    return slice(top, top + height), slice(left, left + width)


def _selection_of(job: Job, pixels: np.ndarray) -> np.ndarray:
    """(H, W, 1) float32 in [0, 1]."""
    height, width = pixels.shape[:2]
    (blob,) = job.request.blobs
    if len(blob) != height * width:
        raise BadRequest("the selection does not fit the size of the crop")
    return as_float(np.frombuffer(blob, np.uint8)).reshape(height, width, 1)
