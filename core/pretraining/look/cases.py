"""Training cases with known answers: style sets in one look, contents, and their restyled colors."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from ...color.lab_tensors import lab_to_srgb, srgb_to_lab
from ...networks.light import apply_light
from .backdrops import backdrop_colors, draw_backdrop, recolored
from .ground_looks import GroundLooks, draw_ground, under_ground_looks
from .looks import LookLibrary, hand, look_up
from .people import SIDE, People
from .random_light import LightNumbers, draw_light

# (number of photos, colors of each)
SIZES = ((1, 320), (2, 240), (3, 200), (5, 160), (8, 112), (14, 72), (25, 56), (40, 40))
SIZE_ODDS = (0.13, 0.06, 0.09, 0.16, 0.14, 0.15, 0.22, 0.05)
PICTURE_SIDE = 32  # pixels: side of the small pictures of the published losses
_PICTURE_SETS, _PICTURE_PHOTOS, _PICTURE_CONTENTS = 4, 4, 2
_SUBJECT = slice(3, 4)  # of the marks
_OWN_SIZES = ((25, 32), (8, 96), (3, 160), (50, 24))
_BACKDROP_SPREAD = (3, 1.5, 1.5, 3, 3, 2, 0.03, 0.03, 1, *(0.3,) * 12)  # of a studio's backdrop, by photo


@dataclass(frozen=True)
class CaseSettings:
    """Settings of the cases.

    Attributes:
        num_sets: style sets in a batch.
        num_contents: contents of each set.
        num_colors, num_queries: input colors of a content, and colors with answers.
        film_share: share of looks from films.
        alike: probability that a set has people from one cluster.
        hand: probability of a common exposure and white balance of a set and its contents.
        photo_hand: probability of a further small change of each photo.
        backdrop: probability that the backdrops of a set are replaced.
        spatial: probability of spatially varying light.
        own: probability of own untouched photos.
        no_regions, no_places: probability that the regions, or positions too, of a style are unknown.
        labels: whether regions are given at all.
        apart: probability that subject and ground of a set are treated apart.
    """

    num_sets: int = 16
    num_contents: int = 3
    num_colors: int = 160
    num_queries: int = 96
    film_share: float = 0.6
    alike: float = 0.45
    hand: float = 0.5
    photo_hand: float = 0.3
    backdrop: float = 0.35
    spatial: float = 0.4
    own: float = 0.35
    no_regions: float = 0.1
    no_places: float = 0.08
    labels: bool = True
    apart: float = 0.0


@dataclass(frozen=True)
class Sample:
    """Colors sampled from B x n photos.

    Attributes:
        colors: (B, n, M, 3) sRGB.
        marks: (B, n, M, 9): position and regions, as in tokens.
        person: (B, n, M, 2): subject and face, with soft edges.
    """

    colors: Tensor
    marks: Tensor
    person: Tensor

    @property
    def tokens(self) -> Tensor:
        """(B, n, M, 12)."""
        return torch.cat([srgb_to_lab(self.colors), self.marks], -1)

    def part(self, colors: slice) -> Sample:
        """Return a slice of the colors of each photo."""
        return Sample(self.colors[:, :, colors], self.marks[:, :, colors], self.person[:, :, colors])


@dataclass(frozen=True)
class Batch:
    """B sets with C contents each.

    Attributes:
        style: (B, N, M, 12) tokens of finished photos.
        own: (B, N', M', 12) of untouched photos of further people, or None.
        content: (B, C, M'', 12) tokens of untouched photos.
        queries: (B * C, Q, 12) tokens of the same photos.
        person: (B * C, Q, 2) of the queries: subject and face, with soft edges.
        answers: (B * C, Q, 3) Lab of the queries in the look.
        is_apart: (B * C,) bool: the look treats subject and ground apart.
    """

    style: Tensor
    own: Tensor | None
    content: Tensor
    queries: Tensor
    person: Tensor
    answers: Tensor
    is_apart: Tensor


@dataclass
class CaseMaker:
    """Draws random batches.

    Attributes:
        people: portraits to sample from.
        looks: to draw from.
        settings: of the cases.
        rng: random state; that of torch is used as well.
    """

    people: People
    looks: LookLibrary
    settings: CaseSettings = field(default_factory=CaseSettings)
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def draw(self, size: int | None = None, *, own: bool | None = None) -> Batch:
        """Draw a batch.

        Args:
            size: index into SIZES; None to draw one.
            own: whether there are own photos; None to draw it.
        """
        s, rng = self.settings, self.rng
        count, colors = SIZES[int(rng.choice(len(SIZES), p=SIZE_ODDS)) if size is None else size]
        with_own = rng.random() < s.own if own is None else own
        own_count, own_colors = _OWN_SIZES[int(rng.integers(len(_OWN_SIZES)))] if with_own else (0, 0)
        return self.draw_sized((count, colors), (own_count, own_colors))

    def draw_sized(self, style: tuple[int, int], own: tuple[int, int], *, one_kind: bool = False) -> Batch:
        """Draw a batch of given sizes.

        Args:
            style: number of finished photos, and of colors of each.
            own: the same of untouched ones; 0 for none.
            one_kind: whether all sets have people of one kind, at random.
        """
        s, (count, colors), (own_count, own_colors) = self.settings, style, own
        members = self._members(count + s.num_contents + own_count, one_kind=one_kind)
        backdrops = self._backdrops(*members.shape)
        ends = np.cumsum([0, count, s.num_contents, own_count])
        numbers = (colors, s.num_colors + s.num_queries, own_colors)
        samples = [
            self._sample(members[:, start:stop], number, backdrops[:, start:stop])
            for (start, stop), number in zip(pairwise(ends.tolist()), numbers, strict=True)
        ]
        return self._finished(*self._handed(samples))

    def draw_pictures(self) -> Batch:
        """Draw a few sets whose style photos and queries are whole pictures of 32 x 32 pixels."""
        s, pixels = self.settings, PICTURE_SIDE**2
        members = self._members(_PICTURE_PHOTOS + _PICTURE_CONTENTS, _PICTURE_SETS)
        backdrops, own = self._backdrops(*members.shape), members[:, :0]
        parts = (
            (members[:, :_PICTURE_PHOTOS], pixels),
            (members[:, _PICTURE_PHOTOS:], s.num_colors + pixels),
            (own, 0),
        )
        start, samples = 0, []
        for part, number in parts:
            stop = start + part.shape[1]
            samples.append(self._sample(part, number, backdrops[:, start:stop], lattice=pixels if number else 0))
            start = stop
        return self._finished(*self._handed(samples))

    def _members(self, count: int, sets: int | None = None, *, one_kind: bool = False) -> np.ndarray:
        """(B, count) indices of people."""
        rng, rows = self.rng, []
        common = int(rng.integers(len(self.people.kinds))) if one_kind else None
        for _ in range(sets or self.settings.num_sets):
            kind = int(rng.integers(len(self.people.kinds))) if common is None else common
            pool, groups = self.people.kinds[kind], self.people.clusters[kind]
            if common is None and rng.random() < self.settings.alike:
                pool = groups[int(rng.integers(len(groups)))]
            rows.append(rng.choice(pool, count, replace=len(pool) < count))
        return np.stack(rows)

    def _backdrops(self, sets: int, photos: int) -> Tensor:
        """(B, n, 22): parameters of a backdrop for each photo, and whether it is used; most sets have one studio."""
        each = draw_backdrop(sets * photos).unflatten(0, (sets, photos))
        studio = draw_backdrop(sets)[:, None] + torch.randn_like(each) * torch.tensor(_BACKDROP_SPREAD)
        used = (torch.rand(sets, 1, 1) < self.settings.backdrop).float().expand(-1, photos, 1)
        return torch.cat([torch.where(torch.rand(sets, 1, 1) < 0.65, studio, each), used], -1)

    def _sample(self, members: np.ndarray, count: int, backdrops: Tensor, *, lattice: int = 0) -> Sample:
        """Sample colors of randomly cropped, mirrored and recolored photos; the last ones on a lattice."""
        photos, shape = torch.from_numpy(members), members.shape
        size = torch.where(torch.rand(shape[0], 1, 1) < 0.5, 1 - 0.4 * torch.rand(*shape, 1), torch.ones(*shape, 1))
        corner = torch.rand(*shape, 2) * (1 - size)
        place = torch.rand(*shape, count, 2)
        if lattice:
            place[..., -lattice:, :] = _lattice(lattice)
        pixel = ((corner[:, :, None] + place * size[:, :, None]) * SIDE).long().clamp(max=SIDE - 1)
        flat = pixel[..., 0] * SIDE + pixel[..., 1]
        rows = photos[..., None] * SIDE**2 + flat
        colors = self.people.pixels.view(-1, 3)[rows].float() / 255
        regions = self.people.regions.view(-1, 5)[rows].float() / 255
        planes = photos[..., None, None] * 2 + torch.arange(2)
        person = self.people.soft.view(-1)[planes * SIDE**2 + flat[..., None]].float() / 255
        x = torch.where(torch.rand(*shape, 1) < 0.5, 1 - place[..., 1], place[..., 1])
        place, known = torch.stack([place[..., 0], x], -1), torch.ones(*shape, count, 1)
        colors = _redressed(colors, regions, place, backdrops)
        return Sample(colors, torch.cat([place, known, regions, known], -1), person)

    def _handed(self, samples: list[Sample]) -> list[Sample]:
        """Change exposure and white balance of the photos of a set together, sometimes of each as well."""
        s, lengths = self.settings, [sample.colors[0, ..., 0].numel() for sample in samples]
        colors = torch.cat([sample.colors.flatten(1, 2) for sample in samples], 1)
        some = (torch.rand(len(colors), 1, 1) < s.hand).float()
        colors = colors + some * (hand(colors, 0.15 + 0.6 * torch.rand(len(colors))) - colors)
        each = self.rng.random() < s.photo_hand
        found = []
        for part, sample in zip(colors.split(lengths, 1), samples, strict=True):
            part = part.unflatten(1, sample.colors.shape[1:3])
            if each and part.numel():
                rows = part.flatten(0, 1)
                part = hand(rows, torch.full((len(rows),), 0.3)).unflatten(0, sample.colors.shape[:2])
            found.append(replace(sample, colors=part))
        return found

    def _finished(self, style: Sample, content: Sample, own: Sample) -> Batch:
        s, sets = self.settings, len(style.colors)
        tables, light = self.looks.draw(self.rng, sets, s.film_share), draw_light(sets, s.spatial)
        ground = draw_ground(self.rng, tables, self.looks, s.apart) if s.apart else None
        finished = torch.cat([_under_look(style, tables, ground, light), self._remembered(style.marks)], -1)
        seen, asked = content.part(slice(s.num_colors)), content.part(slice(s.num_colors, None))
        answers = _under_look(asked, tables, ground, light)
        is_apart = torch.zeros(sets, dtype=torch.bool) if ground is None else ground.is_apart
        if not s.labels:
            seen, own = _unlabeled(seen), _unlabeled(own)
        return Batch(
            finished,
            own.tokens if own.colors.numel() else None,
            seen.tokens,
            asked.tokens.flatten(0, 1),
            asked.person.flatten(0, 1),
            answers.flatten(0, 1),
            is_apart.repeat_interleave(content.colors.shape[1]),
        )

    def _remembered(self, marks: Tensor) -> Tensor:
        """Drop regions or positions of some styles."""
        s, sets = self.settings, len(marks)
        chance = torch.rand(sets, 1, 1, 1)
        placed = (chance > s.no_places).float()
        labeled = (chance > s.no_places + s.no_regions).float() * float(s.labels)
        return torch.cat([marks[..., :3] * placed, marks[..., 3:] * labeled], -1)


def _lattice(count: int) -> Tensor:
    """(count, 2): y and x of a square's pixels, row by row."""
    side = math.isqrt(count)
    axis = (torch.arange(side) + 0.5) / side
    return torch.stack(torch.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)


