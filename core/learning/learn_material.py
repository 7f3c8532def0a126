"""What a style is learnt from, as tensors: contents with their closed forms, and halves of the photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from ..imaging.look import apply_look
from ..imaging.proxy import Proxy
from ..networks.generator import LookResidual
from ..styles.achromatic import is_gray
from ..styles.adapted_look import gather_evidence
from ..styles.base_model import BaseModel, Start, square_of
from ..styles.content import Content
from ..styles.population import Population, measure_population
from ..styles.portraits import load_portraits, square_pixels
from ..styles.prior import load_prior
from ..styles.transport import closed_form_look

RENDER_SIZE = 64  # pixels a side at which photos are restyled, compared and judged
_OWN_SHARE = 0.5  # of the drawn portraits: like the photographer's people; the others as portraits are


@dataclass(frozen=True)
class Contents:
    """Content photos, with all that the generator knows of them.

    Attributes:
        photos: (B, 3, 64, 64) in [0, 1].
        maps: (B, W, 16, 16) as the generator's encoder sees them.
        table: (B, 17, 17, 17, 3) of the closed forms.
        evidence: (B, D).
        gray: (B,) bool: the style is black-and-white.
    """

    photos: Tensor
    maps: Tensor
    table: Tensor
    evidence: Tensor
    gray: Tensor

    def __len__(self) -> int:
        return len(self.photos)

    def pick(self, index: Tensor) -> Contents:
        """Some of them."""
        return Contents(*(getattr(self, item.name)[index] for item in fields(self)))

    def restyled(self, residual: LookResidual, keep: float = 1.0) -> Tensor:
        """The photos under their closed forms and so much of a residual: (B, 3, 64, 64), not clamped."""
        return apply_look(self.photos, self.table + keep * residual.table, keep * residual.grid)


@dataclass(frozen=True)
class Half:
    """One half of what there is: it teaches, and the other half judges.

    Attributes:
        style: (P, 3, 64, 64) finished photos.
        contents: photos to restyle in learning, under closed forms of all photos.
        judging: contents of the other half, under closed forms of this half alone.
        judges: (Q, 3, 64, 64) the other half's finished photos.
        judging_code: (C,) of this half alone.
    """

    style: Tensor
    contents: Contents
    judging: Contents
    judges: Tensor
    judging_code: np.ndarray


def photos_of_proxies(proxies: Sequence[Proxy], size: int = RENDER_SIZE) -> Tensor:
    """(P, 3, size, size) in [0, 1], each photo squeezed to a square."""
    return torch.cat([square_of(proxy, size) for proxy in proxies])


def prepare_contents(
    base: BaseModel, style: Population, proxies: Sequence[Proxy], neutral: Population | None
) -> Contents:
    """Compute what the generator knows of each content.

    Args:
        base: the base model.
        style: of the finished photos.
        proxies: the contents.
        neutral: of the photographer's untouched photos; None for the prior.
    """
    starts, maps = [], []
    for proxy in proxies:
        content = Content.of([proxy])
        starts.append(Start.of(gather_evidence(style, content, neutral)))
        maps.append(base.maps_of(content.proxies))
    return Contents(
        photos_of_proxies(proxies),
        torch.cat(maps),
        torch.stack([start.table for start in starts]),
        torch.cat([start.evidence for start in starts]),
        torch.cat([start.gray for start in starts]),
    )


def draw_portraits(style: Sequence[Proxy], count: int, seed: int) -> list[Proxy]:
    """Portraits that nobody sat for, half of them like the photographer's people: content where none is given.

    What the people look like untouched is told by the closed form backwards, from the style to neutral portraits; not
    of black-and-white photos, whose colors are gone.
    """
    rng, portraits = np.random.Generator(np.random.PCG64([seed, 1])), load_portraits()
    population, prior = measure_population(style), load_prior()
    weights = portraits.weights
    if not is_gray(population):
        backwards = closed_form_look(prior, population, population).table
        small = np.stack([square_pixels(proxy.pixels) for proxy in style])
        photos = torch.from_numpy(small).permute(0, 3, 1, 2)
        nothing = torch.zeros(1, 16, 16, 8, 3, 4).expand(len(photos), -1, -1, -1, -1, -1)
        neutral = apply_look(photos, backwards.expand(len(photos), *backwards.shape), nothing).clamp(0, 1)
        like = portraits.likeness(neutral.permute(0, 2, 3, 1).numpy())
        weights = (1 - _OWN_SHARE) * weights + _OWN_SHARE * like
    return [Proxy.opaque(pixels) for pixels in portraits.draw(rng, count, weights)]


def softened(proxies: Sequence[Proxy]) -> list[Proxy]:
    """Photos as soft as drawn portraits are, so that softness does not tell them apart."""
    return [Proxy.opaque(square_pixels(proxy.pixels)) for proxy in proxies]


def split_halves(
    base: BaseModel, style: Sequence[Proxy], contents: Sequence[Proxy], *, own: bool, seed: int
) -> tuple[Half, Half]:
    """Two halves of the photos, and of the contents.

    Args:
        base: the base model.
        style: finished photos, at least 2.
        contents: at least 2.
        own: the contents are the photographer's own untouched photos, and so the neutral portraits.
        seed: draws the halves.
    """
    rng = np.random.Generator(np.random.PCG64([seed, 2]))
    parts = [_halves(rng, photos) for photos in (style, contents)]
    everything = measure_population(style)
    neutral = measure_population(contents) if own else None
    halves = []
    for number in (0, 1):
        learning, judges = parts[0][number], parts[0][1 - number]
        taught, judging = parts[1][number], parts[1][1 - number]
        halves.append(
            Half(
                photos_of_proxies(learning),
                prepare_contents(base, everything, taught, neutral),
                prepare_contents(
                    base, measure_population(learning), judging, measure_population(taught) if own else None
                ),
                photos_of_proxies(judges),
                base.style_code(learning),
            )
        )
    return halves[0], halves[1]


def _halves(rng: np.random.Generator, photos: Sequence[Proxy]) -> tuple[list[Proxy], list[Proxy]]:
    order = rng.permutation(len(photos))
    middle = len(photos) // 2
    return [photos[i] for i in order[:middle]], [photos[i] for i in order[middle:]]
