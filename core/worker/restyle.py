"""The requests to restyle a layer in place in shared memory, in its own depth."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import PhotoError
from ..imaging.color_management import ColorSpace, to_uint8, white_of
from ..imaging.limits import MAX_STRENGTH
from ..imaging.photo import MAX_MEGAPIXELS, Photo
from ..imaging.proxy import proxy_of
from ..imaging.rendering.look import Look
from ..imaging.rendering.render import KERNEL_PIXELS, load_kernel_beside
from ..learning.resolve import resolve_style
from ..styles.applying import apply_style, look_of_series
from ..styles.controls import MAX_GRAIN_FACTOR, MAX_VARIATION, REGION_CHOICES, Controls
from ..styles.fitting import Fit, fit_for
from ..styles.region_masks import PARTS, mask_of
from ..styles.style import Style
from ..texts import Text
from .client_state import ClientState
from .job import BadRequest, Job
from .messages import Message

DEPTHS = {"u8": np.uint8, "u16": np.uint16, "float": np.float32}
_MAX_SIDE = 1 << 20


@dataclass(frozen=True)
class Layout:
    """The layout of the pixels of a layer in memory: contiguous rows of interleaved channels.

    Attributes:
        height, width: pixels.
        channels: 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha; alpha is not premultiplied.
        dtype: one of DEPTHS.
    """

    height: int
    width: int
    channels: int
    dtype: np.dtype

    @classmethod
    def of(cls, job: Job) -> Layout:
        """Parse a request.

        Raises:
            BadRequest: a field is invalid.
            PhotoError: the layer is larger than the limit.
        """
        height, width = job.int_field("height", 1, _MAX_SIDE), job.int_field("width", 1, _MAX_SIDE)
        if height * width > MAX_MEGAPIXELS * 1e6:
            raise PhotoError(
                "the layer has more than {limit:.0f} megapixels (the most that is restyled); scale it down, or crop it",
                limit=MAX_MEGAPIXELS,
            )
        depth = job.str_field("depth")
        if depth not in DEPTHS:
            raise BadRequest(f"depth must be one of {', '.join(DEPTHS)}, got {depth!r}")
        return cls(height, width, job.int_field("channels", 1, 4), np.dtype(DEPTHS[depth]))

    @property
    def size(self) -> int:
        """Size in bytes."""
        return self.height * self.width * self.channels * self.dtype.itemsize

    def of_result(self, *, rgb: bool, alpha: bool) -> Layout:
        """Return the layout of the result.

        Args:
            rgb: whether gray becomes RGB.
            alpha: whether RGB gets an opaque alpha channel, which is slow in GIMP.
        """
        channels = self.channels + 2 if rgb and self.channels < 3 else self.channels
        return replace(self, channels=4 if alpha and channels == 3 else channels)

    def pixels_in(self, view: memoryview) -> np.ndarray:
        """Return the pixels (H, W, C) as a view of the memory."""
        flat = np.frombuffer(view, self.dtype, self.height * self.width * self.channels)
        return flat.reshape(self.height, self.width, self.channels)

    def photo_in(self, view: memoryview, profile: bytes | None) -> Photo:
        """Return the pixels as a photo; color and alpha are views of the memory."""
        pixels = self.pixels_in(view)
        color = pixels[..., 0] if self.channels < 3 else pixels[..., :3]
        return Photo(color, pixels[..., -1] if self.channels in (2, 4) else None, profile)


def make_memory(job: Job, client: ClientState) -> Message:
    """Allocate memory for a layer and its result."""
    layout = Layout.of(job)
    memory = client.make_memory(max(layout.size, _result_of(job, layout).size))
    kind = "handle" if memory.path is None else "file"
    return Message({"memory": kind, "size": memory.size, "path": None if memory.path is None else str(memory.path)})


def add_to_series(job: Job, client: ClientState) -> Message:
    """Add the layer in memory to the series that gets one look."""
    photo = photo_in_memory(job, client)
    with photo_errors_name_layer(photo):
        client.series.append(proxy_of(photo))
    return Message({"layers": len(client.series)})


def restyle(job: Job, client: ClientState) -> Message:
    """Restyle the layer in memory; with `series`, in the look of the series."""
    started = time.perf_counter()
    layout, style = Layout.of(job), client.styles.of(job).style
    controls = controls_of(job, style)
    result_layout = _result_of(job, layout)
    view = memoryview(client.memory.view)
    if result_layout.size > len(view):
        raise BadRequest(f"the layer needs {result_layout.size} bytes, the memory has {len(view)}")
    look = look_of_series(client.series, style, controls) if job.bool_field("series") and client.series else None
    resolved = time.perf_counter()
    fit = _restyle_in(view, (layout, result_layout), style, controls, look, job)
    seconds = {"style": resolved - started, "restyle": time.perf_counter() - resolved}
    found = {"name": style.name, "channels": result_layout.channels, "seconds": seconds}
    return Message({**found, **_said_of(fit, job)})


def _said_of(fit: Fit | None, job: Job) -> dict[str, Any]:
    """Return `remarks` for the user, and `distance` of the photo from the style's, or None."""
    if fit is None:
        return {"remarks": [], "distance": None}
    return {"remarks": [job.translate(text) for text in fit.remarks], "distance": fit.distance}


