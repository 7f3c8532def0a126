"""Cases without end for the base model: style sets and contents under looks whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np
import torch
from torch import Tensor

from ..imaging.look import GRID_SIZE
from ..imaging.look_tensors import apply_table
from ..networks.generator import CONTENT_SIZE
from ..networks.style_encoder import STYLE_PHOTO_SIZE
from ..styles.achromatic import is_gray
from ..styles.candidates import Evidence
from ..styles.light_estimate import estimate_stops
from ..styles.places import PlaceEvidence, mean_places
from ..styles.population import Population
from ..styles.portraits import square_pixels
from ..styles.remainder import evidence_vector
from ..styles.table import node_colors
from ..styles.transport import look_of_map, map_of_evidence
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
        subject_chance: of light on the person, beside that.
        own_chance: of untouched photos by the same hand, which then are the neutral portraits.
        own_prior: the neutral portraits are of the same people, so a case's own are taken out of them.
    """

    num_contents: int = 2
    counts: tuple[int, ...] = COUNTS
    most_encoded: int = 16
    gray_chance: float = 0.3
    bias_chance: float = 0.6
    jitter_chance: float = 0.3
    light_chance: float = 0.6
    subject_chance: float = 0.4
    own_chance: float = 0.4
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
        stops: (B, 16, 16) float32: its light.
        gray: (B,) bool: the style was found to be black-and-white.
        places: (B, 6, 16, 16) float32: `PlaceEvidence.differences`.
        subject: (B, 1, 16, 16) uint8: how much of each cell of the content belongs to the person; all zero if unknown.
    """

    style: Tensor
    counts: Tensor
    owner: Tensor
    content: Tensor
    answer: Tensor
    evidence: Tensor
    start: Tensor
    stops: Tensor
    gray: Tensor
    places: Tensor
    subject: Tensor

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
        subject_stops: of light on the person, wherever that is.
        jitter: how far photos differ in exposure and white balance.
    """

    bias: RandomLook | None
    bias_table: Tensor
    look_table: Tensor
    both_table: Tensor
    stops: np.ndarray
    subject_stops: float
    jitter: float

    def lit(self, colors: np.ndarray, stops: np.ndarray, person: np.ndarray) -> np.ndarray:
        """Colors (..., 3) under the light of their places, given `stops` there, and of the person, (...) uint8."""
        total = stops + np.float32(self.subject_stops / 255) * person
        return relight(colors, total) if total.any() else colors

    def own(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """(count, 1, 3): the exponents of each photo's own exposure and white balance."""
        shared, colored = rng.normal(size=(count, 1, 1)), rng.normal(size=(count, 1, 3))
        return np.exp(self.jitter * (0.12 * shared + 0.04 * colored)).astype(np.float32)


@dataclass(frozen=True)
class _Seen:
    """What is seen of one set: its colors and mean portrait; the neutral portraits, and theirs if they are own."""

    style: Population
    mean: np.ndarray
    known: dict
    own_mean: np.ndarray | None


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
    mean = mean_places(list(photos.permute(0, 2, 3, 1).numpy().astype(np.float32) / 255))
    known, own_mean = {"neutral": neutral, "neutral_weights": neutral.weights.astype(np.float64)}, None
    if settings.own_prior:
        own, others = group[: len(contents) + count], group[len(contents) + count :]
        known = draw_neutral(rng, people.people, neutral, own, others, grade.bias, own_chance=settings.own_chance)
        if known.get("trusted"):
            own_mean = _mean_untouched(people.small[others[: known["neutral"].num_photos]], grade)
    parts = [_content_case(rng, people, person, _Seen(style, mean, known, own_mean), grade) for person in contents]
    content, answer, evidence, start, stops, places, subject = (
        torch.stack(values) for values in zip(*parts, strict=True)
    )
    return BaseBatch(
        style=photos,
        counts=torch.tensor([len(photos)]),
        owner=torch.zeros(len(contents), dtype=torch.long),
        content=content,
        answer=answer,
        evidence=evidence,
        start=start,
        stops=stops,
        gray=torch.full((len(contents),), is_gray(style)),
        places=places,
        subject=subject,
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
    on_subject = rng.normal(0.25, 0.35) if lights and rng.random() < settings.subject_chance else 0.0
    jitter = float(rng.random() < settings.jitter_chance)
    nodes = node_colors()
    biased = nodes if bias is None else bias(nodes)
    return _Grade(
        bias=bias,
        bias_table=torch.from_numpy(biased - nodes).float(),
        look_table=torch.from_numpy(look(nodes) - nodes).float(),
        both_table=torch.from_numpy(look(biased) - nodes).float(),
        stops=light_stops(lights, STYLE_PHOTO_SIZE),
        subject_stops=float(on_subject),
        jitter=jitter,
    )


def _style_set(
    rng: np.random.Generator, people: BasePeople, members: np.ndarray, grade: _Grade, most: int
) -> tuple[Population, Tensor]:
    """The statistics of all style photos, and some of the photos as (n, 3, 64, 64) uint8."""
    own = grade.own(rng, len(members))

    def finished(pixels: np.ndarray, own: np.ndarray, stops: np.ndarray, person: np.ndarray) -> np.ndarray:
        colors = _through_table((pixels.astype(np.float32) / 255) ** own, grade.both_table)
        return _bytes(grade.lit(colors, stops, person))

    size = STYLE_PHOTO_SIZE
    rows, columns = (PLACES.reshape(-1, 2) * size).astype(int).T
    placed = people.placed[members].reshape(len(members), -1, 3)
    person = people.person_at_places(members)
    colors = finished(placed, own, grade.stops[rows, columns], person).reshape(len(members), 2, -1, 3)
    crops, persons = (
        np.stack(parts) for parts in zip(*(people.crop_small(rng, m, size) for m in members[:most]), strict=True)
    )
    flat = (crops.reshape(len(crops), -1, 3), own[:most], grade.stops.ravel(), persons.reshape(len(crops), -1))
    photos = finished(*flat).reshape(crops.shape)
    population = Population(colors, np.ones(len(members), np.float32))
    return population, torch.from_numpy(photos).permute(0, 3, 1, 2).contiguous()


def _content_case(
    rng: np.random.Generator, people: BasePeople, member: int, seen: _Seen, grade: _Grade
) -> tuple[Tensor, ...]:
    """(3, 128, 128) content, (3, 64, 64) answer, evidence, closed form, places, (1, 16, 16) of the person."""
    own = grade.own(rng, 1)
    crop, person = people.crop_large(rng, member, CONTENT_SIZE)
    placed = people.placed[member].reshape(1, -1, 3)
    content, colors = (
        _bytes(_through_table((pixels.astype(np.float32) / 255) ** own, grade.bias_table))
        for pixels in (crop.reshape(1, -1, 3), placed)
    )
    content = content.reshape(CONTENT_SIZE, CONTENT_SIZE, 3)
    coarse = content[::2, ::2].astype(np.float32) / 255
    answer = grade.lit(_through_table(coarse, grade.look_table), grade.stops, person[::2, ::2])
    population = Population(colors.reshape(1, 2, -1, 3), np.ones(1, np.float32))
    weights = seen.style.weights.astype(np.float64)
    evidence = Evidence(style=seen.style, style_weights=weights, content=population, **seen.known)
    carried = map_of_evidence(evidence)
    places = PlaceEvidence(evidence, seen.mean, [square_pixels(content / np.float32(255))], seen.own_mean)
    cells = torch.from_numpy(person.astype(np.float32))[None]
    return (
        torch.from_numpy(content).permute(2, 0, 1).contiguous(),
        torch.from_numpy(_bytes(answer)).permute(2, 0, 1).contiguous(),
        torch.from_numpy(evidence_vector(evidence, carried)).float(),
        torch.from_numpy(look_of_map(carried).table),
        torch.from_numpy(estimate_stops(places, carried)),
        torch.from_numpy(places.differences(carried)),
        torch.nn.functional.adaptive_avg_pool2d(cells, GRID_SIZE).round().byte(),
    )


def _mean_untouched(photos: np.ndarray, grade: _Grade) -> np.ndarray:
    """`mean_places` of photos (P, 72, 72, 3) uint8 as the hand takes them, before any look."""
    coarse = np.stack([cv2.resize(photo, (GRID_SIZE, GRID_SIZE), interpolation=cv2.INTER_AREA) for photo in photos])
    return _through_table(coarse.astype(np.float32) / 255, grade.bias_table).mean(0)


def _through_table(colors: np.ndarray, table: Tensor) -> np.ndarray:
    """Give a residual table to (..., 3) colors."""
    image = torch.from_numpy(np.ascontiguousarray(colors.reshape(-1, 3).T, np.float32))
    return apply_table(image[None, :, None], table[None])[0, :, 0].T.numpy().reshape(colors.shape).clip(0, 1)


def _bytes(colors: np.ndarray) -> np.ndarray:
    return (colors.clip(0, 1) * 255 + 0.5).astype(np.uint8)
