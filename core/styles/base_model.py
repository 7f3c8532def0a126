"""The base model in use: the closed form, mended by the trained look generator."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import shorten

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from ..errors import AtelierError
from ..imaging.look import Look
from ..imaging.proxy import Proxy
from ..networks.generator import CONTENT_SIZE, LookGenerator, LookResidual
from ..networks.low_rank import LowRankDelta
from ..networks.style_encoder import STYLE_PHOTO_SIZE
from .achromatic import is_gray
from .candidates import Evidence
from .light_estimate import estimate_stops
from .local_light import grid_of_stops
from .places import PlaceEvidence, content_squares
from .prior import WEIGHTS_FOLDER
from .remainder import evidence_vector
from .table import look_from_colors, node_colors
from .transport import look_of_map, map_of_evidence

BASE_FILE = WEIGHTS_FOLDER / "base.safetensors"
MAX_CONTENTS = 16  # of a series, that the generator looks at
_ENCODED_AT_ONCE = 64  # photos


@dataclass(frozen=True)
class Start:
    """A closed form, and what the generator is told about it.

    Attributes:
        table: (17, 17, 17, 3) residual.
        stops: (16, 16) of light.
        evidence: (1, D).
        places: (1, 6, 16, 16).
        gray: (1,) bool: the style is black-and-white.
    """

    table: Tensor
    stops: Tensor
    evidence: Tensor
    places: Tensor
    gray: Tensor

    @classmethod
    def of(
        cls,
        evidence: Evidence,
        contents: Sequence[Proxy],
        style_places: np.ndarray,
        neutral_places: np.ndarray | None = None,
    ) -> Start:
        """Compute the closed form of some evidence.

        Args:
            evidence: of colors.
            contents: the photos to restyle; none for the mean portrait.
            style_places: (16, 16, 3) mean of the style's photos.
            neutral_places: the same of the photographer's own untouched photos; None for the prior's.
        """
        carried = map_of_evidence(evidence)
        numbers = torch.from_numpy(evidence_vector(evidence, carried)).float()[None]
        seen = PlaceEvidence(evidence, style_places, content_squares(contents), neutral_places)
        places = torch.from_numpy(seen.differences(carried))[None]
        gray = torch.tensor([is_gray(evidence.style)])
        table, stops = (torch.from_numpy(part) for part in (look_of_map(carried).table, estimate_stops(seen, carried)))
        return cls(table, stops, numbers, places, gray)


@dataclass(frozen=True)
class BaseModel:
    """A trained generator, ready to use on the CPU.

    Attributes:
        generator: frozen.
        hash: the first 16 digits of the SHA-256 of its file, by which styles know the base they were learnt with.
    """

    generator: LookGenerator
    hash: str = ""

    @classmethod
    def read(cls, path: Path) -> BaseModel:
        """Read a generator's weights, as base training keeps them; of half precision too.

        Raises:
            AtelierError: the file is missing, or is something else.
        """
        try:
            payload = path.read_bytes()
            tensors = {name: value.float() for name, value in load(payload).items()}
            generator = LookGenerator(num_evidence=len(tensors["center"]))
            generator.load_state_dict(tensors)
        except (OSError, SafetensorError, KeyError, RuntimeError) as error:
            cause = shorten(str(error), 200)  # torch names every tensor on a line of its own
            raise AtelierError(
                f"{path}: the base model cannot be read ({cause}); reinstall portrait-atelier"
            ) from error
        return cls(generator.eval().requires_grad_(False), hashlib.sha256(payload).hexdigest()[:16])

    def style_code(self, photos: Sequence[Proxy], *, most: int = _ENCODED_AT_ONCE) -> np.ndarray:
        """The code of a set of finished photos, from at most so many of them, spread evenly: (C,) float32."""
        picked = np.linspace(0, len(photos) - 1, min(most, len(photos))).round().astype(int)
        squares = torch.cat([square_of(photos[index], STYLE_PHOTO_SIZE) for index in picked])
        with torch.no_grad():
            return self.generator.encode_style(squares, [len(squares)])[0].numpy()

    def maps_of(self, contents: Sequence[Proxy]) -> Tensor:
        """(1, W, 16, 16): what is where in a photo, or in a series on average; without photos in the mean portrait."""
        if not contents:
            return self.generator.typical_maps[None]
        picked = np.linspace(0, len(contents) - 1, min(MAX_CONTENTS, len(contents))).round().astype(int)
        with torch.no_grad():
            squares = torch.cat([square_of(contents[index], CONTENT_SIZE) for index in picked])
            return self.generator.encode_content(squares).mean(0, keepdim=True)

    def look(
        self,
        start: Start,
        code: np.ndarray,
        maps: Tensor,
        *,
        delta: Mapping[str, np.ndarray] | None = None,
        z: np.ndarray | None = None,
    ) -> Look:
        """The look for one content.

        Args:
            start: the closed form for it.
            code: (C,) of the style.
            maps: (1, W, 16, 16) of the content.
            delta: what adversarial learning changed, as `LowRankDelta.state_dict` has it.
            z: (C,) noise for another plausible print, or None for the deterministic one.
        """
        noise = None if z is None else torch.from_numpy(z).float()[None]
        given = (maps, torch.from_numpy(code)[None], start.evidence, start.places, start.gray, noise)
        with torch.no_grad():
            residual = self._decoded(delta, given)
        calm = look_from_colors((start.table + residual.table[0]).numpy() + node_colors())
        return Look(calm.table, grid_of_stops(start.stops.numpy()) + residual.grid[0].numpy())

    def _decoded(self, delta: Mapping[str, np.ndarray] | None, given: tuple) -> LookResidual:
        if delta is None:
            return self.generator.decode(*given)
        tensors = {name: torch.from_numpy(np.asarray(value)).float() for name, value in delta.items()}
        return LowRankDelta.from_tensors(self.generator, tensors).decode(self.generator, *given)


@cache
def load_base() -> BaseModel:
    """The base model that the package ships.

    Raises:
        AtelierError: the file is missing or damaged.
    """
    return BaseModel.read(BASE_FILE)


def square_of(photo: Proxy, size: int) -> Tensor:
    """(1, 3, size, size) in [0, 1]: the whole photo, squeezed to a square, since looks have places over the whole."""
    pixels = torch.from_numpy(np.ascontiguousarray(photo.pixels, np.float32)).movedim(-1, 0)[None]
    return torch.nn.functional.interpolate(pixels, (size, size), mode="bilinear", antialias=True).clamp(0, 1)
