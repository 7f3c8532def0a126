"""Training of a pixel style from a folder of pictures: encoded at once, then fine-tuned."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from ..losses.perceptual import LossNormalizer
from ..request import CancelCheck, TrainStatus, ValidationProgress, never_cancelled
from ..trainer_kit import check_same_run, restoring
from .patch_distance import patch_distance
from .settings import MAX_PICTURES, PixelTrainSettings
from .trainer import PixelFineTuner, draw_crops

_PATIENCE = 60  # steps whose validations find nothing better, after which training ends
_LEAST_TO_HOLD_OUT, _HELD_OUT_EVERY = 10, 5  # pictures
_VALIDATION_SEED, _NUM_VALIDATION_CROPS, _CROPS_AT_ONCE = 10**6, 24, 4  # crops


class PixelStyleTraining:
    """The training of one pixel style; iterate over `run`, take `style` at any time, `save` to resume later.

    Of ten pictures and more, every fifth is held out for validation; of fewer, all are used for both. The best step by
    validation is kept, step 0 included. Of many pictures MAX_PICTURES are used, spread evenly.

    Args:
        photos: pictures of the style, as `proxy_of(photo, PAINTING_SIZE)` returns them.
        content: photos to paint, of the same size; None for the pictures themselves.
        settings: None for the defaults.
        model: the pixel generator; None for the one in the package.
        features: network of the content and style losses; None for the default.
        check_cancelled: called during the setup.
        prepared: called with the share of the setup that is done, 0 to 1.

    Raises:
        LearningError: there are no pictures.
    """

    def __init__(
        self,
        photos: Sequence[Proxy],
        content: Sequence[Proxy] | None,
        settings: PixelTrainSettings | None = None,
        *,
        model: PixelModel | None = None,
        features: FeatureExtractor | None = None,
        check_cancelled: CancelCheck = never_cancelled,
        prepared: Callable[[float], None] = lambda _share: None,
    ) -> None:
        if not photos:
            raise LearningError("no pictures to learn from; give a folder with at least one")
        self.settings, self._model = settings or PixelTrainSettings(), model or load_pixel_model()
        self._num_photos = len(photos)
        learning, held_out = hold_out(_spread(photos))
        contents = (learning, held_out) if not content else (_spread(content), _spread(content))
        check_cancelled()
        self._tuner = PixelFineTuner(self._model, learning, contents[0], self.settings, features or load_features())
        prepared(0.5)
        check_cancelled()
        self._validation_crops = _ValidationCrops.drawn(held_out, contents[1], self.settings)
        self._first = self._distance = self._validation_crops.distance(self._tuner)
        self._best_step = 0
        self._best = self._part(None)

    @property
    def step(self) -> int:
        """Steps done, those before a resume included."""
        return self._tuner.step

    def run(self, check_cancelled: CancelCheck = never_cancelled) -> Iterator[TrainStatus]:
        """Train; the caller reports, saves, or stops iterating.

        Args:
            check_cancelled: called in the middle of steps. After what it raises `style` still gives the best so far,
                but there is nothing to save, because the step is incomplete.
        """
        started, tuner, settings = time.perf_counter(), self._tuner, self.settings
        while tuner.step < settings.num_steps and not self._is_in_vain:
            terms, validation = tuner.train_step(check_cancelled), None
            if tuner.step % settings.validate_every == 0 or tuner.step == settings.num_steps:
                validation = self._validate()
            seconds = time.perf_counter() - started
            yield TrainStatus(tuner.step, settings.num_steps, terms, validation, None, seconds)

    def style(self, name: str, *, settings: Mapping[str, Any] | None = None, cover: bool = True) -> Style:
        """Return the style with the best code and delta so far.

        Args:
            name: of the style.
            settings: further facts about its making, stored in the style file.
            cover: whether to render its cover picture.
        """
        learning = {**self.settings.to_json(), "kept_step": self._best_step}
        style = _new_style(self._best, name, self._num_photos, learning, settings)
        return _with_cover(style, self._model) if cover else style

    def save(self, path: Path, key: str) -> None:
        """Write a checkpoint; `key` tells pictures and settings (`checkpoint.training_key`)."""
        normalizer = self._tuner.normalizer
        kept = {"code": self._best.code, **({} if self._best.delta is None else {"delta": self._best.delta})}
        arrays = with_prefix("kept", {name: torch.from_numpy(value) for name, value in kept.items()})
        facts = {
            **self._identity(key),
            "step": self.step,
            "best": {"step": self._best_step, "distance": self._distance, "first": self._first},
            "scales": None if normalizer is None else normalizer.to_json(),
        }
        save_checkpoint(path, {**with_prefix("learner", self._tuner.tensors()), **arrays}, facts)

    def resume(self, path: Path, key: str) -> None:
        """Resume from a checkpoint.

        Raises:
            LearningError: there is none, or it was made of other pictures, settings or another network.
        """
        tensors, facts = load_checkpoint(path)
        check_same_run(path, facts, self._identity(key))
        with restoring(path):
            normalizer = None if facts["scales"] is None else LossNormalizer.from_json(facts["scales"])
            self._tuner.restore(without_prefix("learner", tensors), int(facts["step"]), normalizer)
            kept = {name: value.numpy() for name, value in without_prefix("kept", tensors).items()}
            best = facts["best"]
            self._best_step, self._distance, self._first = int(best["step"]), best["distance"], best["first"]
            self._best = PixelPart(kept["code"], self._model.weights_hash, kept.get("delta"))

    @property
    def _is_in_vain(self) -> bool:
        every = self.settings.validate_every
        return self.step // every * every - self._best_step >= _PATIENCE

    def _identity(self, key: str) -> dict[str, object]:
        return {"key": key, "settings": self.settings.to_json(), "network": self._model.weights_hash}

    def _validate(self) -> ValidationProgress:
        distance = self._validation_crops.distance(self._tuner)
        if distance < self._distance:
            self._distance, self._best_step = distance, self.step
            self._best = self._part(self._tuner.delta)
        return ValidationProgress(self._first, distance, 1.0, self._best_step, self._distance, 1.0)

    def _part(self, delta: Tensor | None) -> PixelPart:
        """Return the present code, and `delta`, for a style."""
        code = self._tuner.code.detach().numpy().copy()
        return PixelPart(code, self._model.weights_hash, None if delta is None else delta.detach().numpy().copy())


def pixel_style_of(photos: Sequence[Proxy], name: str, *, model: PixelModel | None = None) -> Style:
    """Return the pixel style that the encoder gives, without training or cover: step 0 of `PixelStyleTraining`.

    Args:
        photos: as for `PixelStyleTraining`.
        name: of the style.
        model: the pixel generator; None for the one in the package.
    """
    model = model or load_pixel_model()
    part = PixelPart(model.style_code(photos), model.weights_hash)
    return _new_style(part, name, len(photos), {"num_steps": 0}, None)


def hold_out(photos: Sequence[Proxy]) -> tuple[list[Proxy], list[Proxy]]:
    """Split pictures into those to train on and those held out; fewer than ten are used for both."""
    if len(photos) < _LEAST_TO_HOLD_OUT:
        return list(photos), list(photos)
    held_out = list(photos[_HELD_OUT_EVERY - 1 :: _HELD_OUT_EVERY])
    learning = [photo for index, photo in enumerate(photos, 1) if index % _HELD_OUT_EVERY]
    return learning, held_out


def _spread(pictures: Sequence[Proxy]) -> list[Proxy]:
    count = min(MAX_PICTURES, len(pictures))
    return [pictures[int(index)] for index in np.linspace(0, len(pictures) - 1, count).round()]


@dataclass(frozen=True)
class _ValidationCrops:
    """Fixed crops for validation: of held-out style pictures, and of contents in groups of one photo each."""

    wanted: Tensor
    contents: tuple[tuple[Tensor, Tensor], ...]

    @classmethod
    def drawn(cls, style: Sequence[Proxy], content: Sequence[Proxy], settings: PixelTrainSettings) -> _ValidationCrops:
        rng = np.random.default_rng([settings.seed, _VALIDATION_SEED])
        wanted, _ = draw_crops(style, _NUM_VALIDATION_CROPS, settings.crop_size, rng, spread=True)
        groups = range(_NUM_VALIDATION_CROPS // _CROPS_AT_ONCE)
        return cls(wanted, tuple(draw_crops(content, _CROPS_AT_ONCE, settings.crop_size, rng) for _ in groups))

    @torch.no_grad()
    def distance(self, tuner: PixelFineTuner) -> float:
        painted = torch.cat([tuner.paint(*group) for group in self.contents])
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
