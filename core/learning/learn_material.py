"""What a style is learnt from, as tensors: contents with their closed forms, and halves of the photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from ..imaging.look_tensors import apply_look
from ..imaging.proxy import Proxy
from ..imaging.render import render
from ..networks.generator import LookResidual
from ..styles.achromatic import is_gray
from ..styles.adapted_look import gather_evidence
from ..styles.base_model import BaseModel, Start, square_of
from ..styles.content import Content
from ..styles.local_light import grid_of_stops
from ..styles.places import mean_places
from ..styles.population import Population, measure_population
from ..styles.portraits import load_portraits, square_pixels
from ..styles.prior import load_prior
from ..styles.transport import closed_form_look
from .asking import Asked, still_wanted
from .face_crops import box_around
from .prepared import MAX_PHOTOS as MAX_PREPARED
from .prepared import pick_evenly, prepare_photos
from .prepared_set import PreparedSet
from .random_looks import draw_bias

MAX_PHOTOS = 256  # of each set that training looks at
RENDER_SIZE = 64  # pixels a side at which photos are restyled, compared and judged
_PAIR_BIAS = 0.6  # how far self-pairs stray from neutral, as `draw_bias` takes it
_OWN_SHARE = 0.5  # of the drawn portraits: like the photographer's people; the others as portraits are


@dataclass(frozen=True)
class Contents:
    """Content photos, with all that the generator knows of them.

    Attributes:
        photos: (B, 3, 64, 64) in [0, 1].
        maps: (B, W, 16, 16) as the generator's encoder sees them.
        table: (B, 17, 17, 17, 3) of the closed forms.
        grid: (B, 16, 16, 8, 3, 4) of their light.
        evidence: (B, D).
        places: (B, 6, 16, 16).
        gray: (B,) bool: the style is black-and-white.
        boxes: (B, 4) around the faces, as `face_crop` takes them.
    """

    photos: Tensor
    maps: Tensor
    table: Tensor
    grid: Tensor
    evidence: Tensor
    places: Tensor
    gray: Tensor
    boxes: Tensor

    @property
    def known(self) -> tuple[Tensor, Tensor, Tensor]:
        """Evidence, places and whether the style is black-and-white: what the decoder takes after maps and code."""
        return self.evidence, self.places, self.gray

    def __len__(self) -> int:
        return len(self.photos)

    def pick(self, index: Tensor) -> Contents:
        """Some of them."""
        return Contents(*(getattr(self, item.name)[index] for item in fields(self)))

    def to(self, device: torch.device) -> Contents:
        """The same, there."""
        return Contents(*(getattr(self, item.name).to(device) for item in fields(self)))

    def restyled(self, residual: LookResidual) -> Tensor:
        """The photos under their closed forms and a residual: (B, 3, 64, 64), not clamped."""
        return apply_look(self.photos, self.table + residual.table, self.grid + residual.grid)


@dataclass(frozen=True)
class Half:
    """One half of what there is: it teaches, and the other half judges.

    Everything that learns, closed forms included, knows this half alone: else what one half has by chance would be
    missing in the other, and learning would chase it.

    Attributes:
        code: (C,) the style code.
        style: (P, 3, 64, 64) finished photos.
        boxes: (P, 4) around their faces.
        contents: photos to restyle in learning.
        judging: contents of the other half, for `judges`.
        judges: (Q, 3, 64, 64) the other half's finished photos.
        pairs: self-pairs: what `style` was made from, as far as can be told: each of its photos pushed toward neutral.
    """

    code: Tensor
    style: Tensor
    boxes: Tensor
    contents: Contents
    judging: Contents
    judges: Tensor
    pairs: Contents

    def to(self, device: torch.device) -> Half:
        """The same, there."""
        return Half(*(getattr(self, item.name).to(device) for item in fields(self)))


@dataclass(frozen=True)
class LearningPhotos:
    """Photos to learn from, each with the place of its face.

    Attributes:
        proxies: the photos.
        boxes: (P, 4) around the faces, or over the middle where none was found.
    """

    proxies: tuple[Proxy, ...]
    boxes: Tensor

    def __len__(self) -> int:
        return len(self.proxies)

    @classmethod
    def of(cls, proxies: Sequence[Proxy], prepared: PreparedSet | None = None) -> LearningPhotos:
        """Take photos, at most MAX_PHOTOS, evenly.

        Args:
            proxies: of all photos.
            prepared: what `prepare_photos` made of them; None to look for the faces of those that are taken.
        """
        if prepared is None:
            taken = tuple(proxies[place] for place in pick_evenly(len(proxies), MAX_PHOTOS))
            return cls(taken, prepare_photos(taken).boxes)
        seen = pick_evenly(len(proxies), MAX_PREPARED)
        picked = pick_evenly(len(seen), MAX_PHOTOS)
        return cls(tuple(proxies[seen[place]] for place in picked), prepared.boxes[picked])

    def part(self, index: Sequence[int]) -> LearningPhotos:
        """Some of them."""
        return LearningPhotos(tuple(self.proxies[place] for place in index), self.boxes[list(index)])


def photos_of_proxies(proxies: Sequence[Proxy], size: int = RENDER_SIZE) -> Tensor:
    """(P, 3, size, size) in [0, 1], each photo squeezed to a square."""
    return torch.cat([square_of(proxy, size) for proxy in proxies])


@dataclass(frozen=True)
class Measured:
    """What a set of photos says by itself.

    Attributes:
        population: its colors.
        places: (16, 16, 3) its mean, place by place.
    """

    population: Population
    places: np.ndarray

    @classmethod
    def of(cls, proxies: Sequence[Proxy]) -> Measured:
        """Measure photos, at least one."""
        return cls(measure_population(proxies), mean_places([proxy.pixels for proxy in proxies]))


def prepare_contents(
    base: BaseModel, style: Measured, photos: LearningPhotos, neutral: Measured | None, ask: Asked = still_wanted
) -> Contents:
    """Compute what the generator knows of each content.

    Args:
        base: the base model.
        style: the finished photos.
        photos: the contents.
        neutral: the photographer's untouched photos; None for the prior.
        ask: before each photo.
    """
    starts, maps = [], []
    for proxy in photos.proxies:
        ask()
        content = Content.of([proxy])
        evidence = gather_evidence(style.population, content, None if neutral is None else neutral.population)
        own = None if neutral is None else neutral.places
        starts.append(Start.of(evidence, content.proxies, style.places, own))
        maps.append(base.maps_of(content.proxies))
    return Contents(
        photos_of_proxies(photos.proxies),
        torch.cat(maps),
        torch.stack([start.table for start in starts]),
        torch.from_numpy(grid_of_stops(torch.stack([start.stops for start in starts]).numpy())),
        torch.cat([start.evidence for start in starts]),
        torch.cat([start.places for start in starts]),
        torch.cat([start.gray for start in starts]),
        photos.boxes,
    )


def draw_portraits(style: Sequence[Proxy], count: int, seed: int) -> LearningPhotos:
    """Portraits that nobody sat for, half of them like the photographer's people: content where none is given.

    What the people look like untouched is told by the closed form backwards, from the style to neutral portraits; not
    of black-and-white photos, whose colors are gone.
    """
    rng, portraits = np.random.Generator(np.random.PCG64([seed, 1])), load_portraits()
    weights = portraits.weights
    if not is_gray(measure_population(style)):
        small = np.stack([square_pixels(proxy.pixels) for proxy in neutralized(style)])
        weights = (1 - _OWN_SHARE) * weights + _OWN_SHARE * portraits.likeness(small)
    drawn = tuple(Proxy.opaque(pixels) for pixels in portraits.draw(rng, count, weights))
    return LearningPhotos(drawn, _middle_boxes(count))


def neutralized(style: Sequence[Proxy], rng: np.random.Generator | None = None) -> list[Proxy]:
    """Finished photos pushed toward neutral by the closed form backwards, from the style to neutral portraits.

    Args:
        style: the photos.
        rng: also gives each photo an exposure, white balance and contrast of its own, as untouched photos have; None
            leaves that out.
    """
    population, prior = measure_population(style), load_prior()
    backwards = closed_form_look(prior, population, population)
    found = []
    for proxy in style:
        pixels = render(np.ascontiguousarray(proxy.pixels, np.float32), backwards).clip(0, 1)
        found.append(Proxy(pixels if rng is None else draw_bias(rng, _PAIR_BIAS)(pixels), proxy.weights))
    return found


def softened(photos: LearningPhotos) -> LearningPhotos:
    """Photos as soft as drawn portraits are, so that softness does not tell them apart; their faces by the middle."""
    soft = tuple(Proxy.opaque(square_pixels(proxy.pixels)) for proxy in photos.proxies)
    return LearningPhotos(soft, _middle_boxes(len(soft)))


def split_halves(
    base: BaseModel,
    style: LearningPhotos,
    contents: LearningPhotos,
    *,
    own: bool,
    seed: int,
    ask: Asked = still_wanted,
) -> tuple[Half, Half]:
    """Two halves of the photos, and of the contents.

    Args:
        base: the base model.
        style: finished photos, at least 2.
        contents: at least 2.
        own: the contents are the photographer's own untouched photos, and so the neutral portraits.
        seed: draws the halves.
        ask: on the way.
    """
    rng = np.random.Generator(np.random.PCG64([seed, 2]))
    styles, parts = _halves(rng, style), _halves(rng, contents)
    first = _half(base, styles, parts, own, rng, ask)
    return first, _half(base, styles[::-1], parts[::-1], own, rng, ask)


def _half(
    base: BaseModel,
    styles: Sequence[LearningPhotos],
    contents: Sequence[LearningPhotos],
    own: bool,
    rng: np.random.Generator,
    ask: Asked,
) -> Half:
    """A half that learns from the first of two and is judged by the second."""
    style, neutral = Measured.of(styles[0].proxies), Measured.of(contents[0].proxies) if own else None
    before = LearningPhotos(tuple(neutralized(styles[0].proxies, rng)), styles[0].boxes)
    return Half(
        torch.from_numpy(base.style_code(styles[0].proxies)),
        photos_of_proxies(styles[0].proxies),
        styles[0].boxes,
        prepare_contents(base, style, contents[0], neutral, ask),
        prepare_contents(base, style, contents[1], neutral, ask),
        photos_of_proxies(styles[1].proxies),
        prepare_contents(base, style, before, neutral, ask),
    )


def _halves(rng: np.random.Generator, photos: LearningPhotos) -> tuple[LearningPhotos, LearningPhotos]:
    order = rng.permutation(len(photos)).tolist()
    middle = len(photos) // 2
    return photos.part(order[:middle]), photos.part(order[middle:])


def _middle_boxes(count: int) -> Tensor:
    box = box_around(None, RENDER_SIZE, RENDER_SIZE)
    return torch.tensor([[box.top, box.left, box.height, box.width]]).repeat(count, 1)
