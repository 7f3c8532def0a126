"""Cases without end for the base model: style sets and contents under looks whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from ..imaging.look import apply_table
from ..networks.generator import CONTENT_SIZE
from ..networks.style_encoder import STYLE_PHOTO_SIZE
from ..styles.achromatic import is_gray
from ..styles.candidates import Evidence
from ..styles.population import Population
from ..styles.table import node_colors
from ..styles.transport import look_of_evidence
from .base_people import PLACES, BasePeople
from .random_light import draw_lights, light_stops, relight
from .random_looks import RandomLook, draw_bias, draw_look
from .transport_cases import draw_group, draw_neutral

COUNTS = (1, 2, 3, 5, 8, 12, 25, 25, 50)


@dataclass(frozen=True)
class CaseSettings:
    """How cases are drawn.

    Attributes:
        num_contents: photos that each style set is tried on.
        counts: numbers of style photos, each as often as it stands here.
        most_encoded: photos of a set that the style encoder sees; statistics are of all.
        gray_chance: of a black-and-white look.
        bias_chance: of an exposure, white balance and contrast that the whole set and its contents share.
        jitter_chance: of an exposure and white balance of each photo's own.
        light_chance: of light placed in the picture.
        own_prior: the neutral portraits are of the same people, so a case's own are taken out of them.
    """

    num_contents: int = 2
    counts: tuple[int, ...] = COUNTS
    most_encoded: int = 16
    gray_chance: float = 0.3
    bias_chance: float = 0.6
    jitter_chance: float = 0.3
    light_chance: float = 0.25
    own_prior: bool = True


@dataclass(frozen=True)
class BaseBatch:
    """Cases as tensors; S sets with K contents each, B = S * K.

    Attributes:
        style: (P, 3, 64, 64) uint8: photos of all sets, one set after the other.
        counts: (S,) int64: how many of them each set has.
        owner: (B,) int64: the set of each content.
        content: (B, 3, 128, 128) uint8.
        answer: (B, 3, 64, 64) uint8: every second row and column of the content, under the look.
        evidence: (B, D) float32.
        start: (B, 17, 17, 17, 3) float32: the closed form's table.
        gray: (B,) bool: the style was found to be black-and-white.
    """

    style: Tensor
    counts: Tensor
    owner: Tensor
    content: Tensor
    answer: Tensor
    evidence: Tensor
    start: Tensor
    gray: Tensor

    @classmethod
    def joined(cls, batches: Sequence[BaseBatch]) -> BaseBatch:
        """Put batches one after the other."""
        shifts = np.cumsum([0, *(len(batch.counts) for batch in batches)])
        parts = {f.name: torch.cat([getattr(batch, f.name) for batch in batches]) for f in fields(cls)}
        owners = [batch.owner + int(shift) for batch, shift in zip(batches, shifts, strict=False)]
        return cls(**{**parts, "owner": torch.cat(owners)})


@dataclass(frozen=True)
class _Grade:
    """What is done to the photos of one set; tables are residuals (17, 17, 17, 3).

    Attributes:
        bias: exposure, white balance and contrast that all photos share, if there is any.
        bias_table, look_table, both_table: bias, look, and one after the other.
        stops: (64, 64) of light.
        jitter: how far photos differ in exposure and white balance.
    """

    bias: RandomLook | None
    bias_table: Tensor
    look_table: Tensor
    both_table: Tensor
    stops: np.ndarray
    jitter: float

    def own(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """(count, 1, 3): the exponents of each photo's own exposure and white balance."""
        shared, colored = rng.normal(size=(count, 1, 1)), rng.normal(size=(count, 1, 3))
        return np.exp(self.jitter * (0.12 * shared + 0.04 * colored)).astype(np.float32)


def draw_batch(
    people: BasePeople, neutral: Population, seed: Sequence[int], num_sets: int, settings: CaseSettings
) -> BaseBatch:
    """Draw cases; the same seed draws the same.

    Args:
        people: who is in the photos.
        neutral: untouched portraits; `people.people.neutral()` with `own_prior`.
        seed: numbers.
        num_sets: S.
        settings: how.
    """
    rng = np.random.Generator(np.random.PCG64(list(seed)))
    return BaseBatch.joined([_draw_set(rng, people, neutral, settings) for _ in range(num_sets)])


def _draw_set(rng: np.random.Generator, people: BasePeople, neutral: Population, settings: CaseSettings) -> BaseBatch:
    grade = _draw_grade(rng, settings)
    group = _draw_people(rng, people)
    contents = group[: min(settings.num_contents, len(group) - 1)]
    count = min(int(rng.choice(settings.counts)), len(group) - len(contents))
    members = group[len(contents) :][:count]
    style, photos = _style_set(rng, people, members, grade, settings.most_encoded)
    known = {"neutral": neutral, "neutral_weights": neutral.weights.astype(np.float64)}
    if settings.own_prior:
        own, others = group[: len(contents) + count], group[len(contents) + count :]
        known = draw_neutral(rng, people.people, neutral, own, others, grade.bias)
    parts = [_content_case(rng, people, person, style, known, grade) for person in contents]
    content, answer, evidence, start = (torch.stack(values) for values in zip(*parts, strict=True))
    return BaseBatch(
        style=photos,
        counts=torch.tensor([len(photos)]),
        owner=torch.zeros(len(contents), dtype=torch.long),
        content=content,
        answer=answer,
        evidence=evidence,
        start=start,
        gray=torch.full((len(contents),), is_gray(style)),
    )


