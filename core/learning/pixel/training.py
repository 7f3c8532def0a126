"""Learning a pixel style from a folder of pictures: read off at once, then improved against a critic."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...errors import LearningError
from ...imaging.contact_sheet import cover
from ...imaging.proxy import Proxy
from ...networks.features import FeatureExtractor, load_features
from ...styles.applying import paint_photo
from ...styles.cover import astronaut
from ...styles.pixel_model import PixelModel, load_pixel_model
from ...styles.pixel_style import PixelPart
from ...styles.style import Style, checked_name, paints_as
from ..checkpoint import load_checkpoint, save_checkpoint, with_prefix, without_prefix
from ..losses.perceptual import TermScales
from ..request import Asked, LearnStatus, Validation, still_wanted
from ..trainer_kit import check_same_run, restoring
from .patch_distance import patch_distance
from .settings import MAX_PICTURES, PixelLearningSettings
from .trainer import PixelLearner, draw_crops

_SET_ASIDE_FROM, _SET_ASIDE_EVERY = 10, 5  # pictures
_JUDGING_SEED, _JUDGED, _JUDGED_AT_ONCE = 10**6, 24, 4  # crops


class PixelLearning:
    """One pixel style being learnt; iterate to learn, ask for the style at any time, save to go on another day.

    From ten pictures up, every fifth is set aside and judges; with fewer, all do. What is kept is the best by that
    judgment, which the start takes part in. Of many pictures MAX_PICTURES are used, spread evenly.

    Args:
        photos: pictures of the style, as `proxy_of(photo, PAINTING_SIZE)` gives them, so that strokes keep their size.
        content: photos to paint, of that size too; None for the pictures themselves.
        settings: how.
        model: None for the network that ships.
        features: of the losses; None for the default network.
        ask: while it is set up.

    Raises:
        LearningError: there are no pictures.
    """

    def __init__(
        self,
        photos: Sequence[Proxy],
        content: Sequence[Proxy] | None,
        settings: PixelLearningSettings | None = None,
        *,
        model: PixelModel | None = None,
        features: FeatureExtractor | None = None,
        ask: Asked = still_wanted,
    ) -> None:
        if not photos:
            raise LearningError("no pictures to learn from; give a folder with at least one")
        self.settings, self._model = settings or PixelLearningSettings(), model or load_pixel_model()
        self._num_photos = len(photos)
        learning, judging = set_aside(_spread(photos))
        contents = (learning, judging) if not content else (_spread(content), _spread(content))
        ask()
        self._learner = PixelLearner(self._model, learning, contents[0], self.settings, features or load_features())
        ask()
        self._judges = _Judges.drawn(judging, contents[1], self.settings)
        self._first = self._distance = self._judges.distance(self._learner)
        self._best_step = 0
        self._best = self._part(None)

    @property
    def step(self) -> int:
        """Steps done, those before a resumption too."""
        return self._learner.step

    def run(self, ask: Asked = still_wanted) -> Iterator[LearnStatus]:
        """Learn; the caller reports, saves, or stops iterating.

        Args:
            ask: in the middle of steps. After what it raises `style` still gives the best so far, but there is
                nothing to save: a step is whole or it is not.
        """
        started, learner, settings = time.perf_counter(), self._learner, self.settings
        while learner.step < settings.num_steps:
            terms, validation = learner.learn(ask), None
            if learner.step % settings.judge_every == 0 or learner.step == settings.num_steps:
                validation = self._judge()
            seconds = time.perf_counter() - started
            yield LearnStatus(learner.step, settings.num_steps, terms, validation, None, seconds)

    def style(self, name: str, *, settings: Mapping[str, Any] | None = None, cover: bool = True) -> Style:
        """The style with the best that was learnt so far.

        Args:
            name: of the style.
            settings: what else its file shall say about how it was made.
            cover: whether to make its cover too.
        """
        learning = {**self.settings.to_json(), "kept_step": self._best_step}
        style = _new_style(self._best, name, self._num_photos, learning, settings)
        return _with_cover(style, self._model) if cover else style

    def save(self, path: Path, key: str) -> None:
        """Write a checkpoint; `key` tells whose it is."""
        scales = self._learner.scales
        kept = {"code": self._best.code, **({} if self._best.delta is None else {"delta": self._best.delta})}
        arrays = with_prefix("kept", {name: torch.from_numpy(value) for name, value in kept.items()})
        facts = {
            **self._identity(key),
            "step": self.step,
            "best": {"step": self._best_step, "distance": self._distance, "first": self._first},
            "scales": None if scales is None else scales.to_json(),
        }
        save_checkpoint(path, {**with_prefix("learner", self._learner.tensors()), **arrays}, facts)

    def resume(self, path: Path, key: str) -> None:
        """Go on from a checkpoint.

        Raises:
            LearningError: there is none, or it is of other pictures, settings or another network.
        """
        tensors, facts = load_checkpoint(path)
        check_same_run(path, facts, self._identity(key))
        with restoring(path):
            scales = None if facts["scales"] is None else TermScales.from_json(facts["scales"])
            self._learner.restore(without_prefix("learner", tensors), int(facts["step"]), scales)
            kept = {name: value.numpy() for name, value in without_prefix("kept", tensors).items()}
            best = facts["best"]
            self._best_step, self._distance, self._first = int(best["step"]), best["distance"], best["first"]
            self._best = PixelPart(kept["code"], self._model.weights_hash, kept.get("delta"))

    def _identity(self, key: str) -> dict[str, object]:
        return {"key": key, "settings": self.settings.to_json(), "network": self._model.weights_hash}

    def _judge(self) -> Validation:
        distance = self._judges.distance(self._learner)
        if distance < self._distance:
            self._distance, self._best_step = distance, self.step
            self._best = self._part(self._learner.delta)
        return Validation(self._first, distance, 1.0, self._best_step, self._distance, 1.0)

    def _part(self, delta: Tensor | None) -> PixelPart:
        """What the learner has reached."""
        code = self._learner.code.detach().numpy().copy()
        return PixelPart(code, self._model.weights_hash, None if delta is None else delta.detach().numpy().copy())


def pixel_style_of(photos: Sequence[Proxy], name: str, *, model: PixelModel | None = None) -> Style:
    """A pixel style read off pictures at once, without training or cover; as `PixelLearning` starts.

    Args:
        photos: as there.
        name: of the style.
        model: None for the network that ships.
    """
    model = model or load_pixel_model()
    part = PixelPart(model.style_code(photos), model.weights_hash)
    return _new_style(part, name, len(photos), {"num_steps": 0}, None)


def set_aside(photos: Sequence[Proxy]) -> tuple[list[Proxy], list[Proxy]]:
    """Pictures to learn from and pictures that judge; the same where there are fewer than ten."""
    if len(photos) < _SET_ASIDE_FROM:
        return list(photos), list(photos)
    judging = list(photos[_SET_ASIDE_EVERY - 1 :: _SET_ASIDE_EVERY])
    learning = [photo for index, photo in enumerate(photos, 1) if index % _SET_ASIDE_EVERY]
    return learning, judging


def _spread(pictures: Sequence[Proxy]) -> list[Proxy]:
    count = min(MAX_PICTURES, len(pictures))
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


def _with_cover(style: Style, model: PixelModel) -> Style:
    return replace(style, cover=cover(paint_photo(astronaut(), style, model=model).pixels))


def _new_style(
    part: PixelPart, name: str, num_photos: int, learning: Mapping[str, object], made: Mapping[str, object] | None
) -> Style:
    return Style(
        name=checked_name(name),
        kind="pixel",
        description=paints_as(num_photos),
        created=datetime.date.today().isoformat(),
        num_photos=num_photos,
        settings={**(made or {}), "method": "pixel generator", "learning": dict(learning)},
        pixel=part,
    )
