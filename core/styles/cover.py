"""The cover: how a style looks on scikit-image's astronaut (NASA, public domain), which every host shows."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from ..imaging.contact_sheet import cover
from ..imaging.photo import Photo
from .applying import apply_style
from .style import Style


@cache
def astronaut() -> Photo:
    """Eileen Collins's official portrait (NASA, public domain), 512 x 512, as scikit-image bundles it."""
    from skimage import data

    return Photo(pixels=np.ascontiguousarray(data.astronaut()), file_format="PNG")


def with_cover(style: Style) -> Style:
    """The style with its cover made anew."""
    return replace(style, cover=cover(apply_style(astronaut(), style).pixels))
