"""Train the base model on looks without end; stops, resumes, chooses by people held out, and shows what it does."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import LearningError
from ..networks.generator import LookGenerator
from ..styles.population import Population
from .base_cases import BaseBatch, CaseSettings, draw_batch
from .base_people import BasePeople
from .base_report import write_loss_plot, write_sample_sheet
from .base_settings import BaseSettings
from .base_team import Team
from .base_trainer import BaseTrainer, lab_distance, measure_typical_maps, on_device, render_batch, render_start
from .checkpoint import read_checkpoint, save_checkpoint, unpack_checkpoint

_log = logging.getLogger(__name__)

CHECKPOINT, BEST, PLOT, SHEET = "checkpoint.safetensors", "best.safetensors", "losses.png", "samples.jpg"
_CHOOSING_COUNTS = (1, 5, 25)
_CHOOSING_SEED = 10**6  # far from every step's
_ORDER_SEED = 10**7
_GROUP = 16  # batches that are drawn together

Scores = tuple[tuple[float, float], ...]  # of each kind: closed form alone, with the generator
Best = tuple[int, float]


@dataclass(frozen=True)
class TrainStatus:
    """Where training stands after a step.

    Attributes:
        step: steps done.
        terms: what the losses were made of in this step.
        scores: of each kind of people held out, (closed form alone, with the generator), when it was scored now; only
            the main of several processes scores.
        best_step: the step whose averaged generator is kept.
        best_score: its mean distance over the closed form's, on the kind where that is worse; below 1 is a gain.
        seconds: of this run.
    """

    step: int
    terms: dict[str, float]
    scores: Scores | None
    best_step: int
    best_score: float
    seconds: float


@dataclass(frozen=True)
class BaseRun:
    """A run's folder and people.

    Attributes:
        folder: of its checkpoint, its best generator, its plot and its sheet.
        people: of all kinds; some are held out.
        settings: how.
        device: where to train.
        processes: that draw cases beside each one that trains; 0 draws them in it.
        team: the processes that train together, each with such a run; the main one alone writes in the folder.
    """

    folder: Path
    people: BasePeople
    settings: BaseSettings
    device: str = "cpu"
    processes: int = 1
    team: Team = field(default_factory=Team)


def train_base(run: BaseRun, *, resume: bool = False) -> Iterator[TrainStatus]:
    """Train; the caller reports, or stops iterating.

    Args:
        run: people, settings, folder.
        resume: go on from the folder's checkpoint, where all settings but the number of steps must be the same.

    Yields:
        Where training stands, after each step.

    Raises:
        LearningError: the people are too few, or there is nothing to resume from.
    """
    settings, started = run.settings, time.perf_counter()
    learning, held_out = run.people.split(settings.held_out_share)
    choosing = choosing_batches(held_out, learning.people.neutral(), settings)
    main = run.team.is_main
    trainer, history, best = _started(run, choosing, resume=resume)
    for batch in _batches(run, learning, trainer.step):
        terms = trainer.train_step(batch)
        history["distance"].append(round(terms["distance"], 4))
        scores = None
        if main and (trainer.step % settings.score_every == 0 or trainer.step == settings.num_steps):
            scores = tuple(score(trainer.averaged, parts, trainer.device) for parts in choosing)
            history["scores"].append([trainer.step, *(list(pair) for pair in scores)])
            best = _keep_best(run, trainer, scores, best, [batch for parts in choosing for batch in parts])
            write_loss_plot(run.folder / PLOT, history["distance"], history["scores"])
            write_sample_sheet(run.folder / SHEET, *_samples(trainer, [parts[0] for parts in choosing]))
        if main and (trainer.step % settings.save_every == 0 or trainer.step == settings.num_steps):
            facts = {"step": trainer.step, "settings": settings.to_json(), "history": history, "best": best}
            facts["processes"] = run.team.size
            save_checkpoint(run.folder / CHECKPOINT, trainer.tensors(), facts)
        yield TrainStatus(trainer.step, terms, scores, *best, time.perf_counter() - started)


def choosing_batches(held_out: BasePeople, neutral: Population, settings: BaseSettings) -> list[list[BaseBatch]]:
    """Cases of the people held out, always the same; `neutral` is of the others. For each kind a list of batches."""
    drawn = CaseSettings(num_contents=settings.num_contents, counts=_CHOOSING_COUNTS, own_prior=False)
    turns = range(-(-settings.num_choosing_sets // settings.num_sets))
    found = []
    for kind in np.unique(held_out.people.kinds).tolist():
        part = held_out.part(np.flatnonzero(held_out.people.kinds == kind))
        seeds = ([settings.seed, _CHOOSING_SEED + kind, turn] for turn in turns)
        found.append([draw_batch(part, neutral, seed, settings.num_sets, drawn) for seed in seeds])
    return found


@torch.no_grad()
def score(generator: LookGenerator, batches: list[BaseBatch], device: torch.device) -> tuple[float, float]:
    """Mean distance in Lab from the true answers: of the closed form alone, and with the generator."""
    generator.eval()
    alone, with_generator = [], []
    for batch in (on_device(batch, device) for batch in batches):
        answer = batch.answer.float() / 255
        alone.append(lab_distance(render_start(batch), answer))
        with_generator.append(lab_distance(render_batch(generator, batch).photos, answer))
    return float(torch.cat(alone).mean()), float(torch.cat(with_generator).mean())


def _started(run: BaseRun, choosing: list[list[BaseBatch]], *, resume: bool) -> tuple[BaseTrainer, dict, Best]:
    """A trainer, new or as the checkpoint has it, with the history and the best so far."""
    if run.team.is_main:
        run.folder.mkdir(parents=True, exist_ok=True)
    evidence = torch.cat([batch.evidence for parts in choosing for batch in parts])
    trainer = BaseTrainer(run.settings, evidence.shape[1], run.device, run.team)
    if not resume:
        trainer.measure_evidence(evidence.to(trainer.device))
        run.team.copy_from_main(list(trainer.tensors().values()))  # another kind of machine rounds otherwise
        return trainer, {"distance": [], "scores": []}, (0, 1.0)
    path = run.folder / CHECKPOINT
    tensors, facts = unpack_checkpoint(run.team.bytes_from_main(lambda: read_checkpoint(path)), path)
    kept = BaseSettings().to_json() | dict(facts.get("settings", {}))  # settings that came later had their defaults
    now = run.settings.to_json()
    changed = sorted(name for name, value in now.items() if name != "num_steps" and kept[name] != value)
    if changed:
        told = ", ".join(changed)
        raise LearningError(f"{path}: was trained with other settings ({told}); use the same, or another folder")
    _warn_of_other_size(path, int(facts.get("processes", 1)), run.team)
    trainer.restore(tensors, int(facts["step"]))
    return trainer, facts["history"], (int(facts["best"][0]), float(facts["best"][1]))


def _warn_of_other_size(path: Path, before: int, team: Team) -> None:
    if before != team.size and team.is_main:
        _log.warning(
            "%s: was trained by %d processes, now by %d; a step learns from that many batches", path, before, team.size
        )


def _keep_best(run: BaseRun, trainer: BaseTrainer, scores: Scores, best: Best, choosing: list[BaseBatch]) -> Best:
    worst = max(with_generator / alone for alone, with_generator in scores)
    if worst >= best[1]:
        return best
    measure_typical_maps(trainer.averaged, choosing, trainer.device)
    facts = {"step": trainer.step, "scores": scores, "settings": run.settings.to_json()}
    save_checkpoint(run.folder / BEST, trainer.averaged.state_dict(), facts)
    return trainer.step, worst


@torch.no_grad()
def _samples(trainer: BaseTrainer, batches: list[BaseBatch]) -> tuple[Tensor, ...]:
    """Some contents, closed forms, results and answers, each (B, 3, 64, 64) on the CPU."""
    batch = on_device(BaseBatch.joined(batches), trainer.device)
    result = render_batch(trainer.averaged, batch).photos
    content = batch.content[:, :, ::2, ::2].float() / 255
    return tuple(photos.cpu() for photos in (content, render_start(batch), result, batch.answer.float() / 255))


def _batches(run: BaseRun, learning: BasePeople, step: int) -> Iterator[BaseBatch]:
    """The batches of all steps from this one on; each depends on its step only.

    Drawing costs more than learning, so groups of batches are drawn, and each is gone through several times.
    """
    settings, device = run.settings, torch.device(run.device)
    per_group = _GROUP * settings.num_passes
    groups = range(step // per_group, -(-settings.num_steps // per_group))
    for group, drawn in zip(groups, _drawn_groups(run, learning, groups), strict=True):
        batches = [on_device(batch, device) for batch in drawn]  # once for all passes
        order = np.random.Generator(np.random.PCG64([settings.seed, _ORDER_SEED, group]))
        turns = np.concatenate([order.permutation(_GROUP) for _ in range(settings.num_passes)])
        first = group * per_group
        for turn in turns[max(0, step - first) : settings.num_steps - first]:
            yield batches[turn]


def _drawn_groups(run: BaseRun, learning: BasePeople, groups: range) -> Iterator[list[BaseBatch]]:
    """The batches of each group; with processes beside, the next group is drawn while this one is learnt from."""
    settings = run.settings
    drawn = CaseSettings(num_contents=settings.num_contents)
    own = [run.team.rank] if run.team.rank else []  # each process draws cases of its own
    seeds = [[[settings.seed, group, turn, *own] for turn in range(_GROUP)] for group in groups]
    if not run.processes:
        neutral = learning.people.neutral()
        for group in seeds:
            yield [draw_batch(learning, neutral, seed, settings.num_sets, drawn) for seed in group]
        return
    context = get_context("spawn")  # a fork of a process whose torch has threads may hang
    with ProcessPoolExecutor(run.processes, context, _start_drawing, (learning,)) as pool:
        ahead: deque[list[Future[BaseBatch]]] = deque()
        try:
            for group in seeds:
                ahead.append([pool.submit(_draw_in_process, seed, settings.num_sets, drawn) for seed in group])
                if len(ahead) > 1:
                    yield [future.result() for future in ahead.popleft()]
            yield from ([future.result() for future in group] for group in ahead)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_drawing: list[tuple[BasePeople, Population]] = []  # of a process that draws


def _start_drawing(people: BasePeople) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(1)
    _drawing[:] = [(people, people.people.neutral())]


def _end_with_parent() -> None:
    """Leave no process behind when the one that trains is killed."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _draw_in_process(seed: list[int], num_sets: int, settings: CaseSettings) -> BaseBatch:
    return draw_batch(*_drawing[0], seed, num_sets, settings)
