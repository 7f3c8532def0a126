"""A pretraining run of the ground network: training, checkpoints, validation on held-out people and looks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load, save
from torch import Tensor

from ...estimation.color_set import ColorSet
from ...estimation.ground_model import GroundModel
from ...estimation.set_model import SetModel, read_set_model
from ...imaging.files.atomic import atomic_write
from ...learning.checkpoint import load_checkpoint, save_checkpoint
from ...learning.trainer_kit import check_same_run, restoring
from ...networks.set_network import SetNetwork
from ...networks.token_layout import GROUND_PARTS
from ...networks.transports import SetMoments
from .cases import Batch, CaseMaker, CaseSettings
from .ground_trainer import GroundPretrainer, GroundSettings
from .looks import LookLibrary
from .people import SIDE, People
from .run import BEST, CHECKPOINT, prior_moments
from .shipping import typical_portrait

_VALIDATION_SIZES = (0, 3, 6)  # indices into SIZES: 1, 5 and 25 photos
_VALIDATION_SEED = 10**6
_VALIDATION_BATCHES = 4  # of each kind, size, and way
_TYPICAL_COLORS = 512  # of each person


@dataclass(frozen=True)
class GroundRun:
    """A run's folder, people and looks.

    Attributes:
        folder: of its checkpoint and its best network.
        base: file of the trained set network, as the package ships it.
        people: to train on; held_out: others for validation.
        looks: to train on; held_out_looks: for validation.
        settings: of training.
        device: of torch.
        start: a trained ground network to begin with, as the package ships it; None for random weights.
    """

    folder: Path
    base: Path
    people: People
    held_out: People
    looks: LookLibrary
    held_out_looks: LookLibrary
    settings: GroundSettings
    device: str = "cpu"
    start: Path | None = None


@dataclass(frozen=True)
class GroundStatus:
    """The state of training after a step.

    Attributes:
        step: steps done.
        terms: loss terms of this step by name.
        scores: if the step was validated, else None: mean CIE 1994 distances of one look for the whole photo and of
            the result, for looks that treat subject and ground apart, then for looks that do not.
        best_score: the least score so far, see `score_of`.
        seconds: since this run started.
    """

    step: int
    terms: dict[str, float]
    scores: tuple[tuple[float, float], tuple[float, float]] | None
    best_score: float
    seconds: float


def pretrain_ground(run: GroundRun, *, resume: bool = False) -> Iterator[GroundStatus]:
    """Train; the caller reports, or stops iterating.

    Args:
        run: people, looks, settings, folder.
        resume: whether to resume from the folder's checkpoint; all settings but the number of steps must be equal.

    Yields:
        The state after each step.

    Raises:
        LearningError: there is no checkpoint, or it has other settings.
    """
    settings, started = run.settings, time.perf_counter()
    trainer, best = _started(run, resume=resume)
    validation = [_batches(run, apart) for apart in (1.0, 0.0)]
    maker = CaseMaker(run.people, run.looks, _case_settings(settings, settings.apart))
    while trainer.step < settings.num_steps:
        maker.rng = np.random.default_rng(trainer.seed_step())
        terms, scores = trainer.train_step(maker.draw()), None
        last = trainer.step == settings.num_steps
        if trainer.step % settings.score_every == 0 or last:
            apart, plain = (_score(trainer, batches) for batches in validation)
            scores = (apart, plain)
            if score_of(scores) < best:
                best = score_of(scores)
                _save_best(run, trainer, scores)
        if trainer.step % settings.save_every == 0 or last:
            facts = {"step": trainer.step, "settings": settings.to_json(), "best": best}
            save_checkpoint(run.folder / CHECKPOINT, trainer.tensors(), facts)
        yield GroundStatus(trainer.step, terms, scores, best, time.perf_counter() - started)


def score_of(scores: tuple[tuple[float, float], tuple[float, float]]) -> float:
    """The ratio of the result's distance to that of one look, plain looks counted three times as they are common."""
    (apart_base, apart), (plain_base, plain) = scores
    return (apart / apart_base + 3 * plain / plain_base) / 4