def find_mask(job: Job, client: ClientState) -> Message:
    """Write the mask of a region (`region`, one of PARTS) of the layer over it: (H, W), 8 bits.

    The request may have `masks` more blobs, (H, W) uint8, which hold too. The answer has `share`, the mean of the
    region's own mask, 0 to 1.
    """
    part, photo = region_of(job, PARTS), photo_in_memory(job, client)
    with photo_errors_name_layer(photo):
        mask = mask_of(photo, part)
    job.check()
    found = to_uint8(mask)
    for other in _masks_of(job):
        if len(other) != mask.size:
            raise BadRequest("a mask does not fit the size of the layer")
        np.minimum(found, np.frombuffer(other, np.uint8).reshape(mask.shape), out=found)
    np.copyto(np.frombuffer(client.memory.view, np.uint8, mask.size), found.reshape(-1))
    return Message({"share": float(mask.mean())})


def photo_in_memory(job: Job, client: ClientState) -> Photo:
    """Return the layer in memory as a photo, whose color and alpha are views of the memory."""
    layout, view = Layout.of(job), memoryview(client.memory.view)
    if layout.size > len(view):
        raise BadRequest(f"the layer needs {layout.size} bytes, the memory has {len(view)}")
    return layout.photo_in(view, profile_of(job, is_gray=layout.channels < 3))


def _result_of(job: Job, layout: Layout) -> Layout:
    return layout.of_result(rgb=job.bool_field("rgb"), alpha=job.bool_field("alpha"))


def _restyle_in(
    view: memoryview, layouts: tuple[Layout, Layout], style: Style, controls: Controls, look: Look | None, job: Job
) -> Fit | None:
    layout, target = layouts
    photo = layout.photo_in(view, profile_of(job, is_gray=layout.channels < 3))

    def progress(done: int, total: int) -> None:
        job.progress(done, total, "restyle")

    with photo_errors_name_layer(photo):
        fit = fit_for(photo, style, controls, look)
        result = apply_style(photo, style, controls, fit=fit, progress=progress)
    job.check()
    color, alpha = result.pixels, None
    if target != layout:  # copies, since the result overwrites the input
        alpha = photo.alpha.copy() if photo.alpha is not None else np.array(white_of(layout.dtype), layout.dtype)
        color = color.copy() if color is photo.pixels else color
    if color is not photo.pixels:
        _store(color, alpha, target.pixels_in(view))
    return fit


def _store(color: np.ndarray, alpha: np.ndarray | None, pixels: np.ndarray) -> None:
    """Write color, and alpha unless it is None, into interleaved pixels (H, W, C)."""
    if color.ndim == 2:
        np.copyto(pixels[..., 0], color)
    elif pixels.shape[2] == 3:
        np.copyto(pixels, color)
    else:
        import cv2

        cv2.mixChannels([np.ascontiguousarray(color)], [pixels], [0, 0, 1, 1, 2, 2])
    if alpha is not None and pixels.shape[2] in (2, 4):
        pixels[..., -1] = alpha


@contextmanager
def photo_errors_name_layer(photo: Photo) -> Iterator[None]:
    """Name the layer in the error for a transparent photo."""
    try:
        yield
    except PhotoError as error:
        if photo.alpha is None or photo.alpha.any():
            raise
        raise PhotoError("every pixel of the layer is transparent (nothing to see); select another layer") from error


def device_for(style: Style) -> str:
    """Return the device that a style is given on.

    A look is always rendered by the CPU, so that its pixels are those of the command line, also once a training has
    loaded torch, with which a GPU would be taken. Painting takes a GPU if there is one.
    """
    return "cpu" if style.pixel is None else "auto"


def controls_of(job: Job, style: Style) -> Controls:
    """Parse the controls of a request for a style."""
    strength = float(job.float_field("strength", 0, MAX_STRENGTH))
    if not math.isfinite(strength):
        raise BadRequest(f"strength must be a number, got {strength}")
    return Controls(
        strength=strength,
        variation=job.int_field("variation", 0, MAX_VARIATION),
        rgb=job.bool_field("rgb"),
        device=device_for(style),
        **_newer_controls(job),
    )


def _newer_controls(job: Job) -> dict[str, Any]:
    """Parse the controls that older clients do not send."""
    found: dict[str, Any] = {"even": job.bool_field("even")}
    for name, most in (("protect_skin", 1), ("grain", MAX_GRAIN_FACTOR)):
        if name in job.request.head:
            found[name] = job.float_field(name, 0, most)
    if "region" in job.request.head:
        found["region"] = region_of(job, REGION_CHOICES)
    return found


def region_of(job: Job, choices: tuple[str, ...]) -> str:
    """Parse the region of a request."""
    region = job.str_field("region")
    if region not in choices:
        raise BadRequest(f"region must be one of {', '.join(choices)}, got {region!r}")
    return region


def profile_of(job: Job, *, is_gray: bool) -> bytes | None:
    """Return the color profile of a request; None with a note if it is unusable."""
    profile = job.request.blobs[0] if len(job.request.blobs) > len(_masks_of(job)) else None
    try:
        ColorSpace.of(profile, is_gray)
    except ValueError as error:
        job.notes.append(Text("the color profile was left out and sRGB assumed ({cause})", cause=error))
        return None
    return profile


def _masks_of(job: Job) -> Sequence[bytes]:
    """Return the last blobs of a request, as many as `masks` says."""
    blobs = job.request.blobs
    count = job.int_field("masks", 0, len(blobs)) if "masks" in job.request.head else 0
    return blobs[len(blobs) - count :]


def warm_up() -> None:
    """Restyle a small picture in every depth."""
    from ..estimation.set_model import load_set_model
    from ..styles.cover import astronaut

    load_kernel_beside(KERNEL_PIXELS, texture=True)
    load_set_model()
    small = astronaut().pixels[::8, ::8] / np.float32(255)
    style = resolve_style("golden-hour")
    for dtype in map(np.dtype, DEPTHS.values()):
        apply_style(Photo((small * white_of(dtype)).astype(dtype)), style, Controls())
