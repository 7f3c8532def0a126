"""A pretraining run of the set network: training, checkpoints, validation on held-out people and looks."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...color.lab_tensors import srgb_to_lab
from ...estimation.set_model import SetModel
from ...learning.checkpoint import load_checkpoint, read_checkpoint, save_checkpoint, unpack_checkpoint
from ...learning.trainer_kit import check_same_run, restoring
from ...networks.features import load_features
from ...networks.ground_network import tokens_alone
from ...networks.set_statistics import set_moments
from ...networks.transports import SetMoments
from ..process_group import ProcessGroup
from .cases import Batch, CaseMaker, CaseSettings
from .looks import LookLibrary
from .people import SIDE, People
from .settings import PretrainSettings
from .shipping import typical_portrait
from .trainer import LookPretrainer

_log = logging.getLogger(__name__)

CHECKPOINT, BEST = "checkpoint.safetensors", "best.safetensors"
_VALIDATION_SIZES = (0, 3, 6)  # indices into SIZES: 1, 5 and 25 photos
_VALIDATION_SEED = 10**6
_VALIDATION_BATCHES = 4  # of each kind and size
_PRIOR_COLORS = 512  # of each person, for the moments of people at large


@dataclass(frozen=True)
class KindScore:
    """Mean CIE 1994 distances from the answers, for one kind of held-out people in held-out looks.

    Attributes:
        found: of the averaged network.
        plain: of the closed-form transport.
        untouched: of the untouched photos.
    """

    found: float
    plain: float
    untouched: float


@dataclass(frozen=True)
class PretrainStatus:
    """The state of training after a step.

    Attributes:
        step: steps done.
        terms: loss terms of this step by name.
        scores: of each kind of held-out people, if the step was validated; else None.
        best_step: the step whose averaged network is kept.
        best_score: its distance relative to that of the untouched photos, on the worst kind.
        seconds: since this run started.
    """

    step: int
    terms: dict[str, float]
    scores: tuple[KindScore, ...] | None
    best_step: int
    best_score: float
    seconds: float


@dataclass(frozen=True)
class PretrainRun:
    """A run's folder, people and looks.

    Attributes:
        folder: of its checkpoint and its best network.
        people: to train on.
        held_out: other people for validation, of the same kinds or more.
        looks: to train on.
        held_out_looks: for validation.
        settings: of training.
        device: of torch.
        process_group: the processes that train together; only the main one writes files.
        start: weights of an earlier run to start from; None for random ones.
    """

    folder: Path
    people: People
    held_out: People
    looks: LookLibrary
    held_out_looks: LookLibrary
    settings: PretrainSettings
    device: str = "cpu"
    process_group: ProcessGroup = field(default_factory=ProcessGroup)
    start: Path | None = None


def pretrain(run: PretrainRun, *, resume: bool = False) -> Iterator[PretrainStatus]:
    """Train; the caller reports, or stops iterating.

    Args:
        run: people, looks, settings, folder.
        resume: whether to resume from the folder's checkpoint; all settings but the number of steps must be equal.

    Yields:
        The state after each step.

    Raises:
        LearningError: there is no checkpoint, or it has other settings.
    """
    settings, started, main = run.settings, time.perf_counter(), run.process_group.is_main
    trainer, best = _started(run, resume=resume)
    validation = validation_batches(run) if main else []
    maker = CaseMaker(run.people, run.looks, case_settings(settings))
    while trainer.step < settings.num_steps:
        maker.rng = np.random.default_rng(trainer.seed_step())
        pictures = None
        if settings.has_pictures and trainer.step % settings.pictures_every == 0:
            pictures = _moved(maker.draw_pictures(), trainer.device)
        terms = trainer.train_step(_moved(maker.draw(), trainer.device), pictures)
        scores, last = None, trainer.step == settings.num_steps
        if main and (trainer.step % settings.score_every == 0 or last):
            scores = tuple(score(trainer, batches) for batches in validation)
            best = _keep_best(run, trainer, scores, best)
        if main and (trainer.step % settings.save_every == 0 or last):
            facts = {"step": trainer.step, "settings": settings.to_json(), "best": best}
            save_checkpoint(run.folder / CHECKPOINT, trainer.tensors() | _prior_tensors(trainer.prior), facts)
        yield PretrainStatus(trainer.step, terms, scores, *best, time.perf_counter() - started)


def case_settings(settings: PretrainSettings) -> CaseSettings:
    """Return the settings of the cases of a run."""
    return CaseSettings(
        num_sets=settings.num_sets,
        num_contents=settings.num_contents,
        film_share=settings.film_share,
        labels=settings.labels,
    )


def validation_batches(run: PretrainRun) -> list[list[Batch]]:
    """Draw the fixed batches of held-out people and looks: a list for each kind."""
    found = []
    with torch.random.fork_rng(devices=[]):
        for kind, members in enumerate(run.held_out.kinds):
            torch.manual_seed(_VALIDATION_SEED + kind)
            people = People(
                run.held_out.pixels, run.held_out.regions, run.held_out.soft, [members], [run.held_out.clusters[kind]]
            )
            rng = np.random.default_rng(_VALIDATION_SEED + kind)
            maker = CaseMaker(people, run.held_out_looks, case_settings(run.settings), rng)
            found.append(
                [maker.draw(size, own=False) for size in _VALIDATION_SIZES for _ in range(_VALIDATION_BATCHES)]
            )
    return found


def score(trainer: LookPretrainer, batches: list[Batch]) -> KindScore:
    """Return the mean distances from the answers over batches."""
    errors = [trainer.errors(trainer.averaged, _moved(batch, trainer.device)) for batch in batches]
    found, plain, untouched, _ = torch.cat(errors, 1).mean(1).tolist()
    return KindScore(found, plain, untouched)


def prior_moments(people: People, part: int | None = None) -> SetMoments:
    """Compute the moments of people at large, each kind with the same weight; of a part alone, see `tokens_alone`."""
    rng = np.random.default_rng(0)
    every = []
    for members in people.kinds:
        index = torch.from_numpy(members)[:, None]
        place = torch.from_numpy(rng.integers(0, SIDE, (len(members), _PRIOR_COLORS, 2)))
        rows = place[..., 0] * SIDE + place[..., 1]
        colors = people.pixels.flatten(1, 2)[index, rows].float() / 255
        regions = people.regions.flatten(1, 2)[index, rows].float() / 255
        tokens = _tokens(colors, regions)
        every.append(set_moments((tokens if part is None else tokens_alone(tokens, part))[None]))
    return SetMoments(
        torch.stack([moments.all for moments in every]).mean(0),
        torch.stack([moments.regions for moments in every]).mean(0),
        torch.stack([moments.histograms for moments in every]).mean(0),
    )


def _tokens(colors: Tensor, regions: Tensor) -> Tensor:
    ones = torch.ones_like(colors[..., :1])
    return torch.cat([srgb_to_lab(colors), ones / 2, ones / 2, ones, regions, ones], -1)


def _started(run: PretrainRun, *, resume: bool) -> tuple[LookPretrainer, tuple[int, float]]:
    """Make a trainer, new or from the checkpoint; return it with the best step and score so far."""
    if run.process_group.is_main:
        run.folder.mkdir(parents=True, exist_ok=True)
    features = load_features("compact") if run.settings.has_pictures else None
    trainer = LookPretrainer(run.settings, prior_moments(run.people), run.device, run.process_group, features)
    if not resume:
        if run.start is not None:
            tensors, _ = load_checkpoint(run.start)
            trainer.start_from(
                {name: value for name, value in tensors.items() if not name.startswith(("prior.", "typical."))}
            )
        run.process_group.copy_from_main(list(trainer.tensors().values()))  # other machines may round differently
        return trainer, (0, float("inf"))
    path = run.folder / CHECKPOINT
    tensors, facts = unpack_checkpoint(run.process_group.bytes_from_main(lambda: read_checkpoint(path)), path)
    check_same_run(path, facts, {"settings": run.settings.to_json()})
    with restoring(path):
        trainer.restore(tensors, int(facts["step"]))
        return trainer, (int(facts["best"][0]), float(facts["best"][1]))


def _keep_best(
    run: PretrainRun, trainer: LookPretrainer, scores: tuple[KindScore, ...], best: tuple[int, float]
) -> tuple[int, float]:
    worst = max(kind.found / kind.untouched for kind in scores)
    if worst >= best[1]:
        return best
    facts = {
        "step": trainer.step,
        "scores": [[kind.found, kind.plain, kind.untouched] for kind in scores],
        "settings": run.settings.to_json(),
    }
    tensors: dict[str, Tensor] = {**trainer.averaged.state_dict(), **_prior_tensors(trainer.prior)}
    model = SetModel({name: value.cpu().numpy() for name, value in tensors.items()})
    typical = {name: torch.from_numpy(value) for name, value in typical_portrait(model, run.people).items()}
    save_checkpoint(run.folder / BEST, {**tensors, **typical}, facts)
    return trainer.step, worst


def _prior_tensors(prior: SetMoments) -> dict[str, Tensor]:
    return {"prior.all": prior.all, "prior.regions": prior.regions, "prior.histograms": prior.histograms}


def _moved(batch: Batch, device: torch.device) -> Batch:
    if device.type == "cpu":
        return batch
    moved = {item.name: part.to(device) for item in fields(batch) if (part := getattr(batch, item.name)) is not None}
    return replace(batch, **moved)
