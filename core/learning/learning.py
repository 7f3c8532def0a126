"""Learn a photographer's style: two halves of the photos play the game, and each judges what the other learnt."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import LearningError
from ..networks.features import load_features
from ..styles.base_model import BaseModel, load_base
from ..styles.cover import with_cover
from ..styles.style import Style
from .asking import Asked, still_wanted
from .checkpoint import load_checkpoint, save_checkpoint, with_prefix, without_prefix
from .instant import style_from_proxies
from .judging import DRAWN_TRUST, Judgement, judge, measure_floor
from .learn_material import Half, LearningPhotos, draw_portraits, softened, split_halves
from .learn_settings import LearnSettings
from .look_learner import LookLearner
from .losses import TermScales

LEAST_PHOTOS = 8  # fewer teach an instant style only
_NUM_SAMPLES = 4


@dataclass(frozen=True)
class LearnStatus:
    """Where learning stands after a step.

    Attributes:
        step, num_steps: of the generator, done and in all.
        terms: what the losses were made of, the mean of both halves.
        judgement: the best so far, where it was judged now.
        samples: some contents and what they look like now, each (4, 3, 64, 64) in [0, 1]; None in most steps.
        seconds: of this run.
    """

    step: int
    num_steps: int
    terms: dict[str, float]
    judgement: Judgement | None
    samples: tuple[Tensor, Tensor] | None
    seconds: float


class Learning:
    """One style being learnt; iterate to learn, ask for the style at any time.

    Args:
        photos: finished photos, at least LEAST_PHOTOS.
        content: the photographer's own untouched photos, at least 2; None for portraits that nobody sat for.
        settings: how.
        device: where.
        base: None for the base model that the package ships.
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
        base: BaseModel | None = None,
        ask: Asked = still_wanted,
    ) -> None:
        if len(photos) < LEAST_PHOTOS or (content is not None and len(content) < 2):
            raise LearningError(
                f"{len(photos)} finished and {0 if content is None else len(content)} untouched photos: learning needs "
                f"{LEAST_PHOTOS} finished ones, and of untouched ones none or 2; add photos, or use --instant"
            )
        self.settings, self.device = settings or LearnSettings(), torch.device(device)
        self._base = base or load_base()
        self.step, self._photos, self._own = 0, photos, content
        self._halves = self._prepared_halves(ask)
        features = load_features(self.settings.features or None).to(self.device)
        # A copy, since to() moves a module itself, and the base model in use belongs on the CPU.
        moved = BaseModel(copy.deepcopy(self._base.generator).to(self.device), self._base.hash)
        self._learners = tuple(LookLearner(moved, half, features, self.settings) for half in self._halves)
        self._floor = measure_floor(self._halves, ask)
        self._best = self._judged(ask)
        self._kept = [_arrays(learner) for learner in self._learners]
        self._history: list[list[float]] = [self._best.row()]

    @property
    def best(self) -> Judgement:
        """The best look so far, as the photos judge it that did not teach it."""
        return self._best

    @property
    def history(self) -> list[list[float]]:
        """Of each judgement so far: step, distance with the base model alone, distance, the share that is kept."""
        return [list(row) for row in self._history]

    def run(self, ask: Asked = still_wanted) -> Iterator[LearnStatus]:
        """Learn; the caller reports, saves, or stops iterating. Ends early where nothing gets better.

        Args:
            ask: in the middle of steps. After what it raises `style` still gives the best so far, but there is
                nothing to save: a step is whole or it is not.
        """
        started = time.perf_counter()
        while self.step < self.settings.num_steps and not self._is_stale:
            terms = [learner.train_step(ask) for learner in self._learners]
            self.step += 1
            mean = {name: float(np.mean([part[name] for part in terms])) for name in terms[0]}
            judged = self.step % self.settings.judge_every == 0 or self.step == self.settings.num_steps
            if judged:
                self._judge(ask)
            shown = judged or self.step == 1
            yield LearnStatus(
                self.step,
                self.settings.num_steps,
                mean,
                self._best if judged else None,
                self._samples() if shown else None,
                time.perf_counter() - started,
            )

    def style(self, name: str, *, settings: Mapping[str, Any] | None = None, cover: bool = True) -> Style:
        """The style with the best that was learnt so far, its score and its cover.

        Args:
            name: of the style.
            settings: what else its file shall say about how it was made.
            cover: whether to make its cover too.
        """
        own = None if self._own is None else self._own.proxies
        instant = style_from_proxies(self._photos.proxies, name, content=own, base=self._base, cover=False)
        assert instant.tuning is not None
        tuning = replace(instant.tuning, deltas=tuple(self._kept), keep=self._best.keep)
        made = {**(settings or {}), "method": "adversarial", "learning": self.settings.to_json()}
        style = replace(
            instant,
            kind="learnt",
            settings={**instant.settings, **made, "steps": self._best.step},
            tuning=tuning,
            score=self._best.to_score(self._floor, self._history),
        )
        return with_cover(style) if cover else style

    def keep_last(self) -> Judgement:
        """Keep what the last step has, whatever the photos say of it: to see what learning does, as ablations do."""
        last = self._judged(still_wanted)
        self._best, self._kept = last, [_arrays(learner) for learner in self._learners]
        return last

    def save(self, path: Path, key: str) -> None:
        """Write a checkpoint; `key` tells whose it is."""
        tensors: dict[str, Tensor] = {}
        for number, learner in enumerate(self._learners):
            tensors |= with_prefix(f"learner{number}", learner.tensors())
            kept = {name: torch.from_numpy(value) for name, value in self._kept[number].items()}
            tensors |= with_prefix(f"kept{number}", kept)
        scales = [None if learner.scales is None else learner.scales.to_json() for learner in self._learners]
        facts = {
            "key": key,
            "step": self.step,
            "settings": self.settings.to_json(),
            "base": self._base.hash,
            "best": self._best.to_json(),
            "history": self._history,
            "scales": scales,
        }
        save_checkpoint(path, tensors, facts)

    def resume(self, path: Path, key: str) -> None:
        """Go on from a checkpoint.

        Raises:
            LearningError: there is none, or it is of other photos, settings or another base model.
        """
        tensors, facts = load_checkpoint(path)
        mine = {"key": key, "settings": self.settings.to_json(), "base": self._base.hash}
        theirs = {**facts, "settings": {**facts.get("settings", {}), "num_steps": self.settings.num_steps}}
        changed = [name for name, value in mine.items() if theirs.get(name) != _plain(value)]
        if changed:
            raise LearningError(
                f"{path}: was begun with other photos or settings ({', '.join(changed)}); start without --resume"
            )
        self.step, self._best = int(facts["step"]), Judgement.from_json(facts["best"])
        self._history = [list(row) for row in facts["history"]]
        for number, (learner, scales) in enumerate(zip(self._learners, facts["scales"], strict=True)):
            known = None if scales is None else TermScales.from_json(scales)
            learner.restore(without_prefix(f"learner{number}", tensors), self.step, known)
            kept = without_prefix(f"kept{number}", tensors)
            self._kept[number] = {name: value.numpy() for name, value in kept.items()}

    @property
    def _is_stale(self) -> bool:
        return self.step - self._best.step >= self.settings.patience

    def _judged(self, ask: Asked) -> Judgement:
        trust = DRAWN_TRUST if self._own is None else 1.0
        return judge(self._learners, self._halves, step=self.step, trust=trust, ask=ask)

    def _judge(self, ask: Asked) -> None:
        found = self._judged(ask)
        self._history.append(found.row())
        if found.score < self._best.score:
            self._best, self._kept = found, [_arrays(learner) for learner in self._learners]

    def _prepared_halves(self, ask: Asked) -> tuple[Half, Half]:
        own, seed = self._own is not None, self.settings.seed
        contents = self._own or draw_portraits(self._photos.proxies, self.settings.num_drawn, seed)
        style = self._photos if own else softened(self._photos)
        halves = split_halves(self._base, style, contents, own=own, seed=seed, ask=ask)
        return halves[0].to(self.device), halves[1].to(self.device)

    def _samples(self) -> tuple[Tensor, Tensor]:
        contents = self._halves[0].judging.pick(torch.arange(min(_NUM_SAMPLES, len(self._halves[0].judging))))
        learner = self._learners[0]
        return contents.photos.cpu(), learner.restyled(contents, learner.code, self._best.keep or 1.0).cpu()


def _arrays(learner: LookLearner) -> dict[str, np.ndarray]:
    return {name: value.detach().cpu().numpy().copy() for name, value in learner.averaged.state_dict().items()}


def _plain(value: Any) -> Any:
    """As JSON gives it back: tuples become lists."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else value
