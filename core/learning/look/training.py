"""Training of a look: one adapter is trained on all photos, and two on folds that validate each other."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...errors import LearningError
from ...estimation.adapter import StyleAdapter
from ...estimation.set_model import SetModel, load_set_model
from ...imaging.rendering.texture import Texture
from ...imaging.rendering.torch_threads import on_one_core
from ...networks.features import load_features
from ...networks.token_layout import LAB
from ...styles.cover import with_cover
from ...styles.style import Style
from ..checkpoint import load_checkpoint, save_checkpoint, with_prefix, without_prefix
from ..losses.perceptual import LossNormalizer
from ..request import CancelCheck, TrainStatus, ValidationProgress, never_cancelled
from ..trainer_kit import check_same_run, restoring
from .instant import style_from_proxies
from .material import count_checks, pictures_of, read_material
from .photos import TrainingPhotos
from .settings import LEAST_PHOTOS, LookTrainSettings
from .trainer import LookFineTuner
from .validation import ValidationResult, initial_discrepancy, measure_floor, split_folds, validate

_NUM_SAMPLES = 4
_MATERIAL_SHARE = 0.4  # of the setup
_TUNER_SHARES = (0.4, 0.8, 0.87, 0.94)  # before each tuner, the first of which warms torch up, and after the last
_PATIENCE = 50  # steps whose validations find nothing better, after which training ends


class StyleTraining:
    """The training of one look; iterate over `run`, and take `style` at any time.

    Args:
        photos: finished photos, at least LEAST_PHOTOS.
        content: the photographer's own untouched photos, at least 2; None to train on people at large.
        settings: None for the defaults.
        device: of torch, such as `cpu` or `cuda`.
        model: the set network; None for the one in the package.
        texture: of the photos; None for none.
        instant: the instant style of the same photos, content and texture, if it is known already; None to compute it
            when it is needed, which takes longer than the setup.
        check_cancelled: called while the training data is prepared.
        prepared: called with the share of this that is done, 0 to 1.

    Raises:
        LearningError: the photos are too few.
    """

    @on_one_core()
    def __init__(
        self,
        photos: TrainingPhotos,
        content: TrainingPhotos | None = None,
        *,
        settings: LookTrainSettings | None = None,
        device: str = "cpu",
        model: SetModel | None = None,
        texture: Texture | None = None,
        instant: Style | None = None,
        check_cancelled: CancelCheck = never_cancelled,
        prepared: Callable[[float], None] = lambda _share: None,
    ) -> None:
        if len(photos) < LEAST_PHOTOS or (content is not None and len(content) < 2):
            raise LearningError(
                "{photos} finished and {content} untouched photos: learning needs {least} finished ones, and of "
                "untouched ones none or 2; add photos, or use --instant",
                photos=len(photos),
                content=0 if content is None else len(content),
                least=LEAST_PHOTOS,
            )
        self.settings = settings or LookTrainSettings()
        self.step, self._photos, self._own, self._texture, self._known = 0, photos, content, texture, instant
        model = model or load_set_model()
        self._base = model.hash
        told = _told(check_cancelled, count_checks(photos, content), lambda share: prepared(_MATERIAL_SHARE * share))
        material = read_material(model, photos, content, torch.device(device), told)
        with torch.random.fork_rng(devices=()):  # do not change the caller's random state
            features = load_features(self.settings.features or None).to(device)
        seed = self.settings.seed
        parts = (*split_folds(material.style, seed), torch.arange(len(photos)))
        tuners = []
        for part in parts:
            check_cancelled()
            prepared(_TUNER_SHARES[len(tuners)])
            tuners.append(LookFineTuner(material, part.to(device), features, self.settings))
        self._tuners = tuple(tuners)
        self._folds, self._whole = self._tuners[:2], self._tuners[2]
        self._others = tuple(tuner.style_tokens for tuner in self._folds[::-1])
        check_cancelled()
        prepared(_TUNER_SHARES[-1])
        self._floor = measure_floor(self._others)
        first = initial_discrepancy(self._whole)
        validated = validate(self._folds, self._others, step=0, check_cancelled=check_cancelled)
        self._best = replace(validated, instant_suffices=first < self.settings.clear_limit(material.is_own))
        self._kept = self._adapter()
        self._history: list[list[float]] = [self._best.row()]

    @property
    def best(self) -> ValidationResult:
        """The best validation result so far."""
        return self._best

    @property
    def history(self) -> list[list[float]]:
        """For each validation: step, distance of the instant look, distance of the trained one, delta weight."""
        return [list(row) for row in self._history]

    def run(self, check_cancelled: CancelCheck = never_cancelled) -> Iterator[TrainStatus]:
        """Train; the caller reports, saves, or stops iterating.

        Ends early when all three looks match their photos (`enough_below`) or validations find nothing better any more,
        and at once, without any status, when the instant look matches (`best.instant_suffices`).

        Args:
            check_cancelled: called in the middle of steps. After what it raises `style` still gives the best so far,
                but there is nothing to save, because the step is incomplete.
        """
        started = time.perf_counter()
        while not self._is_done:
            yield self._train_step(started, check_cancelled)

    def style(self, name: str, *, settings: Mapping[str, Any] | None = None, cover: bool = True) -> Style:
        """Return the style with the best adapter so far, its score and its cover.

        Args:
            name: of the style.
            settings: further facts about its making, stored in the style file.
            cover: whether to render its cover picture.
        """
        instant = self._instant.renamed(name)
        made = {**(settings or {}), "method": "adversarial", "learning": self.settings.to_json()}
        adapter = replace(self._kept, delta_weight=self._best.delta_weight) if self._best.delta_weight else None
        style = replace(
            instant,
            kind="learnt",
            settings={**instant.settings, **made, "steps": self._best.step},
            adapter=adapter,
            score={**instant.score, **self._best.to_score(self._floor, self._history)},
        )
        return with_cover(style) if cover else style

    def select_last(self) -> ValidationResult:
        """Take the whole adapter of the last step as the best, whatever validation says; for measurements."""
        last = validate(self._folds, self._others, step=self.step)
        self._best, self._kept = replace(last, delta_weight=1.0), self._adapter()
        return last

    def save(self, path: Path, key: str) -> None:
        """Write a checkpoint; `key` tells photos and settings (`checkpoint.training_key`)."""
        tensors: dict[str, Tensor] = {}
        for number, tuner in enumerate(self._tuners):
            tensors |= with_prefix(f"tuner{number}", tuner.tensors())
        tensors |= with_prefix("kept", {name: torch.from_numpy(value) for name, value in self._kept.tensors().items()})
        facts = {
            "key": key,
            "step": self.step,
            "settings": self.settings.to_json(),
            "base": self._base,
            "best": self._best.to_json(),
            "history": self._history,
            "scales": [None if tuner.normalizer is None else tuner.normalizer.to_json() for tuner in self._tuners],
        }
        save_checkpoint(path, tensors, facts)

    def resume(self, path: Path, key: str) -> None:
        """Resume from a checkpoint.

        Raises:
            LearningError: there is none, or it was made of other photos, settings or another set network.
        """
        tensors, facts = load_checkpoint(path)
        check_same_run(path, facts, {"key": key, "settings": self.settings.to_json(), "base": self._base})
        with restoring(path):
            self.step, self._best = int(facts["step"]), ValidationResult.from_json(facts["best"])
            self._history = [list(row) for row in facts["history"]]
            for number, (tuner, scales) in enumerate(zip(self._tuners, facts["scales"], strict=True)):
                known = None if scales is None else LossNormalizer.from_json(scales)
                tuner.restore(without_prefix(f"tuner{number}", tensors), self.step, known)
            arrays = {name: value.numpy() for name, value in without_prefix("kept", tensors).items()}
            self._kept = StyleAdapter.from_tensors(self._base, 1.0, arrays)

    @cached_property
    def _instant(self) -> Style:
        """The style without training, whose expected error training can only confirm or lower."""
        if self._known is not None:
            return self._known
        own = None if self._own is None else self._own.proxies
        return style_from_proxies(self._photos.proxies, "instant", content=own, texture=self._texture, cover=False)

    @property
    def _is_done(self) -> bool:
        if self.step >= self.settings.num_steps or self._best.instant_suffices:
            return True
        is_in_vain = self._history[-1][0] - self._best.step >= _PATIENCE
        return is_in_vain or all(tuner.is_near_enough for tuner in self._tuners)

    @on_one_core()
    def _train_step(self, started: float, check_cancelled: CancelCheck) -> TrainStatus:
        """Train all three looks for a step; `started` is when the first step began, in seconds."""
        terms = [tuner.train_step(check_cancelled) for tuner in self._tuners]
        self.step += 1
        mean = {name: float(np.mean([part[name] for part in terms])) for name in terms[0]}
        is_validated = self.step % self.settings.validate_every == 0 or self._is_done
        validation = self._validate(check_cancelled) if is_validated else None
        samples = self._samples() if is_validated or self.step == 1 else None
        seconds = time.perf_counter() - started
        return TrainStatus(self.step, self.settings.num_steps, mean, validation, samples, seconds)

    def _validate(self, check_cancelled: CancelCheck) -> ValidationProgress:
        found = validate(self._folds, self._others, step=self.step, check_cancelled=check_cancelled)
        self._history.append(found.row())
        if found.delta_weight and found.distance < self._best.distance:
            self._best, self._kept = found, self._adapter()
        best = self._best
        return ValidationProgress(
            found.instant_distance, found.distance, found.delta_weight, best.step, best.distance, best.delta_weight
        )

    def _adapter(self) -> StyleAdapter:
        """The averaged adapter that was trained on all photos."""
        arrays = self._whole.averaged.arrays()
        parts = {kind: {name: value.numpy() for name, value in part.items()} for kind, part in arrays.items()}
        return StyleAdapter(self._base, parts["up"], parts["down"], parts["bias"], 1.0)

    @torch.no_grad()
    def _samples(self) -> tuple[Tensor, Tensor]:
        tuner = self._whole
        count = min(_NUM_SAMPLES, len(tuner.material.pictures))
        shown = tuner.material.pictures.pick(torch.arange(count))
        labs = (shown.tokens[..., LAB], tuner.restyled(shown, self._best.delta_weight or 1.0))
        before, after = (pictures_of(lab).clamp(0, 1).cpu() for lab in labs)
        return before, after


def _told(check_cancelled: CancelCheck, num_calls: int, prepared: Callable[[float], None]) -> CancelCheck:
    """Return a check that also tells what share of its expected calls are done, a hundred times at most."""
    done, told = itertools.count(1), set[int]()

    def check() -> None:
        check_cancelled()
        percent = min(100 * next(done) // num_calls, 100)
        if percent not in told:
            told.add(percent)
            prepared(percent / 100)

    return check
