"""Pretrain the pixel generator on painters without end.

    python -m portrait_atelier.core.pretraining.pixel.run FOLDER... -o weights/pixel.safetensors --run RUN

Each folder is as for `atelier pretrain`: `FOLDER:336` takes its first 336 photos by name. Every twentieth photo, and
painters of their own, only judge. RUN has the checkpoint, a plot and samples; an interrupted run goes on with
`--resume`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from ...color.lab_tensors import lab_distance
from ...errors import AtelierError, LearningError
from ...folders import weights_folder
from ...imaging.files.atomic import replacing
from ...learning.checkpoint import load_checkpoint, save_checkpoint
from ...learning.trainer_kit import check_same_run, restoring
from ...networks.features import FeatureExtractor, load_features
from ...networks.pixel_generator import PixelGenerator
from ...photos.search import photos_of
from .cases import PixelBatch, batch_of, draw_patch, draw_pixel_batch, read_pictures
from .random_painters import FAMILIES, draw_from, draw_painter, traits_of
from .report import write_loss_plot, write_sample_sheet
from .settings import PixelSettings
from .trainer import PixelTrainer, paint_batch, paint_described

CHECKPOINT, PLOT, SHEET = "checkpoint.safetensors", "losses.png", "samples.jpg"
_JUDGING_SEED, _MEASURING_SEED = 10**6, 10**6 + 1  # far from every step's
_MEASURED = 400  # painters

Scores = dict[str, tuple[float, float]]  # by family: distance of the untouched content, and of the painted one


@dataclass(frozen=True)
class PixelStatus:
    """Where pretraining stands after a step.

    Attributes:
        step: steps done.
        terms: what the losses were made of in this step.
        scores: by family of painters the mean distance in Lab from the true answer on people held out, of the
            untouched content and of the painted one, when it was scored now.
        seconds: of this run.
    """

    step: int
    terms: dict[str, float]
    scores: Scores | None
    seconds: float


@dataclass(frozen=True)
class PixelRun:
    """A run's folder, photos (each (H, W, 3) uint8) and settings."""

    folder: Path
    photos: Sequence[np.ndarray]
    settings: PixelSettings
    features: FeatureExtractor
    device: str = "cpu"


def train_pixel(run: PixelRun, trainer: PixelTrainer, *, resume: bool = False) -> Iterator[PixelStatus]:
    """Pretrain; the caller reports, or stops iterating.

    A step draws its own cases, so that a resumed run is the run that was interrupted.

    Args:
        run: photos, settings, folder.
        trainer: fresh, of the same settings.
        resume: go on from the folder's checkpoint, where all settings but the number of steps must be the same.

    Yields:
        Where it stands, after each step.

    Raises:
        LearningError: the photos are too few, or there is nothing to resume from.
    """
    settings, started = run.settings, time.perf_counter()
    learning, judging = split_photos(run.photos, settings)
    judges = judging_batches(judging, settings)
    history: dict[str, list] = {"distance": [], "scores": []}
    if resume:
        history = _restored(run, trainer)
    else:
        _measure(learning, settings, trainer)
    run.folder.mkdir(parents=True, exist_ok=True)
    while trainer.step < settings.num_steps:
        rng = np.random.default_rng([settings.seed, trainer.step])
        terms = trainer.train_step(draw_pixel_batch(learning, settings, rng))
        history["distance"].append(round(terms["g_lab"], 4))
        last, scores = trainer.step == settings.num_steps, None
        if trainer.step % settings.score_every == 0 or last:
            scores = judge(trainer.averaged, judges)
            pair = [round(float(np.mean([pair[index] for pair in scores.values()])), 4) for index in (0, 1)]
            history["scores"].append([trainer.step, pair])
            write_loss_plot(run.folder / PLOT, history["distance"], history["scores"])
            write_sample_sheet(run.folder / SHEET, *samples(trainer.averaged, judges))
        if trainer.step % settings.save_every == 0 or last:
            assert trainer.scales is not None
            facts = {"step": trainer.step, "settings": settings.to_json(), "history": history}
            save_checkpoint(run.folder / CHECKPOINT, trainer.tensors(), {**facts, "scales": trainer.scales.to_json()})
        yield PixelStatus(trainer.step, terms, scores, time.perf_counter() - started)


