"""Painted masks: a canvas over a picture (see panel.js), and the conversion of the result."""

from __future__ import annotations

import base64
import binascii
from html import escape
from pathlib import Path

import cv2
import numpy as np

from ..core.errors import PhotoError
from .words import Words

READ_BOARD = "() => [window.atelierMask()]"  # JavaScript that returns the painted mask
_PREFIX = "data:image/png;base64,"
_MOST_LETTERS = 8 << 20


def board(preview: Path, words: Words) -> str:
    """Return the picture to paint on, as HTML.

    Args:
        preview: small copy of the photo, in the folder of the browser tab.
        words: texts in the language of the visitor.
    """
    source = escape(f"gradio_api/file={preview}", quote=True)
    how = escape(words("mask.how"), quote=True)
    return (
        f'<div class="pa-paint"><div class="pa-stage"><img src="{source}" alt="">'
        f'<canvas tabindex="0" role="application" aria-label="{how}"></canvas></div>'
        f'<div class="pa-tools"><label>{escape(words("mask.brush"))} '
        '<input type="range" min="1" max="40" value="10"></label>'
        f'<label><input type="checkbox"> {escape(words("mask.erase"))}</label></div></div>'
    )


def mask_of(data_url: str | None) -> np.ndarray | None:
    """Decode a mask from a browser: the alpha channel of a PNG.

    Args:
        data_url: a PNG; empty if nothing was painted.

    Returns:
        (H, W) float32 in [0, 1]; None if nothing was painted.

    Raises:
        PhotoError: it is no PNG.
    """
    if not data_url:
        return None
    if not data_url.startswith(_PREFIX) or len(data_url) > _MOST_LETTERS:
        raise PhotoError("the painted mask: cannot be read (it is no PNG, or too large); paint it again")
    try:
        data = base64.b64decode(data_url.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise PhotoError("the painted mask: cannot be read ({cause}); paint it again", cause=error) from error
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] != 4:
        raise PhotoError("the painted mask: cannot be read (it has no opacity); paint it again")
    mask = pixels[..., 3].astype(np.float32) / 255
    return mask if mask.any() else None
