"""Learning a pixel style from a folder of pictures: read off at once, then improved against a critic."""

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
from ..losses.perceptual import TermScales
from ..trainer_kit import check_same_run, restoring
from .patch_distance import patch_distance
from .settings import PixelLearningSettings
from .trainer import PixelLearner, draw_crops

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


class PixelLearning:
    """One pixel style being learnt; iterate to learn, save to go on another day.

    From ten pictures up, every fifth is set aside and judges; with fewer, all do. What is kept is the best by that
    judgment, which the start takes part in. Of a large folder 32 pictures are used, spread evenly.

    Args:
        photos: pictures of the style, as `proxy_of(photo, PAINTING_SIZE)` gives them, so that strokes keep their size.
        content: photos to paint, of that size too; None for the pictures themselves.
        name: of the style.
        settings: how.
        model: None for the network that ships.
        features: of the losses; None for the default network.

    Raises:
        LearningError: there are no pictures.
        StyleError: the name cannot be used.
    """

    def __init__(
        self,
        photos: Sequence[Proxy],
        content: Sequence[Proxy] | None,
        name: str,
        settings: PixelLearningSettings | None = None,
        *,
        model: PixelModel | None = None,
        features: FeatureExtractor | None = None,
    ) -> None:
        checked_name(name)
        if not photos:
            raise LearningError("{name}: no pictures to learn from; give a folder with at least one", name=name)
        self.settings, self._model = settings or PixelLearningSettings(), model or load_pixel_model()
        self._name, self._num_photos = name, len(photos)
        learning, judging = set_aside(_spread(photos))
        contents = (learning, judging) if not content else (_spread(content), _spread(content))
        features = features or load_features()
        self._learner = PixelLearner(self._model, learning, contents[0], self.settings, features)
        self._judges = _Judges.drawn(judging, contents[1], self.settings)
        self._distance, self._best_step = self._judges.distance(self._learner), 0
        self._best = self._style(0, self._learner.code, None)

    @property
    def step(self) -> int:
        """Steps done, those before a resumption too."""
        return self._learner.step

    def run(self) -> Iterator[PixelLearningStatus]:
        """Learn; the caller reports, saves, or stops iterating and keeps the last style it was given.

        Yields:
            The state before the next step, after each step, and once more at the end with the finished style.
        """
        started, learner, settings = time.perf_counter(), self._learner, self.settings

        def status(terms: dict[str, float], distance: float | None, shown: Style | None) -> PixelLearningStatus:
            seconds = time.perf_counter() - started
            return PixelLearningStatus(
                learner.step, settings.num_steps, terms, distance, self._best_step, shown, seconds
            )

        yield status({}, self._distance, self._best)
        while learner.step < settings.num_steps:
            terms, distance, style = learner.learn(), None, None
            if learner.step % settings.judge_every == 0 or learner.step == settings.num_steps:
                distance = self._judges.distance(learner)
                style = self._kept_if_better(distance)
            yield status(terms, distance, style)
        yield status({}, self._distance, _with_cover(self._best, self._model))

    def save(self, path: Path, key: str) -> None:
        """Write a checkpoint; `key` tells whose it is."""
        best, scales = self._best.pixel, self._learner.scales
        assert best is not None
        kept = {"code": best.code, **({} if best.delta is None else {"delta": best.delta})}
        arrays = with_prefix("kept", {name: torch.from_numpy(value) for name, value in kept.items()})
        facts = {
            **self._identity(key),
            "step": self.step,
            "best": {"step": self._best_step, "distance": self._distance},
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
            kept = without_prefix("kept", tensors)
            self._best_step, self._distance = int(facts["best"]["step"]), float(facts["best"]["distance"])
            self._best = self._style(self._best_step, kept["code"], kept.get("delta"))

    def _identity(self, key: str) -> dict[str, object]:
        return {"key": key, "settings": self.settings.to_json(), "network": self._model.weights_hash}

    def _kept_if_better(self, distance: float) -> Style | None:
        if distance >= self._distance:
            return None
        self._distance, self._best_step = distance, self.step
        self._best = self._style(self.step, self._learner.code, self._learner.delta)
        return self._best

    def _style(self, step: int, code: Tensor, delta: Tensor | None) -> Style:
        arrays = [None if part is None else part.detach().numpy().copy() for part in (code, delta)]
        assert arrays[0] is not None
        part = PixelPart(arrays[0], self._model.weights_hash, arrays[1])
        return _new_style(part, self._name, self._num_photos, {**self.settings.to_json(), "kept_step": step})


def pixel_style_of(photos: Sequence[Proxy], name: str, *, model: PixelModel | None = None) -> Style:
    """A pixel style read off pictures at once, without training or cover; as `PixelLearning` starts.

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
