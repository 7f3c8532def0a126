"""Learn a photographer's style: all photos teach what is kept, two folds of them tell whether, and how much of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...errors import LearningError
from ...estimation.adapter import StyleAdapter
from ...estimation.set_model import SetModel, load_set_model
from ...networks.features import load_features
from ...networks.token_layout import LAB
from ...styles.cover import with_cover
from ...styles.style import Style
from ..checkpoint import load_checkpoint, save_checkpoint, with_prefix, without_prefix
from ..losses.perceptual import TermScales
from ..request import Asked, LearnStatus, Validation, still_wanted
from ..trainer_kit import check_same_run, restoring
from .instant import style_from_proxies
from .material import pictures_of, read_material
from .photos import LearningPhotos
from .settings import LearnSettings
from .trainer import LookTuner
from .validation import Judgement, first_discrepancy, judge, measure_floor, split_folds

LEAST_PHOTOS = 8  # fewer teach an instant style only
_NUM_SAMPLES = 4


class Learning:
    """One style being learnt; iterate to learn, ask for the style at any time.

    Args:
        photos: finished photos, at least LEAST_PHOTOS.
        content: the photographer's own untouched photos, at least 2; None for people at large.
        settings: how.
        device: where.
        model: the set network; None for the one that the package ships.
        ask: while it is set up.

    Raises:
        LearningError: the photos are too few.
    """

    def __init__(
        self,
        photos: LearningPhotos,
        content: LearningPhotos | None = None,
        *,
        settings: LearnSettings | None = None,
        device: str = "cpu",
        model: SetModel | None = None,
        ask: Asked = still_wanted,
    ) -> None:
        if len(photos) < LEAST_PHOTOS or (content is not None and len(content) < 2):
            raise LearningError(
                "{photos} finished and {content} untouched photos: learning needs {least} finished ones, and of "
                "untouched ones none or 2; add photos, or use --instant",
                photos=len(photos),
                content=0 if content is None else len(content),
                least=LEAST_PHOTOS,
            )
        self.settings = settings or LearnSettings()
        self.step, self._photos, self._own = 0, photos, content
        model = model or load_set_model()
        self._base = model.hash
        material = read_material(model, photos, content, torch.device(device), ask)
        with torch.random.fork_rng(devices=()):  # the caller's own random numbers stay as they are
            features = load_features(self.settings.features or None).to(device)
        seed = self.settings.seed
        parts = (*split_folds(material.style, seed), torch.arange(len(photos)))
        self._tuners = tuple(LookTuner(material, part.to(device), features, self.settings) for part in parts)
        self._folds, self._whole = self._tuners[:2], self._tuners[2]
        self._others = tuple(tuner.style for tuner in self._folds[::-1])
        ask()
        self._floor = measure_floor(self._others)
        first = first_discrepancy(self._whole)
        judged = judge(self._folds, self._others, step=0, ask=ask)
        self._best = replace(judged, is_clear=first < self.settings.clear_limit(material.is_own))
        self._kept = self._adapter()
        self._history: list[list[float]] = [self._best.row()]

    @property
    def best(self) -> Judgement:
        """The best look so far, as the photos judge it that did not teach it."""
        return self._best

    @property
    def history(self) -> list[list[float]]:
        """Of each judgement so far: step, distance with the set network alone, distance, the share that is kept."""
        return [list(row) for row in self._history]

    def run(self, ask: Asked = still_wanted) -> Iterator[LearnStatus]:
        """Learn; the caller reports, saves, or stops iterating.

        Ends early where all are as near as chance lets them be, and at once, without any status, where the look
        was clear from the first (`best.is_clear`).

        Args:
            ask: in the middle of steps. After what it raises `style` still gives the best so far, but there is
                nothing to save: a step is whole or it is not.
        """
        started = time.perf_counter()
        while not self._is_done:
            terms = [tuner.train_step(ask) for tuner in self._tuners]
            self.step += 1
            mean = {name: float(np.mean([part[name] for part in terms])) for name in terms[0]}
            is_judged = self.step % self.settings.judge_every == 0 or self._is_done
            validation = self._judge(ask) if is_judged else None
            samples = self._samples() if is_judged or self.step == 1 else None
            seconds = time.perf_counter() - started
            yield LearnStatus(self.step, self.settings.num_steps, mean, validation, samples, seconds)

    def style(self, name: str, *, settings: Mapping[str, Any] | None = None, cover: bool = True) -> Style:
        """The style with the best that was learnt so far, its score and its cover.

        Args:
            name: of the style.
            settings: what else its file shall say about how it was made.
            cover: whether to make its cover too.
        """
        own = None if self._own is None else self._own.proxies
        instant = style_from_proxies(self._photos.proxies, name, content=own, cover=False)
        made = {**(settings or {}), "method": "adversarial", "learning": self.settings.to_json()}
        adapter = replace(self._kept, keep=self._best.keep) if self._best.keep else None
        expected = {} if self._best.keep else instant.score  # it is said of the set network alone
        style = replace(
            instant,
            kind="learnt",
            settings={**instant.settings, **made, "steps": self._best.step},
            adapter=adapter,
            score={**expected, **self._best.to_score(self._floor, self._history)},
        )
        return with_cover(style) if cover else style

    def keep_last(self) -> Judgement:
        """Keep all that the last step has, whatever the photos say of it, to see what learning does."""
        last = judge(self._folds, self._others, step=self.step)
        self._best, self._kept = replace(last, keep=1.0), self._adapter()
        return last

    def save(self, path: Path, key: str) -> None:
        """Write a checkpoint; `key` tells whose it is."""
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
            "scales": [None if tuner.scales is None else tuner.scales.to_json() for tuner in self._tuners],
        }
        save_checkpoint(path, tensors, facts)

    def resume(self, path: Path, key: str) -> None:
        """Go on from a checkpoint.

        Raises:
            LearningError: there is none, or it is of other photos, settings or another set network.
        """
        tensors, facts = load_checkpoint(path)
        check_same_run(path, facts, {"key": key, "settings": self.settings.to_json(), "base": self._base})
        with restoring(path):
            self.step, self._best = int(facts["step"]), Judgement.from_json(facts["best"])
            self._history = [list(row) for row in facts["history"]]
            for number, (tuner, scales) in enumerate(zip(self._tuners, facts["scales"], strict=True)):
                known = None if scales is None else TermScales.from_json(scales)
                tuner.restore(without_prefix(f"tuner{number}", tensors), self.step, known)
            arrays = {name: value.numpy() for name, value in without_prefix("kept", tensors).items()}
            self._kept = StyleAdapter.from_tensors(self._base, 1.0, arrays)

    @property
    def _is_done(self) -> bool:
        if self.step >= self.settings.num_steps or self._best.is_clear:
            return True
        return all(tuner.is_near_enough for tuner in self._tuners)

    def _judge(self, ask: Asked) -> Validation:
        found = judge(self._folds, self._others, step=self.step, ask=ask)
        self._history.append(found.row())
        if found.keep and found.score < self._best.score:
            self._best, self._kept = found, self._adapter()
        best = self._best
        return Validation(found.base, found.score, found.keep, best.step, best.score, best.keep)

    def _adapter(self) -> StyleAdapter:
        """What all photos have taught."""
        arrays = self._whole.averaged.arrays()
        parts = {kind: {name: value.numpy() for name, value in part.items()} for kind, part in arrays.items()}
        return StyleAdapter(self._base, parts["up"], parts["down"], parts["bias"], 1.0)

    @torch.no_grad()
    def _samples(self) -> tuple[Tensor, Tensor]:
        tuner = self._whole
        count = min(_NUM_SAMPLES, len(tuner.material.pictures))
        shown = tuner.material.pictures.pick(torch.arange(count))
        labs = (shown.tokens[..., LAB], tuner.restyled(shown, self._best.keep or 1.0))
        before, after = (pictures_of(lab).clamp(0, 1).cpu() for lab in labs)
        return before, after