def _draw_people(rng: np.random.Generator, people: BasePeople) -> np.ndarray:
    """At least two people; a cluster may have but one."""
    while True:
        group = draw_group(rng, people.people)
        if len(group) > 1:
            return group


def _draw_grade(rng: np.random.Generator, settings: CaseSettings) -> _Grade:
    gray = bool(rng.random() < settings.gray_chance)
    look = draw_look(rng, gray=gray)
    bias = draw_bias(rng, rng.uniform(0.2, 1.0)) if rng.random() < settings.bias_chance else None
    lights = draw_lights(rng) if rng.random() < settings.light_chance else ()
    jitter = float(rng.random() < settings.jitter_chance)
    nodes = node_colors()
    biased = nodes if bias is None else bias(nodes)
    return _Grade(
        bias=bias,
        bias_table=torch.from_numpy(biased - nodes).float(),
        look_table=torch.from_numpy(look(nodes) - nodes).float(),
        both_table=torch.from_numpy(look(biased) - nodes).float(),
        stops=light_stops(lights, STYLE_PHOTO_SIZE),
        jitter=jitter,
    )


def _style_set(
    rng: np.random.Generator, people: BasePeople, members: np.ndarray, grade: _Grade, most: int
) -> tuple[Population, Tensor]:
    """The statistics of all style photos, and some of the photos as (n, 3, 64, 64) uint8."""
    own = grade.own(rng, len(members))

    def finished(pixels: np.ndarray, own: np.ndarray, stops: np.ndarray) -> np.ndarray:
        colors = _through_table((pixels.astype(np.float32) / 255) ** own, grade.both_table)
        return _bytes(relight(colors, stops) if stops.any() else colors)

    size = STYLE_PHOTO_SIZE
    rows, columns = (PLACES.reshape(-1, 2) * size).astype(int).T
    placed = people.placed[members].reshape(len(members), -1, 3)
    colors = finished(placed, own, grade.stops[rows, columns]).reshape(len(members), 2, -1, 3)
    crops = np.stack([_crop(rng, people.small[member], size) for member in members[:most]])
    photos = finished(crops.reshape(len(crops), -1, 3), own[:most], grade.stops.ravel()).reshape(crops.shape)
    population = Population(colors, np.ones(len(members), np.float32))
    return population, torch.from_numpy(photos).permute(0, 3, 1, 2).contiguous()


def _content_case(
    rng: np.random.Generator, people: BasePeople, person: int, style: Population, known: dict, grade: _Grade
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(3, 128, 128) content, (3, 64, 64) answer, evidence and the closed form's table."""
    own = grade.own(rng, 1)
    crop = _crop(rng, people.large[person], CONTENT_SIZE).reshape(1, -1, 3)
    placed = people.placed[person].reshape(1, -1, 3)
    content, colors = (
        _bytes(_through_table((pixels.astype(np.float32) / 255) ** own, grade.bias_table)) for pixels in (crop, placed)
    )
    content = content.reshape(CONTENT_SIZE, CONTENT_SIZE, 3)
    seen = content[::2, ::2].astype(np.float32) / 255
    answer = relight(_through_table(seen, grade.look_table), grade.stops)
    population = Population(colors.reshape(1, 2, -1, 3), np.ones(1, np.float32))
    weights = style.weights.astype(np.float64)
    evidence = Evidence(style=style, style_weights=weights, content=population, **known)
    return (
        torch.from_numpy(content).permute(2, 0, 1).contiguous(),
        torch.from_numpy(_bytes(answer)).permute(2, 0, 1).contiguous(),
        torch.from_numpy(evidence.vector()).float(),
        look_of_evidence(evidence).table,
    )


def _through_table(colors: np.ndarray, table: Tensor) -> np.ndarray:
    """Give a residual table to (..., 3) colors."""
    image = torch.from_numpy(np.ascontiguousarray(colors.reshape(-1, 3).T, np.float32))
    return apply_table(image[None, :, None], table[None])[0, :, 0].T.numpy().reshape(colors.shape).clip(0, 1)


def _crop(rng: np.random.Generator, photo: np.ndarray, size: int) -> np.ndarray:
    top, left = rng.integers(0, len(photo) - size + 1, 2)
    crop = photo[top : top + size, left : left + size]
    return crop[:, ::-1] if rng.random() < 0.5 else crop


def _bytes(colors: np.ndarray) -> np.ndarray:
    return (colors.clip(0, 1) * 255 + 0.5).astype(np.uint8)
