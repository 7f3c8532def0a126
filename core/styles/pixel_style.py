"""What a pixel style holds, and how it paints a photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import StyleError
from ..imaging.photo import Photo
from ..imaging.proxy import proxy_of
from ..imaging.rendering.repaint import repaint_photo
from ..imaging.rendering.restyle import Progress
from .controls import Controls

if TYPE_CHECKING:
    from .pixel_model import PixelModel
    from .style import Style


@dataclass(frozen=True)
class PixelPart:
    """The numbers of a pixel style.

    Attributes:
        code: (C,) float32, the style code.
        weights_hash: SHA-256 of the network's file that they were learnt with.
        delta: (N,) float32, learnt and added to what the network makes of the code; None if nothing was.
    """

    code: np.ndarray
    weights_hash: str
    delta: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name, values in (("code", self.code), ("delta", self.delta)):
            if values is not None and (values.ndim != 1 or values.dtype != np.float32 or not np.isfinite(values).all()):
                raise ValueError(f"the {name} of a pixel style must be a row of float32 numbers")

    def tensors(self) -> dict[str, np.ndarray]:
        """The arrays as a style file holds them, the hash as bytes."""
        named = {"code": self.code, "weights_hash": np.frombuffer(bytes.fromhex(self.weights_hash), np.uint8)}
        return named if self.delta is None else {**named, "delta": self.delta}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray]) -> PixelPart:
        """Read what `tensors` gave.

        Raises:
            KeyError, ValueError: something is missing or of another kind.
        """
        digest = tensors["weights_hash"].astype(np.uint8).tobytes().hex()
        return cls(tensors["code"].copy(), digest, tensors["delta"].copy() if "delta" in tensors else None)


def paint_photo(
    photo: Photo,
    style: Style,
    controls: Controls | None = None,
    *,
    mask: np.ndarray | None = None,
    model: PixelModel | None = None,
    progress: Progress | None = None,
) -> Photo:
    """Paint a photo in a pixel style.

    A photo longer than `PAINTING_SIZE` is painted at that size and the painting enlarged, so that strokes keep their
    size in the picture, and memory its bounds.

    Args:
        photo: any depth, size and color space.
        style: of kind `pixel`.
        controls: as for `apply_style`.
        mask: (H, W) float32 in [0, 1]; None for everywhere.
        model: None for the network that ships.
        progress: called with (done, total) rows, none of which are done while it paints; what it raises ends the work.

    Returns:
        A photo of the same size and depth, with the same alpha, profile and metadata.

    Raises:
        StyleError: the style was learnt with another network.
    """
    from ..imaging.rendering.render_torch import (
        pick_device,  # torch takes seconds to import, and other styles do without
    )
    from .pixel_model import PAINTING_SIZE, load_pixel_model

    assert style.pixel is not None
    controls, model = controls or Controls(), model or load_pixel_model()
    _require_same_network(style, model)
    if controls.strength == 0 and not (controls.rgb and photo.is_gray):
        return photo

    def painting(_done: int, _total: int) -> None:
        if progress is not None:
            progress(0, photo.height)

    painted = model.paint(
        proxy_of(photo, PAINTING_SIZE),
        style.pixel.code,
        delta=style.pixel.delta,
        variation=controls.variation,
        device=pick_device(controls.device),
        progress=painting,
    )
    return repaint_photo(photo, painted, strength=controls.strength, mask=mask, rgb=controls.rgb, progress=progress)


def refuse_look(style: Style) -> StyleError:
    """The error of asking a pixel style for a look."""
    return StyleError(
        f"{style.name}: is a pixel style, which paints the picture itself and has no look, so it cannot become a color "
        "table or part of a blend; give it to photos with `atelier apply`, or learn its photos with --generator look"
    )


def _require_same_network(style: Style, model: PixelModel) -> None:
    assert style.pixel is not None
    generator, pixel = model.generator, style.pixel
    same = pixel.weights_hash == model.weights_hash
    fits = pixel.code.shape == (generator.code_size,)
    fits = fits and (pixel.delta is None or pixel.delta.shape == (generator.num_modulations,))
    if not (same and fits):
        raise StyleError(
            f"{style.name}: was learnt with another pixel network ({pixel.weights_hash[:12]}) than the one installed "
            f"({model.weights_hash[:12]}), which would paint something else; learn it anew from its photos with "
            "`atelier learn --generator pixel`, or install the version of portrait-atelier it was made with"
        )