def _redressed(colors: Tensor, regions: Tensor, place: Tensor, backdrops: Tensor) -> Tensor:
    """Change the colors of clothes and backdrops."""
    shape, flat, where = colors.shape[:2], colors.flatten(0, 1), regions.flatten(0, 1)
    if not flat.numel():
        return colors
    dressed = (torch.rand(len(flat), 1, 1) < 0.4) * where[..., 4:5]
    flat = flat + dressed * (recolored(flat) - flat)
    numbers = backdrops.flatten(0, 1)
    behind = backdrop_colors(numbers[:, :-1], place.flatten(0, 1))
    return (flat + (1 - where[..., :1]) * numbers[:, None, -1:] * (behind - flat)).unflatten(0, shape)


def _under_look(sample: Sample, tables: Tensor, ground: GroundLooks | None, light: LightNumbers) -> Tensor:
    """Apply each set's look to its photos: (B, n, M, 3) Lab."""
    colors, subject = sample.colors.flatten(1, 2), sample.marks[..., _SUBJECT].flatten(1, 2)
    lab = look_up(tables, colors) if ground is None else under_ground_looks(tables, ground, colors, subject)
    values = light.values(sample.marks[..., :2].flatten(1, 2), sample.person.flatten(1, 2))
    colors = apply_light(lab_to_srgb(lab).clamp(0, 1), values).clamp(0, 1)
    return srgb_to_lab(colors).unflatten(1, sample.colors.shape[1:3])


def _unlabeled(sample: Sample) -> Sample:
    return replace(sample, marks=torch.cat([sample.marks[..., :3], torch.zeros_like(sample.marks[..., 3:])], -1))
