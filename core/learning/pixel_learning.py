"""Learning a pixel style from a folder of pictures: read off at once, then improved against a critic."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..errors import LearningError
from ..imaging.contact_sheet import cover
from ..imaging.proxy import Proxy
from ..networks.features import FeatureExtractor, load_features
from ..styles.cover import astronaut
from ..styles.pixel_model import PixelModel, load_pixel_model
from ..styles.pixel_style import PixelPart, paint_photo
from ..styles.style import Style, checked_name
from .patch_distance import patch_distance
from .pixel_learner import PixelLearner, PixelLearningSettings, draw_crops

_MOST_PICTURES = 32  # of a folder, spread evenly over it: they are large
_SET_ASIDE_FROM, _SET_ASIDE_EVERY = 10, 5  # pictures
_JUDGING_SEED, _JUDGED, _JUDGED_AT_ONCE = 10**6, 24, 4  # crops


@dataclass(frozen=True)
class PixelLearningStatus:
    """Where learning stands.

    Attributes:
        step: steps done.
        num_steps: steps in all.
        terms: what the losses were made of in this step; empty before the first.
        distance: of the textures of painted content from those of pictures set aside, when it was measured now.
        best_step: the step whose numbers are kept.
        style: the best style so far, whenever it has become better, and at the end, then with its cover.
        seconds: so far.
    """

    step: int
    num_steps: int
    terms: dict[str, float]
    distance: float | None
    best_step: int
    style: Style | None
    seconds: float


def learn_pixel_style(
    photos: Sequence[Proxy],
    content: Sequence[Proxy] | None,
    name: str,
    settings: PixelLearningSettings | None = None,
    *,
    model: PixelModel | None = None,
    features: FeatureExtractor | None = None,
) -> Iterator[PixelLearningStatus]:
    """Learn a pixel style; the caller reports, or stops iterating and keeps the last style it was given.

    From ten pictures up, every fifth is set aside and judges; with fewer, all do. What is kept is the best by that
    judgment, which the start takes part in. Of a large folder 32 pictures are used, spread evenly.

    Args:
        photos: pictures of the style, as `proxy_of(photo, PAINTING_SIZE)` gives them, so that strokes keep their size.
        content: photos to paint, of that size too; None for the pictures themselves.
        name: of the style.
        settings: how.
        model: None for the network that ships.
        features: of the losses; None for the default network.

    Yields:
        The state before the first step, after each step, and once more at the end with the finished style.

    Raises:
        LearningError: there are no pictures.
        StyleError: the name cannot be used.
    """
    checked_name(name)
    if not photos:
        raise LearningError(f"{name}: no pictures to learn from; give a folder with at least one")
    started, settings, model = time.perf_counter(), settings or PixelLearningSettings(), model or load_pixel_model()
    learning, judging = set_aside(_spread(photos))
    contents = (learning, judging) if not content else (_spread(content), _spread(content))
    learner = PixelLearner(model, learning, contents[0], settings, features or load_features())
    judges = _Judges.drawn(judging, contents[1], settings)
    best_distance = judges.distance(learner)
    style = best = _style_of(learner, model, name, len(photos))

    def status(terms: dict[str, float], distance: float | None, shown: Style | None) -> PixelLearningStatus:
        seconds = time.perf_counter() - started
        return PixelLearningStatus(learner.step, settings.num_steps, terms, distance, best_step, shown, seconds)

    best_step = 0
    yield status({}, best_distance, best)
    while learner.step < settings.num_steps:
        terms, distance, style = learner.learn(), None, None
        if learner.step % settings.judge_every == 0 or learner.step == settings.num_steps:
            distance = judges.distance(learner)
            if distance < best_distance:
                best_distance, best_step = distance, learner.step
                style = best = _style_of(learner, model, name, len(photos))
        yield status(terms, distance, style)
    yield status({}, best_distance, _with_cover(best, model))


def pixel_style_of(photos: Sequence[Proxy], name: str, *, model: PixelModel | None = None) -> Style:
    """A pixel style read off pictures at once, without training or cover; as `learn_pixel_style` starts.

    Args:
        photos: as there.
        name: of the style.
        model: None for the network that ships.
    """
    model = model or load_pixel_model()
    return _new_style(PixelPart(model.style_code(photos), model.weights_hash), name, len(photos), {"num_steps": 0})


def set_aside(photos: Sequence[Proxy]) -> tuple[list[Proxy], list[Proxy]]:
    """Pictures to learn from and pictures that judge; the same where there are fewer than ten."""
    if len(photos) < _SET_ASIDE_FROM:
        return list(photos), list(photos)
    judging = list(photos[_SET_ASIDE_EVERY - 1 :: _SET_ASIDE_EVERY])
    learning = [photo for index, photo in enumerate(photos, 1) if index % _SET_ASIDE_EVERY]
    return learning, judging


def _spread(pictures: Sequence[Proxy]) -> list[Proxy]:
    count = min(_MOST_PICTURES, len(pictures))
    return [pictures[int(index)] for index in np.linspace(0, len(pictures) - 1, count).round()]


@dataclass(frozen=True)
class _Judges:
    """Crops that are always the same: of style pictures, and of contents in groups of one photo each."""

    wanted: Tensor
    contents: tuple[tuple[Tensor, Tensor], ...]

    @classmethod
    def drawn(cls, style: Sequence[Proxy], content: Sequence[Proxy], settings: PixelLearningSettings) -> _Judges:
        rng = np.random.default_rng([settings.seed, _JUDGING_SEED])
        wanted, _ = draw_crops(style, _JUDGED, settings.crop_size, rng, spread=True)
        groups = range(_JUDGED // _JUDGED_AT_ONCE)
        return cls(wanted, tuple(draw_crops(content, _JUDGED_AT_ONCE, settings.crop_size, rng) for _ in groups))

    @torch.no_grad()
    def distance(self, learner: PixelLearner) -> float:
        painted = torch.cat([learner.paint(*group) for group in self.contents])
        return patch_distance(painted.clamp(0, 1), self.wanted)


def _style_of(learner: PixelLearner, model: PixelModel, name: str, num_photos: int) -> Style:
    delta = learner.delta.detach().numpy().copy() if learner.step else None
    part = PixelPart(learner.code.detach().numpy().copy(), model.weights_hash, delta)
    return _new_style(part, name, num_photos, {**learner.settings.to_json(), "kept_step": learner.step})


def _with_cover(style: Style, model: PixelModel) -> Style:
    return replace(style, cover=cover(paint_photo(astronaut(), style, model=model).pixels))


def _new_style(part: PixelPart, name: str, num_photos: int, learning: dict[str, object]) -> Style:
    return Style(
        name=checked_name(name),
        kind="pixel",
        description=f"paints as {num_photos} picture{'s do' if num_photos > 1 else ' does'}",
        created=datetime.date.today().isoformat(),
        num_photos=num_photos,
        settings={"method": "pixel generator", "learning": learning},
        pixel=part,
    )
