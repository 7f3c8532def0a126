"""The base model in use: the closed form, mended by the trained look generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from ..errors import AtelierError
from ..imaging.look import Look
from ..imaging.proxy import Proxy
from ..networks.generator import CONTENT_SIZE, LookGenerator
from ..networks.style_encoder import STYLE_PHOTO_SIZE
from .achromatic import is_gray
from .candidates import Evidence
from .table import look_from_colors, node_colors
from .transport import look_of_evidence

_ENCODED_AT_ONCE = 64  # photos


@dataclass(frozen=True)
class BaseModel:
    """A trained generator, ready to use on the CPU."""

    generator: LookGenerator

    @classmethod
    def read(cls, path: Path) -> BaseModel:
        """Read a generator's weights, as base training keeps them; of half precision too.

        Raises:
            AtelierError: the file is missing, or is something else.
        """
        try:
            tensors = {name: value.float() for name, value in load(path.read_bytes()).items()}
            generator = LookGenerator(num_evidence=len(tensors["center"]))
            generator.load_state_dict(tensors)
        except (OSError, SafetensorError, KeyError, RuntimeError) as error:
            raise AtelierError(
                f"{path}: the base model cannot be read ({error}); reinstall portrait-atelier"
            ) from error
        return cls(generator.eval().requires_grad_(False))

    def style_code(self, photos: Sequence[Proxy], *, most: int = _ENCODED_AT_ONCE) -> np.ndarray:
        """The code of a set of finished photos, from at most so many of them, spread evenly: (C,) float32."""
        picked = np.linspace(0, len(photos) - 1, min(most, len(photos))).round().astype(int)
        squares = torch.cat([_square(photos[index], STYLE_PHOTO_SIZE) for index in picked])
        with torch.no_grad():
            return self.generator.encode_style(squares, [len(squares)])[0].numpy()

    def look(self, evidence: Evidence, code: np.ndarray, content: Proxy, *, z: np.ndarray | None = None) -> Look:
        """The look for one content photo.

        Args:
            evidence: the statistics of style, neutral portraits and content.
            code: (C,) of the style.
            content: the photo.
            z: (C,) noise for another plausible print, or None for the deterministic one.
        """
        start = look_of_evidence(evidence)
        with torch.no_grad():
            table, grid = self.generator(
                _square(content, CONTENT_SIZE),
                torch.from_numpy(code)[None],
                torch.from_numpy(evidence.vector()).float()[None],
                torch.tensor([is_gray(evidence.style)]),
                None if z is None else torch.from_numpy(z).float()[None],
            )
        calm = look_from_colors((start.table + table[0]).numpy() + node_colors())
        return Look(calm.table, grid[0].contiguous())


def _square(photo: Proxy, size: int) -> Tensor:
    """(1, 3, size, size)."""
    pixels = torch.from_numpy(np.ascontiguousarray(photo.pixels, np.float32)).movedim(-1, 0)[None]
    return torch.nn.functional.interpolate(pixels, (size, size), mode="bilinear", antialias=True).clamp(0, 1)