def _started(run: GroundRun, *, resume: bool) -> tuple[GroundPretrainer, float]:
    run.folder.mkdir(parents=True, exist_ok=True)
    weights = {name: torch.from_numpy(value) for name, value in read_set_model(run.base).arrays.items()}
    base = SetNetwork()
    base.load_state_dict({key: value for key, value in weights.items() if not key.startswith(("prior.", "typical."))})
    prior = SetMoments(*(weights[f"prior.{name}"] for name in ("all", "regions", "histograms")))
    alone = [prior_moments(run.people, part) for part in range(len(GROUND_PARTS))]
    trainer = GroundPretrainer(run.settings, base, prior, alone, run.device)
    if not resume:
        if run.start is not None:
            trainer.begin_with(load(run.start.read_bytes()))
        return trainer, float("inf")
    path = run.folder / CHECKPOINT
    saved, facts = load_checkpoint(path)
    check_same_run(path, facts, {"settings": run.settings.to_json()})
    with restoring(path):
        trainer.restore(saved, int(facts["step"]))
        return trainer, float(facts["best"])


def _case_settings(settings: GroundSettings, apart: float) -> CaseSettings:
    return CaseSettings(
        num_sets=settings.num_sets, num_contents=settings.num_contents, film_share=settings.film_share, apart=apart
    )


def _batches(run: GroundRun, apart: float) -> list[Batch]:
    """Draw the fixed batches of held-out people and looks."""
    found = []
    with torch.random.fork_rng(devices=[]):
        for kind, members in enumerate(run.held_out.kinds):
            torch.manual_seed(_VALIDATION_SEED + kind)
            held = run.held_out
            people = People(held.pixels, held.regions, held.soft, [members], [held.clusters[kind]])
            rng = np.random.default_rng(_VALIDATION_SEED + kind)
            maker = CaseMaker(people, run.held_out_looks, _case_settings(run.settings, apart), rng)
            found += [maker.draw(size, own=False) for size in _VALIDATION_SIZES for _ in range(_VALIDATION_BATCHES)]
    return found


def _score(trainer: GroundPretrainer, batches: list[Batch]) -> tuple[float, float]:
    base, _, gated, _ = torch.cat([trainer.errors(trainer.averaged, batch) for batch in batches], 1).mean(1).tolist()
    return base, gated


def _save_best(run: GroundRun, trainer: GroundPretrainer, scores: tuple[tuple[float, float], ...]) -> None:
    """Write the averaged network in half precision, with the numbers of people at large."""
    arrays = {name: _half(value) for name, value in trainer.averaged.state_dict().items()}
    exact = {name: value.astype(np.float32) for name, value in arrays.items()}
    arrays["typical"] = _typical(GroundModel(exact), run.people)
    arrays |= people_alone(run.base, run.people)
    facts = {"step": trainer.step, "scores": scores, "settings": run.settings.to_json()}
    with atomic_write(run.folder / BEST, overwrite=True) as temporary:
        temporary.write_bytes(save(arrays, {"portrait_atelier_ground": json.dumps(facts, sort_keys=True)}))


def people_alone(base: Path, people: People) -> dict[str, np.ndarray]:
    """Return the numbers of people at large by their subject alone, and their ground, as `GroundModel.alone` has them.

    Args:
        base: file of the trained set network.
        people: at large.
    """
    model, found = read_set_model(base), {}
    for part, name in enumerate(GROUND_PARTS):
        moments = prior_moments(people, part)
        numbers = {f"prior.{key}": value.numpy().astype(np.float32) for key, value in vars(moments).items()}
        numbers |= typical_portrait(SetModel(model.arrays, is_whole=False), people, part)
        found |= {f"{name}.{key}": value for key, value in numbers.items()}
    return found


def _half(value: Tensor) -> np.ndarray:
    return np.ascontiguousarray(value.cpu().numpy().astype(np.float16))


def _typical(model: GroundModel, people: People) -> np.ndarray:
    """(64,) float32: the mean embedding of people, each kind with the same weight."""
    rng, means = np.random.default_rng(0), []
    for members in people.kinds:
        places = rng.integers(0, SIDE, (len(members), _TYPICAL_COLORS, 2))
        rows, columns, pick = places[..., 0], places[..., 1], members[:, None]
        colors, regions = (part[pick, rows, columns].numpy() for part in (people.pixels, people.regions))
        at = ((places + 0.5) / SIDE * 255).astype(np.uint8)
        tokens = ColorSet(colors, np.ones(len(members), np.float32), at, regions).tokens
        means.append(model.embed(tokens).mean(0))
    return np.mean(means, 0).astype(np.float32)
