"""Training of a pixel style from a folder of pictures: encoded at once, then fine-tuned."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

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
from .patch_distance import patch_distance
from .trainer import PixelFineTuner, PixelTrainSettings, draw_crops

_MOST_PICTURES = 32  # of a folder, spread evenly, since they are large
_LEAST_TO_HOLD_OUT, _HELD_OUT_EVERY = 10, 5  # pictures
_VALIDATION_SEED, _NUM_VALIDATION_CROPS, _CROPS_AT_ONCE = 10**6, 24, 4  # crops


@dataclass(frozen=True)
class PixelTrainStatus:
    """The state of training.

    Attributes:
        step: steps done.
        num_steps: steps in all.
        terms: loss terms of this step by name; empty before the first.
        distance: of the textures of painted content from those of held-out pictures, if it was measured; else None.
        best_step: the step whose code and delta are kept.
        style: the best style so far, each time it improves, and at the end with its cover; else None.
        seconds: since this run started.
    """

    step: int
    num_steps: int
    terms: dict[str, float]
    distance: float | None
    best_step: int
    style: Style | None
    seconds: float


class PixelStyleTraining:
    """The training of one pixel style; iterate over `run`, `save` to resume later.

    Of ten pictures and more, every fifth is held out for validation; of fewer, all are used for both. The best step by
    validation is kept, step 0 included. Of a large folder 32 pictures are used, spread evenly.

    Args:
        photos: pictures of the style, as `proxy_of(photo, PAINTING_SIZE)` returns them.
        content: photos to paint, of the same size; None for the pictures themselves.
        name: of the style.
        settings: None for the defaults.
        model: the pixel generator; None for the one in the package.
        features: network of the content and style losses; None for the default.

    Raises:
        LearningError: there are no pictures.
        StyleError: the name cannot be used.
    """

    def __init__(
        self,
        photos: Sequence[Proxy],
        content: Sequence[Proxy] | None,
        name: str,
        settings: PixelTrainSettings | None = None,
        *,
        model: PixelModel | None = None,
        features: FeatureExtractor | None = None,
    ) -> None:
        checked_name(name)
        if not photos:
            raise LearningError("{name}: no pictures to learn from; give a folder with at least one", name=name)
        self.settings, self._model = settings or PixelTrainSettings(), model or load_pixel_model()
        self._name, self._num_photos = name, len(photos)
        learning, held_out = hold_out(_spread(photos))
        contents = (learning, held_out) if not content else (_spread(content), _spread(content))
        features = features or load_features()
        self._tuner = PixelFineTuner(self._model, learning, contents[0], self.settings, features)
        self._validation_crops = _ValidationCrops.drawn(held_out, contents[1], self.settings)
        self._distance, self._best_step = self._validation_crops.distance(self._tuner), 0
        self._best = self._style(0, self._tuner.code, None)

    @property
    def step(self) -> int:
        """Steps done, those before a resume included."""
        return self._tuner.step

    def run(self) -> Iterator[PixelTrainStatus]:
        """Train; the caller reports, saves, or stops iterating and keeps the last style it got.

        Yields:
            The state at the start, after each step, and once more at the end with the finished style.
        """
        started, tuner, settings = time.perf_counter(), self._tuner, self.settings

        def status(terms: dict[str, float], distance: float | None, shown: Style | None) -> PixelTrainStatus:
            seconds = time.perf_counter() - started
            return PixelTrainStatus(tuner.step, settings.num_steps, terms, distance, self._best_step, shown, seconds)

        yield status({}, self._distance, self._best)
        while tuner.step < settings.num_steps:
            terms, distance, style = tuner.train_step(), None, None
            if tuner.step % settings.validate_every == 0 or tuner.step == settings.num_steps:
                distance = self._validation_crops.distance(tuner)
                style = self._kept_if_better(distance)
            yield status(terms, distance, style)
        yield status({}, self._distance, _with_cover(self._best, self._model))

    def save(self, path: Path, key: str) -> None:
        """Write a checkpoint; `key` identifies the pictures."""
        best, scales = self._best.pixel, self._tuner.scales
        assert best is not None
        kept = {"code": best.code, **({} if best.delta is None else {"delta": best.delta})}
        arrays = with_prefix("kept", {name: torch.from_numpy(value) for name, value in kept.items()})
        facts = {
            **self._identity(key),
            "step": self.step,
            "best": {"step": self._best_step, "distance": self._distance},
            "scales": None if scales is None else scales.to_json(),
        }
        save_checkpoint(path, {**with_prefix("learner", self._tuner.tensors()), **arrays}, facts)

    def resume(self, path: Path, key: str) -> None:
        """Resume from a checkpoint.

        Raises:
            LearningError: there is none, or it was made of other pictures, settings or another network.
        """
        tensors, facts = load_checkpoint(path)
        mine = self._identity(key)
        theirs = {**facts, "settings": {**facts.get("settings", {}), "num_steps": self.settings.num_steps}}
        changed = [name for name, value in mine.items() if theirs.get(name) != value]
        if changed:
            raise LearningError(
                "{path}: was begun with other photos or settings ({what}); start without --resume",
                path=path,
                what=", ".join(changed),
            )
        scales = None if facts["scales"] is None else LossNormalizer.from_json(facts["scales"])
        self._tuner.restore(without_prefix("learner", tensors), int(facts["step"]), scales)
        kept = without_prefix("kept", tensors)
        self._best_step, self._distance = int(facts["best"]["step"]), float(facts["best"]["distance"])
        self._best = self._style(self._best_step, kept["code"], kept.get("delta"))

    def _identity(self, key: str) -> dict[str, object]:
        return {"key": key, "settings": self.settings.to_json(), "network": self._model.weights_hash}

    def _kept_if_better(self, distance: float) -> Style | None:
        if distance >= self._distance:
            return None
        self._distance, self._best_step = distance, self.step
        self._best = self._style(self.step, self._tuner.code, self._tuner.delta)
        return self._best

    def _style(self, step: int, code: Tensor, delta: Tensor | None) -> Style:
        arrays = [None if part is None else part.detach().numpy().copy() for part in (code, delta)]
        assert arrays[0] is not None
        part = PixelPart(arrays[0], self._model.weights_hash, arrays[1])
        return _new_style(part, self._name, self._num_photos, {**self.settings.to_json(), "kept_step": step})


def pixel_style_of(photos: Sequence[Proxy], name: str, *, model: PixelModel | None = None) -> Style:
    """Return the pixel style that the encoder gives, without training or cover: step 0 of `PixelStyleTraining`.

    Args:
        photos: as for `PixelStyleTraining`.
        name: of the style.
        model: the pixel generator; None for the one in the package.
    """
    model = model or load_pixel_model()
    return _new_style(PixelPart(model.style_code(photos), model.weights_hash), name, len(photos), {"num_steps": 0})


def hold_out(photos: Sequence[Proxy]) -> tuple[list[Proxy], list[Proxy]]:
    """Split pictures into those to train on and those held out; fewer than ten are used for both."""
    if len(photos) < _LEAST_TO_HOLD_OUT:
        return list(photos), list(photos)
    held_out = list(photos[_HELD_OUT_EVERY - 1 :: _HELD_OUT_EVERY])
    learning = [photo for index, photo in enumerate(photos, 1) if index % _HELD_OUT_EVERY]
    return learning, held_out


def _spread(pictures: Sequence[Proxy]) -> list[Proxy]:
    count = min(_MOST_PICTURES, len(pictures))
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


def _new_style(part: PixelPart, name: str, num_photos: int, learning: dict[str, object]) -> Style:
    return Style(
        name=checked_name(name),
        kind="pixel",
        description=paints_as(num_photos),
        created=datetime.date.today().isoformat(),
        num_photos=num_photos,
        settings={"method": "pixel generator", "learning": learning},
        pixel=part,
    )