def split_photos(photos: Sequence[np.ndarray], settings: PixelSettings) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Photos to learn from, and those that judge.

    Raises:
        LearningError: too few to have both.
    """
    every = settings.held_out_every
    if len(photos) <= every:
        raise LearningError(
            "{count} photos are too few to pretrain with; give at least {least}",
            one="{count} photo is too few to pretrain with; give at least {least}",
            count=len(photos),
            least=every + 1,
        )
    learning = [photo for index, photo in enumerate(photos) if index % every]
    return learning, list(photos[::every])


def judging_batches(photos: Sequence[np.ndarray], settings: PixelSettings) -> dict[str, list[PixelBatch]]:
    """Cases by family of painters, always the same."""
    found: dict[str, list[PixelBatch]] = {}
    for number, family in enumerate(FAMILIES):
        rng = np.random.default_rng([settings.seed, _JUDGING_SEED, number])
        count = max(1, settings.num_judging_sets // len(FAMILIES))
        painters = [draw_from(family, rng) for _ in range(count)]
        found[family] = [batch_of([painter], photos, settings, rng) for painter in painters]
    return found


@torch.no_grad()
def judge(generator: PixelGenerator, judges: Mapping[str, Sequence[PixelBatch]], *, told: bool = False) -> Scores:
    """Mean distances in Lab from the true answers, by family: of the untouched content, and of the painted one.

    With `told`, the painters are described to the generator rather than shown by patches.
    """
    scores: Scores = {}
    for family, batches in judges.items():
        untouched = torch.cat([lab_distance(batch.content, batch.answer) for batch in batches])
        paint = paint_described if told else paint_batch
        painted = torch.cat([lab_distance(paint(generator, batch), batch.answer) for batch in batches])
        scores[family] = float(untouched.mean()), float(painted.mean())
    return scores


@torch.no_grad()
def samples(generator: PixelGenerator, judges: Mapping[str, Sequence[PixelBatch]]) -> tuple[Tensor, ...]:
    """Two of each family: contents, true answers, painted as patches show, as described; each (B, 3, S, S)."""
    columns: list[list[Tensor]] = [[], [], [], []]
    for batch in (batch for batches in judges.values() for batch in batches[:2]):
        told = paint_described(generator, batch)
        for column, photos in zip(
            columns, (batch.content, batch.answer, paint_batch(generator, batch), told), strict=True
        ):
            column.append(photos[:1])
    return tuple(torch.cat(column) for column in columns)


def write_weights(generator: PixelGenerator, path: Path) -> None:
    """Write the generator in half precision."""
    tensors = {name: value.detach().cpu().half().contiguous() for name, value in generator.state_dict().items()}
    with replacing(path, overwrite=True) as temporary:
        temporary.write_bytes(save(tensors))


def _measure(photos: Sequence[np.ndarray], settings: PixelSettings, trainer: PixelTrainer) -> None:
    rng = np.random.default_rng([settings.seed, _MEASURING_SEED])
    painters = [draw_painter(rng) for _ in range(_MEASURED)]
    patches = [draw_patch(painter, photos, settings.patch_size, rng) for painter in painters[: _MEASURED // 4]]
    traits = torch.from_numpy(np.stack([traits_of(painter) for painter in painters]))
    trainer.measure_styles(traits, torch.from_numpy(np.stack(patches)).movedim(-1, 1))


def _restored(run: PixelRun, trainer: PixelTrainer) -> dict[str, list]:
    path = run.folder / CHECKPOINT
    tensors, facts = load_checkpoint(path)
    check_same_run(path, facts, {"settings": run.settings.to_json()})
    with restoring(path):
        trainer.restore(tensors, int(facts["step"]), facts["scales"])
        return facts["history"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Pretrain the pixel generator."""
    options = _parser().parse_args(arguments)
    try:
        settings = PixelSettings(num_steps=options.steps, seed=options.seed)
        photos = read_pictures([path for folder in options.photos for path in photos_of(folder)])
        run = PixelRun(options.run, photos, settings, load_features("compact"), options.device)
        trainer = PixelTrainer(settings, run.features, device=run.device)
        _report(settings, train_pixel(run, trainer, resume=options.resume))
        _report_end(run, trainer)
        write_weights(trainer.averaged, options.output)
    except AtelierError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _report(settings: PixelSettings, statuses: Iterator[PixelStatus]) -> None:
    """Show some steps on stderr; Ctrl-C ends the training and keeps what there is."""
    try:
        for status in statuses:
            if status.step % 20 == 0 or status.scores:
                terms = ", ".join(f"{name} {value:.3f}" for name, value in status.terms.items())
                sys.stderr.write(f"step {status.step}/{settings.num_steps}, {status.seconds:.0f} s: {terms}\n")
            for family, (untouched, painted) in (status.scores or {}).items():
                sys.stderr.write(f"  {family}: {painted:.2f} (untouched {untouched:.2f})\n")
            sys.stderr.flush()
    except KeyboardInterrupt:
        sys.stderr.write("stopped; what is learnt so far is kept\n")


def _report_end(run: PixelRun, trainer: PixelTrainer) -> None:
    """Say on stderr how near the painters' own work it comes, with painters shown by patches and described."""
    judges = judging_batches(split_photos(run.photos, run.settings)[1], run.settings)
    told = judge(trainer.averaged, judges, told=True)
    for family, (untouched, painted) in judge(trainer.averaged, judges).items():
        text = f"shown {painted:.2f}, described {told[family][1]:.2f} (untouched {untouched:.2f})"
        sys.stderr.write(f"  {family}: {text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Pretrain the pixel generator on painters without end.")
    parser.add_argument("photos", nargs="+", help="FOLDER; FOLDER:N for its first N photos, FOLDER:-N for its last")
    parser.add_argument("-o", "--output", type=Path, default=weights_folder() / "pixel.safetensors")
    parser.add_argument("--run", type=Path, required=True, help="folder of checkpoint, plot and samples")
    parser.add_argument("--steps", type=int, default=PixelSettings.num_steps)
    parser.add_argument("--seed", type=int, default=PixelSettings.seed)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    return parser


if __name__ == "__main__":
    sys.exit(main())
